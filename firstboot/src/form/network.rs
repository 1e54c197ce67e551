//! The question of networks. All of it can be left out.

use core::net::IpAddr;

use formats::answers::{AccessPoint, Country, Interface, Mobile, Network, Pin, Ssid, Wifi, WifiKey, Wired};

use super::make::{choice, field, named, only, problem};
use super::read::{Values, both};
use super::{Choice, Field, Given, Kind, Problem};
use crate::facts::Facts;
use crate::machine::Record;
use crate::texts::{Id, id};

/// What few need, by the words of forms: the cable's address is typed; what comes by it costs money; there is a SIM card.
const FIXED: &str = "fixed";
const CABLE_METERED: &str = "cable-metered";
const MOBILE: &str = "mobile";

/// The most servers of names.
const MOST_DNS: usize = 3;

/// The fields: Wi-Fi, and behind 'more' what few need.
pub(super) fn fields(record: &Record, facts: &Facts) -> Vec<Field> {
    let (country, now) = match &record.network {
        Some((country, network)) => (country.as_ref().map(ToString::to_string), network.wifi.first()),
        None => (None, None),
    };
    let mut options = vec![choice("none", id::WIFI_NONE, None)];
    options.extend(facts.wifi.iter().map(|network| {
        let help = match (network.open, network.signal) {
            (true, _) => id::WIFI_OPEN,
            (_, 50..) => id::WIFI_SIGNAL_GOOD,
            _ => id::WIFI_SIGNAL_WEAK,
        };
        let value = format!("ssid:{}", network.name);
        Choice { help: Some(help.text()), ..named(&value, network.name.as_str()) }
    }));
    options.push(choice("other", id::WIFI_OTHER, None));
    let seen = |name: &str| facts.wifi.iter().any(|network| network.name.as_str() == name);
    let (chosen, other) = match now {
        None => ("none".to_owned(), String::new()),
        Some(wifi) if seen(wifi.name.as_str()) => (format!("ssid:{}", wifi.name), String::new()),
        Some(wifi) => ("other".to_owned(), wifi.name.to_string()),
    };
    let metered = now.is_some_and(|wifi| wifi.metered);
    let value = |choice: &Choice| ("wifi", choice.value.clone());
    let any: Vec<_> = options.iter().skip(1).map(value).collect();
    let open = |value: &str| facts.wifi.iter().any(|wifi| wifi.open && value == format!("ssid:{}", wifi.name));
    let with_key = any.iter().filter(|(_, value)| !open(value)).cloned().collect();
    let mut fields = vec![
        field("country", id::COUNTRY_LABEL, Some(id::COUNTRY_HELP), Kind::Line(country.unwrap_or_default())),
        field("wifi", id::WIFI_LABEL, None, Kind::One { options, chosen: Some(chosen) }),
        only(field("wifi-name", id::WIFI_NAME_LABEL, None, Kind::Line(other)), "wifi", "other"),
        Field { only: with_key, ..field("wifi-key", id::WIFI_KEY_LABEL, None, Kind::Secret) },
        Field { only: any, ..field("metered", id::METERED_LABEL, Some(id::METERED_HELP), Kind::Switch(metered)) },
    ];
    fields.extend(more(record.network.as_ref().map(|(_, network)| network)));
    fields
}

/// A cable whose addresses don't come by themselves, or that costs money; a mobile network.
fn more(now: Option<&Network>) -> [Field; 6] {
    let (wired, mobile) = (now.and_then(|now| now.wired.as_ref()), now.and_then(|now| now.mobile.as_ref()));
    let chosen = [
        (FIXED, wired.is_some_and(|wired| wired.address.is_some())),
        (CABLE_METERED, wired.is_some_and(|wired| wired.metered)),
        (MOBILE, mobile.is_some()),
    ];
    let chosen = chosen.iter().filter(|(_, is)| *is).map(|(value, _)| (*value).to_owned()).collect();
    let options = vec![
        choice(FIXED, id::MORE_FIXED, None),
        choice(CABLE_METERED, id::MORE_METERED, None),
        choice(MOBILE, id::MORE_MOBILE, Some(id::MORE_MOBILE_HELP)),
    ];
    let text = |value: Option<String>| Kind::Line(value.unwrap_or_default());
    let address = wired.and_then(|wired| wired.address).map(|address| address.to_string());
    let gateway = wired.and_then(|wired| wired.gateway).map(|gateway| gateway.to_string());
    let dns: Vec<String> = wired.iter().flat_map(|wired| &wired.dns).map(ToString::to_string).collect();
    let point = mobile.and_then(|mobile| mobile.access_point.as_ref()).map(ToString::to_string);
    let pin = if mobile.is_some_and(|mobile| mobile.pin.is_some()) { id::PIN_KEPT } else { id::PIN_HELP };
    [
        field("more", id::MORE_LABEL, None, Kind::Many { options, chosen }),
        only(field("address", id::ADDRESS_LABEL, Some(id::ADDRESS_HELP), text(address)), "more", FIXED),
        only(field("gateway", id::GATEWAY_LABEL, Some(id::GATEWAY_HELP), text(gateway)), "more", FIXED),
        only(field("dns", id::DNS_LABEL, Some(id::DNS_HELP), Kind::Line(dns.join(" "))), "more", FIXED),
        only(field("access-point", id::POINT_LABEL, Some(id::POINT_HELP), text(point)), "more", MOBILE),
        only(field("pin", id::PIN_LABEL, Some(pin), Kind::Secret), "more", MOBILE),
    ]
}

