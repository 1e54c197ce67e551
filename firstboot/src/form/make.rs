//! Forms of a record and facts.

use formats::answers::{Chemistry, Language, Mesh, MeshKind, Preset};

use super::{Choice, Field, Form, Kind, Label, network, storage};
use crate::changes::plan;
use crate::facts::Facts;
use crate::machine::{Question, Record};
use crate::speed::Speed;
use crate::summary;
use crate::texts::{Id, Text, id};

/// The form of a question. `asked` are the groups of the recovery key that are to be typed: two of 0 to 7.
pub fn form(question: Question, record: &Record, facts: &Facts, asked: [usize; 2]) -> Form {
    let (title, mut says, fields) = match question {
        Question::Language => (id::LANGUAGE_TITLE, vec![id::LANGUAGE_SAYS.text()], language(record, facts)),
        Question::TimeZone => (id::TIME_ZONE_TITLE, vec![id::TIME_ZONE_SAYS.text()], time_zone(record, facts)),
        Question::Preset => (id::PRESET_TITLE, vec![id::PRESET_SAYS.text()], preset(record)),
        Question::Identity => (id::IDENTITY_TITLE, vec![id::IDENTITY_SAYS.text()], identity(record)),
        Question::Network => (id::NETWORK_TITLE, vec![id::NETWORK_SAYS.text()], network::fields(record, facts)),
        Question::Solar => (id::SOLAR_TITLE, vec![id::SOLAR_SAYS.text()], solar(record, facts)),
        Question::Mesh => (id::MESH_TITLE, vec![id::MESH_SAYS.text()], mesh(record, facts)),
        Question::Storage => (id::STORAGE_TITLE, vec![id::STORAGE_SAYS.text()], storage::fields(record, facts)),
        Question::RecoveryKey => (id::RECOVERY_TITLE, vec![id::RECOVERY_SAYS.text()], recovery(asked)),
        Question::Services => (id::SERVICES_TITLE, vec![id::SERVICES_SAYS.text()], services(record, facts)),
        Question::Summary => (id::SUMMARY_TITLE, vec![id::SUMMARY_SAYS.text()], Vec::new()),
    };
    match question {
        Question::Network => {
            says.push(if facts.wired { id::NETWORK_WIRED } else { id::NETWORK_NO_WIRED }.text());
        }
        Question::Solar => {
            let found = facts
                .devices
                .iter()
                .map(|device| id::SOLAR_FOUND.with("device", device.name.as_str()).with("says", device.says.as_str()));
            says.extend(found);
            if facts.devices.is_empty() {
                says.push(id::SOLAR_NONE.text());
            }
            says.push(match &facts.battery {
                Some(battery) => id::BATTERY_KNOWN.with("says", battery.as_str()),
                None => id::BATTERY_DESCRIBE.text(),
            });
        }
        Question::Mesh => {
            let invitation = record.mesh.as_ref().and_then(|mesh| mesh.invitation.as_ref());
            says.extend(
                invitation.map(|invitation| id::INVITATION_INTO.with("community", invitation.says().name.as_str())),
            );
        }
        Question::Storage => says.extend(facts.speed.iter().flat_map(speed)),
        Question::RecoveryKey => says.push(id::RECOVERY_CONFIRM.text()),
        Question::Services if facts.services.is_empty() => says.push(id::SERVICES_NONE.text()),
        Question::Summary => {
            // As if it had begun: the plan of all answers.
            says.extend(plan(record).unwrap_or_default().iter().map(summary::line));
        }
        _ => {}
    }
    let action = if question == Question::Summary { id::SUMMARY_ACTION } else { id::NEXT };
    Form { question, title: title.text(), says, fields, action: action.text() }
}

/// What was measured, in words.
fn speed(speed: &Speed) -> Vec<Text> {
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let reads = id::SPEED.with("megabytes", number(speed.megabytes)).with("cipher", speed.cipher.name());
    let guess = speed.guess.map(|cost| {
        let seconds = number(u64::from(cost.milliseconds.div_ceil(1000)));
        id::GUESS.with("seconds", seconds).with("megabytes", number(u64::from(cost.memory) * 1024 / 1_000_000))
    });
    [Some(reads), guess].into_iter().flatten().collect()
}

/// A field that is always asked.
pub(super) fn field(name: &str, label: Id, help: Option<Id>, kind: Kind) -> Field {
    Field { name: name.to_owned(), label: label.text(), help: help.map(Id::text), kind, only: Vec::new() }
}

/// One that is asked only where another field has a value.
pub(super) fn only(field: Field, other: &'static str, value: &str) -> Field {
    Field { only: vec![(other, value.to_owned())], ..field }
}

