//! What was typed, as an answer: or for each field what is wrong with it.

use formats::answers::nebula::NotNebula;
use formats::answers::wireguard::NotWireGuard;
use formats::answers::{
    AmpereHours, Battery, Chemistry, Keyboard, Language, Mesh, MeshKind, Password, Preset, Recipe, SshKey, TimeZone,
    UserName, Volts,
};
use formats::community::{Invitation, NotAnInvitation};
use formats::settings::HostName;

use super::make::{chemistry_word, mesh_word, preset_word, problem};
use super::{Given, LONGEST, Problem, Typed, network, storage};
use crate::facts::Facts;
use crate::machine::{Question, Record, Refusal};
use crate::summary;
use crate::texts::{Id, Text, id};

/// Reads what was typed as an answer to a question. Fields that it does not have are nobody's business.
pub fn read(question: Question, typed: &Typed, record: &Record, facts: &Facts) -> Result<Given, Vec<Problem>> {
    let values = Values(typed);
    match question {
        Question::Language => language(&values),
        Question::TimeZone => one(&values, "time-zone", |text| text.parse::<TimeZone>().ok()).map(Given::TimeZone),
        Question::Preset => {
            one(&values, "preset", |text| Preset::ALL.into_iter().find(|preset| preset_word(*preset) == text))
                .map(Given::Preset)
        }
        Question::Identity => identity(&values, record),
        Question::Network => network::read(&values, record, facts),
        Question::Solar if facts.battery.is_some() => Ok(Given::Solar(None)),
        Question::Solar => solar(&values),
        Question::Mesh => mesh(&values, record),
        Question::Storage => storage::read(&values, record),
        Question::RecoveryKey => recovery(&values),
        Question::Services => services(&values),
        Question::Summary => Ok(Given::Go),
    }
}

/// What a person is told of an answer that does not fit, and at which field.
pub fn refused(refusal: &Refusal) -> Problem {
    match refusal {
        Refusal::Elsewhere { .. } | Refusal::Begun => problem("", id::ANSWERED_MEANWHILE),
        Refusal::TimeZone => problem("time-zone", id::TIME_ZONE_UNKNOWN),
        Refusal::NoDisk(disk) => problem("data", storage::of_disk(id::DISK_GONE, disk)),
        Refusal::Twice(disk) => problem("data", storage::of_disk(id::DISK_TWICE, disk)),
        Refusal::Holds { name, holds } => {
            let says = storage::of_disk(id::ERASE_HELP, name).with("holds", holds.as_str());
            problem(&format!("erase:{name}"), says)
        }
        Refusal::Small { there, needed } => {
            problem("data", id::DISK_SMALL.with("there", there.to_string()).with("needed", needed.to_string()))
        }
        Refusal::Several => problem("data", id::DATA_SEVERAL),
        Refusal::Installed => problem("install", id::NOT_ANSWERED),
        Refusal::NoTpm => problem("unlock", id::NO_TPM),
        Refusal::NoWireGuard => problem("wireguard", id::NOT_ANSWERED),
        Refusal::NoNebula => problem("nebula", id::NOT_ANSWERED),
        Refusal::Expired(day) => problem("nebula", id::NEBULA_ENDED.with("day", day.to_string())),
        Refusal::NoSuchMesh => problem("mesh", id::NOT_ANSWERED),
        Refusal::Uninvited => problem("mesh", id::INVITATION_OTHER),
        Refusal::Ended(day) => problem("invitation", id::INVITATION_OLD.with("day", day.to_string())),
        Refusal::Sticks(0) => problem("unlock", id::STICK_NONE),
        Refusal::Sticks(_) => problem("unlock", id::STICK_SEVERAL),
        Refusal::NoHelper(helper) => problem("helpers", id::NEIGHBOUR_GONE.with("name", helper.as_str())),
        Refusal::NoMesh => problem("unlock", id::NO_MESH),
        Refusal::OldHeader => problem("", id::RECOVERY_NEW),
        Refusal::NoService(_) => problem("services", id::NOT_ANSWERED),
        Refusal::Budget { needed, there } => problem("services", budget(*needed, *there)),
    }
}

/// What services need together, and what there is.
fn budget(needed: crate::facts::Need, there: crate::facts::Need) -> Text {
    summary::need(id::BUDGET, needed)
        .with("memory-there", there.memory.to_string())
        .with("disk-there", there.disk.to_string())
        .with("watts-there", summary::watts(there))
}

/// What was typed, each value cut at [`LONGEST`].
pub(super) struct Values<'t>(&'t Typed);