/// Reads them.
pub(super) fn read(values: &Values<'_>, record: &Record, facts: &Facts) -> Result<Given, Vec<Problem>> {
    let country = match values.one("country").trim() {
        "" => Ok(None),
        text => {
            text.to_uppercase().parse::<Country>().map(Some).map_err(|_| vec![problem("country", id::COUNTRY_WRONG)])
        }
    };
    let chosen = values.one("wifi");
    let name = match (chosen, chosen.strip_prefix("ssid:")) {
        ("" | "none", _) => None,
        ("other", _) => Some(values.one("wifi-name")),
        (_, name) => Some(name.unwrap_or_default()),
    };
    let wifi = name.map(|name| {
        let name = name.parse::<Ssid>().map_err(|_| vec![problem("wifi-name", id::WIFI_NAME_WRONG)])?;
        let open = facts.wifi.iter().any(|network| network.name == name && network.open);
        let key = match values.one("wifi-key") {
            "" if open => None,
            key => Some(key.parse::<WifiKey>().map_err(|_| vec![problem("wifi-key", id::WIFI_KEY_WRONG)])?),
        };
        Ok(Wifi { name, key, hidden: chosen == "other", metered: values.one("metered") == "yes" })
    });
    let before = record.network.as_ref().and_then(|(_, network)| network.mobile.as_ref());
    let rest = both(wired(values), mobile(values, before), |wired, mobile| (wired, mobile));
    let wireless = both(country, wifi.transpose(), |country, wifi| (country, wifi));
    both(wireless, rest, |(country, wifi), (wired, mobile)| {
        Given::Network(country, Network { wired, wifi: wifi.into_iter().collect(), mobile })
    })
}

fn wired(values: &Values<'_>) -> Result<Option<Wired>, Vec<Problem>> {
    let has = |value: &str| values.all("more").any(|more| more == value);
    let metered = has(CABLE_METERED);
    if !has(FIXED) {
        return Ok(metered.then(|| Wired { metered, ..Wired::default() }));
    }
    let wrong = |name: &'static str, says: Id| move || vec![problem(name, says)];
    let address = values.one("address").trim().parse::<Interface>().ok();
    let address = address.ok_or_else(wrong("address", id::ADDRESS_WRONG));
    let gateway = match values.one("gateway").trim() {
        "" => Ok(None),
        text => text.parse::<IpAddr>().map(Some).map_err(|_| vec![problem("gateway", id::GATEWAY_WRONG)]),
    };
    let words = values.one("dns").split([' ', ',', ';']).filter(|word| !word.is_empty());
    let dns = words.map(str::parse::<IpAddr>).collect::<Result<Vec<_>, _>>();
    let dns = dns.ok().filter(|dns| dns.len() <= MOST_DNS).ok_or_else(wrong("dns", id::DNS_WRONG));
    let address = both(address, gateway, |address, gateway| (address, gateway));
    both(address, dns, |(address, gateway), dns| Some(Wired { address: Some(address), gateway, dns, metered }))
}

/// `before` keeps what no form asks for, and the PIN, which none shows.
fn mobile(values: &Values<'_>, before: Option<&Mobile>) -> Result<Option<Mobile>, Vec<Problem>> {
    if !values.all("more").any(|more| more == MOBILE) {
        return Ok(None);
    }
    let point = match values.one("access-point").trim() {
        "" => Ok(None),
        text => text.parse::<AccessPoint>().map(Some).map_err(|_| vec![problem("access-point", id::POINT_WRONG)]),
    };
    let pin = match values.one("pin").trim() {
        "" => Ok(before.and_then(|before| before.pin.clone())),
        text => text.parse::<Pin>().map(Some).map_err(|_| vec![problem("pin", id::PIN_WRONG)]),
    };
    both(point, pin, |access_point, pin| {
        let (user, password) = before.map(|before| (before.user.clone(), before.password.clone())).unwrap_or_default();
        let metered = before.is_none_or(|before| before.metered);
        Some(Mobile { access_point, user, password, pin, metered })
    })
}