/// A choice that fits.
pub(super) fn choice(value: &str, label: Id, help: Option<Id>) -> Choice {
    Choice { value: value.to_owned(), label: Label::Text(label.text()), help: help.map(Id::text), fits: true }
}

/// One with a name.
pub(super) fn named(value: &str, label: &str) -> Choice {
    Choice { value: value.to_owned(), label: Label::Name(label.to_owned()), help: None, fits: true }
}

fn language(record: &Record, facts: &Facts) -> Vec<Field> {
    let now = record.language.as_ref();
    let languages = Language::ALL.map(|language| named(language.tag(), language.name())).to_vec();
    let language = Kind::One { options: languages, chosen: now.map(|(language, _)| language.tag().to_owned()) };
    let keyboards = facts.keyboards.iter().map(|keyboard| named(keyboard.as_str(), keyboard.as_str())).collect();
    let chosen = now.map_or_else(|| "us".to_owned(), |(_, keyboard)| keyboard.to_string());
    let keyboard = Kind::One { options: keyboards, chosen: Some(chosen) };
    vec![
        field("language", id::LANGUAGE_LABEL, None, language),
        field("keyboard", id::KEYBOARD_LABEL, Some(id::KEYBOARD_HELP), keyboard),
    ]
}

fn time_zone(record: &Record, facts: &Facts) -> Vec<Field> {
    let options = facts.time_zones.iter().map(|zone| named(zone.as_str(), zone.as_str())).collect();
    let chosen = record.time_zone.as_ref().map(ToString::to_string);
    vec![field("time-zone", id::TIME_ZONE_LABEL, None, Kind::One { options, chosen })]
}

/// The word of a preset in forms.
pub(super) fn preset_word(preset: Preset) -> &'static str {
    match preset {
        Preset::School => "school",
        Preset::Clinic => "clinic",
        Preset::Creator => "creator",
        Preset::Plain => "plain",
    }
}

fn preset(record: &Record) -> Vec<Field> {
    let option = |preset| {
        let (label, help) = match preset {
            Preset::School => (id::PRESET_SCHOOL, id::PRESET_SCHOOL_HELP),
            Preset::Clinic => (id::PRESET_CLINIC, id::PRESET_CLINIC_HELP),
            Preset::Creator => (id::PRESET_CREATOR, id::PRESET_CREATOR_HELP),
            Preset::Plain => (id::PRESET_PLAIN, id::PRESET_PLAIN_HELP),
        };
        choice(preset_word(preset), label, Some(help))
    };
    let chosen = record.preset.map(|preset| preset_word(preset).to_owned());
    vec![field("preset", id::PRESET_LABEL, None, Kind::One { options: Preset::ALL.map(option).to_vec(), chosen })]
}

fn identity(record: &Record) -> Vec<Field> {
    let (name, user, keys) = match &record.identity {
        Some((name, administrator)) => {
            let keys: Vec<&str> = administrator.ssh_keys.iter().map(|key| key.as_str()).collect();
            (name.as_str().to_owned(), administrator.name.to_string(), keys.join("\n"))
        }
        None => Default::default(),
    };
    let password = if record.identity.is_some() { id::PASSWORD_KEPT } else { id::PASSWORD_HELP };
    vec![
        field("name", id::NAME_LABEL, Some(id::NAME_HELP), Kind::Line(name)),
        field("user", id::USER_LABEL, Some(id::USER_HELP), Kind::Line(user)),
        field("password", id::PASSWORD_LABEL, Some(password), Kind::Secret),
        field("password-again", id::PASSWORD_AGAIN_LABEL, None, Kind::Secret),
        field("ssh-keys", id::SSH_LABEL, Some(id::SSH_HELP), Kind::Lines(keys)),
    ]
}

/// The word of a battery's kind in forms.
pub(super) fn chemistry_word(chemistry: Chemistry) -> &'static str {
    match chemistry {
        Chemistry::Lifepo4 => "lifepo4",
        Chemistry::LithiumIon => "lithium-ion",
        Chemistry::Lead => "lead",
    }
}

fn solar(record: &Record, facts: &Facts) -> Vec<Field> {
    if facts.battery.is_some() {
        return Vec::new();
    }
    let battery = record.solar.and_then(|solar| solar.battery);
    let options = vec![
        choice("none", id::CHEMISTRY_NONE, None),
        choice("lifepo4", id::CHEMISTRY_LIFEPO4, None),
        choice("lithium-ion", id::CHEMISTRY_LITHIUM_ION, None),
        choice("lead", id::CHEMISTRY_LEAD, None),
    ];
    let chosen = battery.map_or("none", |battery| chemistry_word(battery.chemistry)).to_owned();
    let there: Vec<_> = options.iter().skip(1).map(|choice| ("chemistry", choice.value.clone())).collect();
    let number = |name, label, number: Option<u32>| {
        let number = Kind::Number(number.map(|number| number.to_string()).unwrap_or_default());
        Field { only: there.clone(), ..field(name, label, None, number) }
    };
    vec![
        field("chemistry", id::CHEMISTRY_LABEL, None, Kind::One { options, chosen: Some(chosen) }),
        number("ampere-hours", id::AMPERE_HOURS_LABEL, battery.map(|battery| battery.ampere_hours.get())),
        number("volts", id::VOLTS_LABEL, battery.map(|battery| battery.volts.get())),
    ]
}

