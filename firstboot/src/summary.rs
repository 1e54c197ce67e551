//! What is going to be done, in words.

use formats::answers::{MeshKind, Unlock};

use crate::changes::Change;
use crate::facts::Need;
use crate::texts::{Id, Text, id};

/// A change as a line of a list.
pub fn line(change: &Change) -> Text {
    let words = |items: &[String]| items.join(", ");
    match change {
        Change::Locale(language, keyboard) => {
            id::CHANGE_LOCALE.with("language", language.name()).with("keyboard", keyboard.as_str())
        }
        Change::TimeZone(zone) => id::CHANGE_TIME_ZONE.with("zone", zone.as_str()),
        Change::Name(name) => id::CHANGE_NAME.with("name", name.as_str()),
        Change::Network(_, network) => {
            let mut names: Vec<String> = network.wifi.iter().map(|wifi| wifi.name.to_string()).collect();
            names.extend(network.mobile.iter().map(|mobile| {
                mobile.access_point.as_ref().map_or_else(|| "LTE".to_owned(), |point| format!("LTE ({point})"))
            }));
            match names.is_empty() {
                true => id::CHANGE_NETWORK_NONE.text(),
                false => id::CHANGE_NETWORK.with("networks", words(&names)),
            }
        }
        Change::Install(disk) => id::CHANGE_INSTALL.with("disk", disk.as_str()),
        Change::Data(disks, _) => {
            let names: Vec<String> = disks.data.iter().map(ToString::to_string).collect();
            match names.is_empty() {
                true => id::CHANGE_DATA_HERE.text(),
                false => id::CHANGE_DATA.with("disks", words(&names)),
            }
        }
        Change::Unlock(unlock, _) => match unlock {
            Unlock::Tpm => id::CHANGE_UNLOCK_TPM.text(),
            Unlock::Neighbours { need, helpers } => {
                let of = i64::try_from(helpers.len()).unwrap_or(i64::MAX);
                id::CHANGE_UNLOCK_NEIGHBOURS.with("need", i64::from(*need)).with("of", of)
            }
            Unlock::UsbKey => id::CHANGE_UNLOCK_USB_KEY.text(),
            Unlock::Passphrase { .. } => id::CHANGE_UNLOCK_PASSPHRASE.text(),
        },
        Change::Administrator(administrator) => id::CHANGE_ADMINISTRATOR.with("name", administrator.name.as_str()),
        Change::Battery(battery) => id::CHANGE_BATTERY
            .with("hours", i64::from(battery.ampere_hours.get()))
            .with("volts", i64::from(battery.volts.get())),
        Change::Mesh(mesh) => {
            let how = match mesh.kind {
                MeshKind::Yggdrasil => "Yggdrasil",
                MeshKind::Wireguard => "WireGuard",
                MeshKind::Nebula => "Nebula",
                MeshKind::None => "–",
            };
            match &mesh.invitation {
                Some(invitation) => {
                    id::CHANGE_MESH_COMMUNITY.with("how", how).with("community", invitation.says().name.as_str())
                }
                None => id::CHANGE_MESH.with("how", how),
            }
        }
        Change::Services(_, services) if services.is_empty() => id::CHANGE_SERVICES_NONE.text(),
        Change::Services(_, services) => {
            let names: Vec<String> = services.iter().map(ToString::to_string).collect();
            id::CHANGE_SERVICES.with("services", words(&names))
        }
        Change::Forget => id::CHANGE_FORGET.text(),
    }
}

/// What something takes, in a text that has `memory`, `disk` and `watts`.
pub fn need(text: Id, need: Need) -> Text {
    text.with("memory", need.memory.to_string()).with("disk", need.disk.to_string()).with("watts", watts(need))
}

/// Watts with one decimal.
pub fn watts(need: Need) -> String {
    format!("{}.{}", need.milliwatts / 1000, need.milliwatts % 1000 / 100)
}