impl<'t> Values<'t> {
    /// All values of a field.
    pub(super) fn all(&self, field: &str) -> impl Iterator<Item = &'t str> {
        self.0.get(field).into_iter().flatten().map(|value| short(value))
    }

    /// Its first value.
    pub(super) fn one(&self, field: &str) -> &'t str {
        self.all(field).next().unwrap_or_default()
    }

    /// The fields whose names begin so, each with its first value.
    pub(super) fn beginning(&self, with: &'static str) -> impl Iterator<Item = (&'t str, &'t str)> {
        let fields = self.0.iter().filter(move |(field, _)| field.starts_with(with));
        fields.map(|(field, values)| (field.as_str(), values.first().map_or("", |value| short(value))))
    }

    /// A secret that is typed twice; nothing if both are empty.
    pub(super) fn secret(&self, field: &str, again: &str) -> Result<Option<Password>, Problem> {
        match (self.one(field), self.one(again)) {
            ("", "") => Ok(None),
            (one, other) if one != other => Err(problem(again, id::PASSWORD_DIFFERS)),
            (one, _) => one.parse().map(Some).map_err(|_| problem(field, id::PASSWORD_SHORT)),
        }
    }
}

fn short(value: &str) -> &str {
    let mut end = value.len().min(LONGEST);
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    &value[..end]
}

fn one<T>(values: &Values<'_>, field: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, Vec<Problem>> {
    read(values.one(field)).ok_or_else(|| vec![problem(field, id::NOT_ANSWERED)])
}

fn language(values: &Values<'_>) -> Result<Given, Vec<Problem>> {
    let language = one(values, "language", |text| Language::ALL.into_iter().find(|language| language.tag() == text));
    let keyboard = one(values, "keyboard", |text| text.parse::<Keyboard>().ok());
    both(language, keyboard, Given::Language)
}

/// Two things that were read, or what is wrong with both.
pub(super) fn both<A, B, C>(
    a: Result<A, Vec<Problem>>,
    b: Result<B, Vec<Problem>>,
    make: impl FnOnce(A, B) -> C,
) -> Result<C, Vec<Problem>> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok(make(a, b)),
        (Err(a), Err(b)) => Err(a.into_iter().chain(b).collect()),
        (Err(a), _) => Err(a),
        (_, Err(b)) => Err(b),
    }
}

fn identity(values: &Values<'_>, record: &Record) -> Result<Given, Vec<Problem>> {
    let mut problems = Vec::new();
    let name = values.one("name").trim().parse::<HostName>().map_err(|_| problem("name", id::NAME_WRONG));
    let user = values.one("user").trim().parse::<UserName>().map_err(|_| problem("user", id::USER_WRONG));
    let password = match values.secret("password", "password-again") {
        Ok(None) if record.identity.is_none() => Err(problem("password", id::NOT_ANSWERED)),
        other => other,
    };
    let mut ssh_keys = Vec::new();
    for (number, line) in (1_i64..).zip(values.one("ssh-keys").lines()) {
        match line.trim() {
            "" => {}
            line => match line.parse::<SshKey>() {
                Ok(key) => ssh_keys.push(key),
                Err(_) => problems.push(problem("ssh-keys", id::SSH_WRONG.with("line", number))),
            },
        }
    }
    match (name, user, password) {
        (Ok(name), Ok(user), Ok(password)) if problems.is_empty() => {
            Ok(Given::Identity { name, user, password, ssh_keys })
        }
        (name, user, password) => {
            let wrong = [name.err(), user.err(), password.err()].into_iter().flatten();
            Err(wrong.chain(problems).collect())
        }
    }
}

fn solar(values: &Values<'_>) -> Result<Given, Vec<Problem>> {
    let kinds = [Chemistry::Lifepo4, Chemistry::LithiumIon, Chemistry::Lead];
    let Some(chemistry) = kinds.into_iter().find(|kind| chemistry_word(*kind) == values.one("chemistry")) else {
        return Ok(Given::Solar(None));
    };
    let number = |field: &str| values.one(field).trim().parse::<u32>().ok();
    let ampere_hours = number("ampere-hours").and_then(|number| AmpereHours::try_from(number).ok());
    let volts = number("volts").and_then(|number| Volts::try_from(number).ok());
    let wrong = |field: &str| vec![problem(field, id::BATTERY_WRONG)];
    both(ampere_hours.ok_or_else(|| wrong("ampere-hours")), volts.ok_or_else(|| wrong("volts")), |hours, volts| {
        Given::Solar(Some(Battery { chemistry, ampere_hours: hours, volts }))
    })
}

