//! Conditions: whether a file's `[Match]`, `[TriggerMatch]`, `[Assert]` and `[TriggerAssert]` sections hold.
//!
//! - A file applies if each `[Match]` section holds, and, where there are `[TriggerMatch]` sections, one of them.
//! - A section holds if each plain condition in it holds, and, where conditions begin with `|`, one of those.
//! - `!` (behind `|`) turns a condition round.

use std::path::Path;

use formats::suggest;
use formats::version::Version;

use super::error::{ConfigError, Problem};
use super::ini::{Section, Setting};
use super::mkosi::Settings;
use super::settings::{Kind, find};
use super::value::{Value, boolean, feature};

/// What [`check`] looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// `[Match]` and `[TriggerMatch]`.
    Match,
    /// `[Assert]` and `[TriggerAssert]`.
    Assert,
}

/// The settings that can be matched on.
const SETTINGS: &[&str] = &[
    "Profiles",
    "Distribution",
    "Release",
    "Architecture",
    "Repositories",
    "Format",
    "ImageId",
    "ImageVersion",
    "Bootable",
    "Bootloader",
    "Environment",
];

/// What mkosi can match on and a build that is the same on every host cannot, or not yet.
const UNSUPPORTED: &[&str] =
    &["SystemdVersion", "HostArchitecture", "BuildSources", "ToolsTreeDistribution", "ToolsTreeRelease"];

/// Whether the conditions among `sections` hold. Relative paths begin at `folder`.
pub(crate) fn check(
    sections: &[Section],
    purpose: Purpose,
    settings: &Settings,
    folder: &Path,
) -> Result<bool, ConfigError> {
    let (all, any) = match purpose {
        Purpose::Match => ("Match", "TriggerMatch"),
        Purpose::Assert => ("Assert", "TriggerAssert"),
    };
    let mut triggered = None;
    for section in sections {
        let trigger = section.name == any;
        if !trigger && section.name != all {
            continue;
        }
        let failed = holds(section, settings, folder)?;
        if trigger {
            triggered = Some(triggered.unwrap_or(false) || failed.is_none());
        } else if let Some(condition) = failed {
            return match purpose {
                Purpose::Match => Ok(false),
                Purpose::Assert => Err(section.place.error(Problem::Assertion(condition))),
            };
        }
    }
    match (triggered, purpose, sections.iter().find(|section| section.name == any)) {
        (Some(false), Purpose::Assert, Some(section)) => {
            Err(section.place.error(Problem::Assertion(format!("of one of the [{any}] sections"))))
        }
        (triggered, ..) => Ok(triggered != Some(false)),
    }
}

/// The condition that fails, if one does.
fn holds(section: &Section, settings: &Settings, folder: &Path) -> Result<Option<String>, ConfigError> {
    let mut triggered = None;
    let mut failed = None;
    for setting in &section.settings {
        let value = setting.value();
        let text = value.strip_prefix('|').unwrap_or(&value);
        let trigger = text.len() < value.len();
        let plain = text.strip_prefix('!').unwrap_or(text);
        let negated = plain.len() < text.len();
        let plain = settings.expand(plain, &setting.lines[0].place, folder)?;
        let result = condition(setting, &plain, settings, folder)? != negated;
        if trigger {
            triggered = Some(triggered.unwrap_or(false) || result);
        } else if !result && failed.is_none() {
            failed = Some(format!("{}={value}", setting.name));
        }
    }
    if failed.is_none() && triggered == Some(false) {
        failed = Some(format!("of one of the conditions with '|' in [{}]", section.name));
    }
    Ok(failed)
}

fn condition(setting: &Setting, wanted: &str, settings: &Settings, folder: &Path) -> Result<bool, ConfigError> {
    let place = &setting.place;
    match setting.name.as_str() {
        "Image" => return Ok(wanted == "main"),
        "PathExists" => return Ok(!wanted.is_empty() && folder.join(wanted).exists()),
        name if UNSUPPORTED.contains(&name) => {
            return Err(place.error(Problem::UnsupportedUse(format!("a condition on '{name}'"))));
        }
        _ => {}
    }
    let Some(known) = find(&setting.name).filter(|known| SETTINGS.contains(&known.name)) else {
        let candidates = SETTINGS.iter().chain(["Image", "PathExists"].iter()).copied();
        let list = format!("conditions are {}, Image and PathExists", SETTINGS.join(", "));
        let hint = suggest::hint(&setting.name, candidates, &list);
        return Err(place.error(Problem::UnknownCondition { name: setting.name.clone(), hint }));
    };
    let bad = |expected: &str| {
        place.error(Problem::Value {
            name: known.name.to_owned(),
            value: wanted.to_owned(),
            expected: expected.to_owned(),
        })
    };
    let text = match settings.get(known.name) {
        Some(Value::List(items)) if wanted.is_empty() => return Ok(items.is_empty()),
        Some(Value::List(items)) => return Ok(items.iter().any(|item| item.text == wanted)),
        Some(Value::Pairs(pairs)) => {
            return Ok(match wanted.split_once('=') {
                Some((name, value)) => pairs.get(name).is_some_and(|have| have == value),
                None => pairs.contains_key(wanted),
            });
        }
        Some(Value::One(item)) => item.text.as_str(),
        Some(Value::Paths(_) | Value::Trees(_)) => return Ok(false),
        None => match known.name {
            "Distribution" | "Release" | "Architecture" => {
                return Err(place.error(Problem::HostDependent(known.name.to_owned())));
            }
            "Format" => "disk",
            "Bootable" => "auto",
            "Bootloader" => "systemd-boot",
            "Profiles" | "Repositories" => return Ok(wanted.is_empty()),
            _ => return Ok(false),
        },
    };
    Ok(match (known.name, known.kind) {
        ("Architecture", _) if wanted == "uefi" => {
            ["arm", "arm64", "loongarch64", "riscv32", "riscv64", "x86", "x86-64"].contains(&text)
        }
        ("ImageId", _) => super::glob::matches(wanted, text),
        ("ImageVersion", _) => version(wanted, text).ok_or_else(|| bad("a version is expected"))?,
        (_, Kind::Feature) => feature(wanted).ok_or_else(|| bad("yes, no or auto is expected"))? == text,
        (_, Kind::Bool) => boolean(wanted) == boolean(text),
        (_, Kind::Choice(values)) if !values.contains(&wanted) => {
            return Err(bad(&suggest::hint(wanted, values.iter().copied(), "see mkosi(1) for its values")));
        }
        _ => wanted == text,
    })
}

/// Compares versions as `ImageVersion=>=2` asks for.
fn version(wanted: &str, have: &str) -> Option<bool> {
    let (operator, wanted) = ["==", "!=", "<=", ">=", ">", "<"]
        .iter()
        .find_map(|operator| wanted.strip_prefix(operator).map(|rest| (*operator, rest)))
        .unwrap_or(("==", wanted));
    let order = have.parse::<Version>().ok()?.cmp(&wanted.trim().parse::<Version>().ok()?);
    Some(match operator {
        "!=" => order.is_ne(),
        "<=" => order.is_le(),
        ">=" => order.is_ge(),
        ">" => order.is_gt(),
        "<" => order.is_lt(),
        _ => order.is_eq(),
    })
}
