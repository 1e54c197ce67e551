//! Settings by their names: what they are, and what they become. Nothing is written here.

use std::error::Error;
use std::str::FromStr;

use formats::answers::{Language, Network};
use formats::settings::{BadSettings, Settings, networks, networks_text};
use thiserror::Error;

/// A setting can't become that.
#[derive(Debug, Error)]
pub(crate) enum Refusal {
    #[error("'{value}' cannot be the {}", .name.replace('-', " "))]
    Value { name: &'static str, value: String, source: Box<dyn Error + Send + Sync> },
    #[error("the networks cannot be these")]
    Networks(#[source] BadSettings),
    #[error(
        "there is no setting '{0}' to change: host-name, language, keyboard, time-zone, country and networks are some"
    )]
    Name(String),
}

/// What a setting is; `None` if it is not set. There may be none of that name.
pub(crate) fn value(settings: &Settings, name: &str) -> Result<Option<String>, Refusal> {
    Ok(match name {
        "host-name" => settings.effective_host_name().map(String::from),
        "machine-id" => settings.machine_id.map(String::from),
        "language" => settings.language.map(|language| language.tag().to_owned()),
        "keyboard" => settings.keyboard.clone().map(String::from),
        "time-zone" => settings.time_zone.clone().map(String::from),
        "country" => settings.country.clone().map(String::from),
        "networks" => (!settings.networks.is_empty()).then(|| networks_text(&settings.networks).trim_end().to_owned()),
        _ => return Err(Refusal::Name(name.to_owned())),
    })
}

/// Changes a setting; without a value it is left to the node.
pub(crate) fn apply(settings: &mut Settings, name: &str, value: Option<&str>) -> Result<(), Refusal> {
    match name {
        "host-name" => settings.host_name = parse("host-name", value)?,
        "language" => settings.language = value.map(language).transpose()?,
        "keyboard" => settings.keyboard = parse("keyboard", value)?,
        "time-zone" => settings.time_zone = parse("time-zone", value)?,
        "country" => settings.country = parse("country", value)?,
        "networks" => {
            settings.networks = value.map_or_else(|| Ok(Network::default()), networks).map_err(Refusal::Networks)?;
        }
        _ => return Err(Refusal::Name(name.to_owned())),
    }
    Ok(())
}

fn parse<T: FromStr<Err: Error + Send + Sync + 'static>>(
    name: &'static str,
    value: Option<&str>,
) -> Result<Option<T>, Refusal> {
    let refused = |value: &str, source| Refusal::Value { name, value: value.to_owned(), source };
    value.map(|value| value.parse().map_err(|error| refused(value, Box::new(error)))).transpose()
}

fn language(tag: &str) -> Result<Language, Refusal> {
    let all = || Language::ALL.map(Language::tag).join(", ");
    Language::of(tag).ok_or_else(|| Refusal::Value {
        name: "language",
        value: tag.to_owned(),
        source: format!("one of {} is expected", all()).into(),
    })
}
