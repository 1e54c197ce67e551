//! The fields about disks, and what was typed into them.

use formats::answers::{DiskName, Disks, Helper, Unlock};

use super::make::{choice, field, only, problem};
use super::read::Values;
use super::{Choice, Field, Given, Kind, Label, Problem};
use crate::facts::{Disk, Facts};
use crate::machine::Record;
use crate::texts::{Id, Text, id};

/// The fields of a record and facts.
pub(super) fn fields(record: &Record, facts: &Facts) -> Vec<Field> {
    let (disks, unlock) = match &record.storage {
        Some((disks, unlock, _)) => (disks.clone(), Some(unlock)),
        None => (Disks::default(), None),
    };
    let mut fields = Vec::new();
    if facts.from_stick {
        let mut options = vec![labelled("here", id::INSTALL_HERE.with("disk", facts.own_disk.as_str()))];
        options.extend(
            facts
                .disks
                .iter()
                .filter(|disk| !disk.removable)
                .map(|disk| with_content(disk, id::INSTALL_TO.with("disk", described(disk)))),
        );
        let chosen = disks.install_to.as_ref().map_or_else(|| "here".to_owned(), |disk| format!("disk:{disk}"));
        fields.push(field("install", id::INSTALL_LABEL, None, Kind::One { options, chosen: Some(chosen) }));
    }
    let mut options = vec![labelled("rest", id::DATA_REST.with("size", facts.rest.to_string()))];
    options.extend(facts.disks.iter().map(|disk| with_content(disk, id::DATA_DISK.with("disk", described(disk)))));
    let chosen = disks.data.first().map_or_else(|| "rest".to_owned(), |disk| format!("disk:{disk}"));
    fields.push(field("data", id::DATA_LABEL, None, Kind::One { options, chosen: Some(chosen) }));
    for disk in &facts.disks {
        let Some(holds) = &disk.holds else { continue };
        let help = id::ERASE_HELP.with("disk", disk.name.as_str()).with("holds", holds.as_str());
        let typed = if disks.erase.contains(&disk.name) { disk.name.to_string() } else { String::new() };
        let name = format!("erase:{}", disk.name);
        let only = ["install", "data"].map(|other| (other, format!("disk:{}", disk.name))).to_vec();
        let field = Field { name, label: id::ERASE_LABEL.text(), help: Some(help), kind: Kind::Line(typed), only };
        fields.push(field);
    }
    if let Some(holds) = &facts.rest_holds {
        let own = facts.own_disk.as_str();
        let help = id::ERASE_HELP.with("disk", own).with("holds", holds.as_str());
        let typed = if disks.erase.iter().any(|disk| disk.as_str() == own) { own.to_owned() } else { String::new() };
        let only = vec![("data", "rest".to_owned())];
        let name = format!("erase:{own}");
        fields.push(Field { name, label: id::ERASE_LABEL.text(), help: Some(help), kind: Kind::Line(typed), only });
    }
    fields.extend(unlocking(unlock, facts));
    fields
}

fn unlocking(unlock: Option<&Unlock>, facts: &Facts) -> Vec<Field> {
    let tpm = match (facts.tpm, facts.secure_boot) {
        (false, _) => id::NO_TPM,
        (true, false) => id::UNLOCK_TPM_NO_SECURE_BOOT,
        (true, true) => id::UNLOCK_TPM_HELP,
    };
    let stick = match facts.sticks.as_slice() {
        [] => id::STICK_NONE.text(),
        [stick] => id::STICK_ONE.with("stick", stick.as_str()),
        _ => id::STICK_SEVERAL.text(),
    };
    let options = vec![
        Choice { fits: facts.tpm, ..choice("tpm", id::UNLOCK_TPM, Some(tpm)) },
        Choice {
            fits: !facts.helpers.is_empty(),
            ..choice(
                "neighbours",
                id::UNLOCK_NEIGHBOURS,
                Some(if facts.helpers.is_empty() { id::NEIGHBOURS_NONE } else { id::NEIGHBOURS_ALL_DARK }),
            )
        },
        Choice { fits: facts.sticks.len() == 1, help: Some(stick), ..choice("usb-key", id::UNLOCK_USB_KEY, None) },
        choice("passphrase", id::UNLOCK_PASSPHRASE, Some(id::UNLOCK_PASSPHRASE_HELP)),
    ];
    let usual = if facts.tpm { "tpm" } else { "passphrase" };
    let (chosen, helpers, need) = match unlock {
        None => (usual, Vec::new(), 1),
        Some(Unlock::Tpm) => ("tpm", Vec::new(), 1),
        Some(Unlock::Neighbours { need, helpers }) => ("neighbours", helpers.clone(), *need),
        Some(Unlock::UsbKey) => ("usb-key", Vec::new(), 1),
        Some(Unlock::Passphrase { .. }) => ("passphrase", Vec::new(), 1),
    };
    let known = facts.helpers.iter().map(|neighbour| Choice {
        value: neighbour.helper.to_string(),
        label: Label::Name(neighbour.name().to_owned()),
        help: Some(id::NEIGHBOUR_KEY.with("thumbprint", neighbour.advertisement.thumbprint())),
        fits: true,
    });
    let known = Kind::Many { options: known.collect(), chosen: helpers.iter().map(ToString::to_string).collect() };
    let help = match unlock {
        Some(Unlock::Passphrase { .. }) => id::PASSWORD_KEPT,
        _ => id::PASSPHRASE_HELP,
    };
    let secret = |name, label, help| only(field(name, label, help, Kind::Secret), "unlock", "passphrase");
    vec![
        field("unlock", id::UNLOCK_LABEL, None, Kind::One { options, chosen: Some(chosen.to_owned()) }),
        only(field("helpers", id::HELPERS_LABEL, None, known), "unlock", "neighbours"),
        only(field("need", id::NEED_LABEL, None, Kind::Number(need.to_string())), "unlock", "neighbours"),
        secret("passphrase", id::PASSPHRASE_LABEL, Some(help)),
        secret("passphrase-again", id::PASSPHRASE_AGAIN_LABEL, None),
    ]
}