fn mesh(values: &Values<'_>, record: &Record) -> Result<Given, Vec<Problem>> {
    let kinds = [MeshKind::Yggdrasil, MeshKind::Wireguard, MeshKind::Nebula, MeshKind::None];
    let kind = one(values, "mesh", |text| kinds.into_iter().find(|kind| mesh_word(*kind) == text));
    let invitation = match values.one("invitation").trim() {
        "" => Ok(None),
        text => text.parse::<Invitation>().map(Some).map_err(|wrong| vec![problem("invitation", no_invitation(wrong))]),
    };
    let before = record.mesh.as_ref();
    let wireguard = match values.one("wireguard").trim() {
        // It is not shown again.
        "" => Ok(before.and_then(|mesh| mesh.wireguard.clone())),
        text => text.parse().map(Some).map_err(|wrong| vec![problem("wireguard", no_wireguard(&wrong))]),
    };
    let nebula = match values.one("nebula").trim() {
        "" => Ok(before.and_then(|mesh| mesh.nebula.clone())),
        text => match text.parse() {
            Ok(network) => Ok(Some(Box::new(network))),
            Err(wrong) => Err(vec![problem("nebula", no_nebula(&wrong))]),
        },
    };
    let given = both(kind, invitation, |kind, invitation| (kind, invitation));
    let networks = both(wireguard, nebula, |wireguard, nebula| (wireguard, nebula));
    both(given, networks, |(kind, invitation), (wireguard, nebula)| {
        // A file may have named one; no front asks for it.
        let coordinator = before.and_then(|mesh| mesh.coordinator.clone());
        let wireguard = wireguard.filter(|_| kind == MeshKind::Wireguard);
        let nebula = nebula.filter(|_| kind == MeshKind::Nebula);
        let [radio, helps] = ["radio", "helps"].map(|name| values.one(name) == "yes");
        Given::Mesh(Mesh { kind, invitation, wireguard, nebula, coordinator, radio, helps })
    })
}

fn at(says: Id, line: usize) -> Text {
    says.with("line", i64::try_from(line).unwrap_or(i64::MAX))
}

fn no_wireguard(wrong: &NotWireGuard) -> Text {
    match wrong {
        NotWireGuard::Line(line) => at(id::WIREGUARD_LINE, *line),
        NotWireGuard::Name(line, name) => at(id::NETWORK_FILE_NAME, *line).with("name", name.as_str()),
        NotWireGuard::Value(line, name) => at(id::NETWORK_FILE_VALUE, *line).with("name", *name),
        NotWireGuard::Twice(line, name) => at(id::NETWORK_FILE_TWICE, *line).with("name", *name),
        NotWireGuard::Missing(name) => id::NETWORK_FILE_MISSING.with("name", *name),
        NotWireGuard::Long => id::NETWORK_FILE_LONG.text(),
    }
}

fn no_nebula(wrong: &NotNebula) -> Text {
    match wrong {
        NotNebula::Line(line) => at(id::NEBULA_LINE, *line),
        NotNebula::Name(line, name) => at(id::NETWORK_FILE_NAME, *line).with("name", name.as_str()),
        NotNebula::Value(line, name) => at(id::NETWORK_FILE_VALUE, *line).with("name", *name),
        NotNebula::Twice(line, name) => at(id::NETWORK_FILE_TWICE, *line).with("name", *name),
        NotNebula::Missing(name) => id::NETWORK_FILE_MISSING.with("name", *name),
        NotNebula::Foreign => id::NEBULA_FOREIGN.text(),
        NotNebula::Key => id::NEBULA_KEY.text(),
        NotNebula::Long => id::NETWORK_FILE_LONG.text(),
    }
}

fn no_invitation(wrong: NotAnInvitation) -> Text {
    let group = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    match wrong {
        NotAnInvitation::Else | NotAnInvitation::Content | NotAnInvitation::Version(_) => id::INVITATION_WRONG.text(),
        NotAnInvitation::Character(number) | NotAnInvitation::Group(number) => {
            id::INVITATION_GROUP.with("group", group(number))
        }
        NotAnInvitation::End => id::INVITATION_END.text(),
        NotAnInvitation::Signature => id::INVITATION_FALSE.text(),
    }
}

fn recovery(values: &Values<'_>) -> Result<Given, Vec<Problem>> {
    let typed = values.beginning("group-").filter_map(|(field, typed)| {
        let number = field.trim_start_matches("group-").parse::<usize>().ok()?.checked_sub(1)?;
        Some((number, typed.trim().to_lowercase()))
    });
    let typed: Vec<(usize, String)> = typed.take(3).collect();
    <[(usize, String); 2]>::try_from(typed).map(Given::RecoveryKey).map_err(|_| vec![problem("", id::NOT_ANSWERED)])
}

fn services(values: &Values<'_>) -> Result<Given, Vec<Problem>> {
    let read = |text: &str| text.parse::<Recipe>().map_err(|_| vec![problem("services", id::NOT_ANSWERED)]);
    values.all("services").take(64).map(read).collect::<Result<Vec<_>, _>>().map(Given::Services)
}