/// The word of a kind of mesh in forms.
pub(super) fn mesh_word(kind: MeshKind) -> &'static str {
    match kind {
        MeshKind::Yggdrasil => "yggdrasil",
        MeshKind::Wireguard => "wireguard",
        MeshKind::Nebula => "nebula",
        MeshKind::None => "none",
    }
}

fn mesh(record: &Record, facts: &Facts) -> Vec<Field> {
    let usual = Mesh { kind: facts.mesh.first().copied().unwrap_or(MeshKind::None), ..Mesh::default() };
    let now = record.mesh.clone().unwrap_or(usual);
    let kind =
        |kind, label, help| Choice { fits: facts.mesh.contains(&kind), ..choice(mesh_word(kind), label, Some(help)) };
    let options = vec![
        kind(MeshKind::Yggdrasil, id::MESH_YGGDRASIL, id::MESH_YGGDRASIL_HELP),
        kind(MeshKind::Wireguard, id::MESH_WIREGUARD, id::MESH_WIREGUARD_HELP),
        kind(MeshKind::Nebula, id::MESH_NEBULA, id::MESH_NEBULA_HELP),
        choice("none", id::MESH_NONE, None),
    ];
    let invitation = now.invitation.as_ref().map(ToString::to_string).unwrap_or_default();
    let kinds = Kind::One { options, chosen: Some(mesh_word(now.kind).to_owned()) };
    let mut fields = vec![field("mesh", id::MESH_LABEL, None, kinds)];
    // Only Yggdrasil's mesh has communities.
    if facts.mesh.contains(&MeshKind::Yggdrasil) {
        fields.push(field("invitation", id::INVITATION_LABEL, Some(id::INVITATION_HELP), Kind::Line(invitation)));
    }
    if facts.mesh.contains(&MeshKind::Wireguard) {
        let help = if now.wireguard.is_some() { id::NETWORK_FILE_KEPT } else { id::WIREGUARD_HELP };
        let lines = field("wireguard", id::WIREGUARD_LABEL, Some(help), Kind::Lines(String::new()));
        fields.push(only(lines, "mesh", "wireguard"));
    }
    if facts.mesh.contains(&MeshKind::Nebula) {
        let help = if now.nebula.is_some() { id::NETWORK_FILE_KEPT } else { id::NEBULA_HELP };
        let lines = field("nebula", id::NEBULA_LABEL, Some(help), Kind::Lines(String::new()));
        fields.push(only(lines, "mesh", "nebula"));
    }
    let networks = record.network.as_ref().map_or(0, |(_, network)| network.wifi.len());
    if facts.radios.spare(networks) {
        let switch = field("radio", id::RADIO_LABEL, Some(id::RADIO_HELP), Kind::Switch(now.radio));
        fields.push(only(switch, "mesh", "yggdrasil"));
    }
    if facts.helps {
        fields.push(field("helps", id::HELPS_LABEL, Some(id::HELPS_HELP), Kind::Switch(now.helps)));
    }
    fields
}

fn recovery(asked: [usize; 2]) -> Vec<Field> {
    let group = |number: usize| Field {
        name: format!("group-{}", number + 1),
        label: id::GROUP_LABEL.with("number", number as i64 + 1),
        help: None,
        kind: Kind::Line(String::new()),
        only: Vec::new(),
    };
    asked.map(group).to_vec()
}

fn services(record: &Record, facts: &Facts) -> Vec<Field> {
    let options: Vec<Choice> = facts
        .services
        .iter()
        .map(|service| Choice {
            help: Some(summary::need(id::SERVICE_NEEDS, service.need)),
            fits: service.need.fits(facts.budget),
            ..named(service.name.as_str(), service.name.as_str())
        })
        .collect();
    if options.is_empty() {
        return Vec::new();
    }
    let chosen = record.services.iter().flatten().map(ToString::to_string).collect();
    vec![field("services", id::SERVICES_LABEL, None, Kind::Many { options, chosen })]
}

/// A text that is said of a field.
pub(super) fn problem(field: &str, says: impl Into<Text>) -> super::Problem {
    super::Problem { field: field.to_owned(), says: says.into() }
}