fn labelled(value: &str, label: Text) -> Choice {
    Choice { value: value.to_owned(), label: Label::Text(label), help: None, fits: true }
}

fn with_content(disk: &Disk, label: Text) -> Choice {
    let help = match (&disk.holds, disk.worn.map(i64::from)) {
        (Some(holds), _) if disk.failing => id::DISK_HOLDS_FAILING.with("holds", holds.as_str()),
        _ if disk.failing => id::DISK_FAILING.text(),
        (Some(holds), None) => id::DISK_HOLDS.with("holds", holds.as_str()),
        (None, None) => id::DISK_EMPTY.text(),
        (Some(holds), Some(worn)) => id::DISK_HOLDS_WORN.with("holds", holds.as_str()).with("percent", worn),
        (None, Some(worn)) => id::DISK_EMPTY_WORN.with("percent", worn),
    };
    Choice { help: Some(help), ..labelled(&format!("disk:{}", disk.name), label) }
}

fn described(disk: &Disk) -> String {
    format!("{}, {}", disk.name, disk.length)
}

/// Reads them.
pub(super) fn read(values: &Values<'_>, record: &Record) -> Result<Given, Vec<Problem>> {
    let mut problems = Vec::new();
    let disk = |value: &str| value.strip_prefix("disk:").and_then(|name| name.parse::<DiskName>().ok());
    let install_to = disk(values.one("install"));
    let data: Vec<DiskName> = disk(values.one("data")).into_iter().collect();
    let mut erase = Vec::new();
    for (field, typed) in values.beginning("erase:") {
        let name = field.trim_start_matches("erase:");
        let here = install_to.is_none() && data.is_empty();
        let named = here || install_to.iter().chain(&data).any(|disk| disk.as_str() == name);
        match typed.trim() {
            "" => {}
            typed if typed == name => erase.extend(name.parse::<DiskName>()),
            _ if named => problems.push(problem(field, id::ERASE_WRONG)),
            _ => {}
        }
    }
    let unlock = match values.one("unlock") {
        "tpm" => Ok(Unlock::Tpm),
        "usb-key" => Ok(Unlock::UsbKey),
        "neighbours" => neighbours(values),
        "passphrase" => passphrase(values, record),
        _ => Err(problem("unlock", id::NOT_ANSWERED)),
    };
    match unlock {
        Ok(unlock) if problems.is_empty() => Ok(Given::Storage(Disks { install_to, data, erase }, unlock)),
        Ok(_) => Err(problems),
        Err(wrong) => Err(problems.into_iter().chain([wrong]).collect()),
    }
}

fn neighbours(values: &Values<'_>) -> Result<Unlock, Problem> {
    let helpers: Vec<Helper> = values.all("helpers").filter_map(|helper| helper.parse().ok()).collect();
    let need = values.one("need").trim().parse::<u8>().unwrap_or(0);
    match need > 0 && usize::from(need) <= helpers.len() {
        true => Ok(Unlock::Neighbours { need, helpers }),
        false => Err(problem("helpers", id::HELPERS_FEW)),
    }
}

/// Without one, that which was given before stays.
fn passphrase(values: &Values<'_>, record: &Record) -> Result<Unlock, Problem> {
    let passphrase = values.secret("passphrase", "passphrase-again")?;
    match (&passphrase, &record.storage) {
        (Some(_), _) | (None, Some((_, Unlock::Passphrase { .. }, _))) => Ok(Unlock::Passphrase { passphrase }),
        _ => Err(problem("passphrase", id::NOT_ANSWERED)),
    }
}

/// A text of a name.
pub(super) fn of_disk(text: Id, disk: &DiskName) -> Text {
    text.with("disk", disk.as_str())
}
