//! Looks for a device on one port, showing each step.

use std::path::Path;
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, Result, bail};
use power::conversation::Heard;
use power::detect::course::{Change, Course};
use power::detect::plan::{Attempt, Plan, Use, plan};
use power::detect::port::{Maker, Place, Port, Service};
use power::drive::follow::{Event, Follower};
use power::drive::gate::Hex;
use power::protocol::registry::Protocol;
use power::sentence;

use crate::show;

/// How it is looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct How {
    pub(crate) protocol: Option<Protocol>,
    pub(crate) listen: bool,
    pub(crate) ask: bool,
    pub(crate) verbose: bool,
    pub(crate) json: bool,
}

/// Looks once. Whether a device was found.
pub(crate) async fn probe(name: &str, how: How) -> Result<bool> {
    let port = port(name)?;
    let told = match (how.listen, how.ask) {
        (true, _) => Some(Use::Listen),
        (_, true) => Some(Use::Ask),
        // Who names a port of the computer wants it to be asked.
        _ if matches!(port.place, Place::Serial { by: Maker::BuiltIn, .. }) => Some(Use::Ask),
        _ => None,
    };
    let mut attempts = match plan(&port, told) {
        Plan::Try(attempts) => attempts,
        Plan::LeftAlone(why) => bail!("{name} is left alone: {why}"),
    };
    if let Some(protocol) = how.protocol {
        attempts.retain(|attempt| attempt.protocol == protocol);
    }
    let many = attempts.len();
    let course =
        Course::new(attempts, None).context("this protocol is not spoken on such a port, or not allowed there")?;
    let found = Arc::new(Mutex::new(None));
    let (keep, problem) = (found.clone(), Arc::new(Mutex::new(None)));
    let broken = problem.clone();
    let tell = move |event: Event| match event {
        Event::Heard { attempt, heard, .. } => {
            if let Ok(mut keep) = keep.lock() {
                *keep = Some((attempt, *heard));
            }
        }
        Event::Broken(why) => {
            step(how, format_args!("# {why}"));
            if let Ok(mut broken) = broken.lock() {
                *broken = Some(why);
            }
        }
        Event::Busy => {
            if let Ok(mut broken) = broken.lock() {
                *broken = Some("another program has it open (is it ilanga-power.service?)".to_owned());
            }
        }
        Event::Trying(attempt) => {
            step(how, format_args!("# {} on {}", attempt.protocol.entry().title, show::line(attempt.line)));
        }
        Event::Missed(_, why) => step(how, format_args!("# {why}")),
        Event::Sent(bytes) => step(how, format_args!("> {}", Hex(bytes))),
        Event::Came(bytes) => step(how, format_args!("< {}", Hex(bytes))),
        Event::Lost(_) | Event::Nothing(_) => {}
    };
    let network = matches!(port.place, Place::Network { .. });
    let mut follower = Follower::new(port.place, course, Arc::new(tell)).with_bytes();
    for _ in 0..many {
        let change = follower.once().await;
        let why = problem.lock().ok().and_then(|mut problem| problem.take());
        match (change, why) {
            (Change::Found, _) => break,
            (_, Some(why)) if !network => bail!("{name}: {why}"),
            _ => {}
        }
    }
    let found = found.lock().ok().and_then(|mut found| found.take());
    match &found {
        Some((attempt, heard)) => print!("{}", shown(*attempt, heard, how.json)?),
        None if how.json => println!("null"),
        None => println!("no device that is known was found on {name}"),
    }
    Ok(found.is_some())
}

fn step(how: How, text: std::fmt::Arguments<'_>) {
    if how.verbose {
        eprintln!("{text}");
    }
}

fn shown(attempt: Attempt, heard: &Heard, json: bool) -> Result<String> {
    let entry = attempt.protocol.entry();
    if json {
        let value = serde_json::json!({
            "protocol": entry.name, "line": attempt.line, "identity": heard.identity, "reading": heard.reading,
        });
        return Ok(serde_json::to_string_pretty(&value)? + "\n");
    }
    let (maker, model) = (heard.identity.maker.as_str(), heard.identity.model.as_str());
    let who = format!("{maker} {model}");
    let how = format!("{}, {}", entry.title, show::line(attempt.line));
    Ok(format!("{} ({how}): {}\n", who.trim(), sentence::said(&heard.reading)))
}

/// The port of a name.
fn port(name: &str) -> Result<Port> {
    let of = |place: Place| Port { name: name.to_owned(), place, usb: None };
    for (start, service) in [("venus://", Service::Venus), ("sunspec://", Service::Sunspec), ("nut://", Service::Nut)] {
        if let Some(rest) = name.strip_prefix(start) {
            let (host, port) = match rest.rsplit_once(':') {
                Some((host, port)) => (host, Some(port.parse().with_context(|| format!("'{port}' is not a port"))?)),
                None => (rest, None),
            };
            let host = host.trim_matches(['[', ']']).to_owned();
            return Ok(of(Place::Network { host, service, port }));
        }
    }
    if !name.contains('/') {
        return Ok(of(Place::Can { interface: name.to_owned() }));
    }
    let node = Path::new(name);
    if !node.exists() {
        bail!("{name} is not there");
    }
    #[cfg(feature = "daemon")]
    if let Some(port) = power::devices::named(node) {
        return Ok(port);
    }
    // Keyboards are HID devices too: what udev does not know for an inverter's is left alone.
    if node.file_name().is_some_and(|name| name.to_string_lossy().starts_with("hidraw")) {
        return Ok(of(Place::Hid { node: node.to_owned() }));
    }
    // What udev does not know, a person does.
    Ok(of(Place::Serial { node: node.to_owned(), by: Maker::Adapter }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use power::line::Line;

    #[test]
    fn names_of_ports() {
        let place = |name: &str| port(name).unwrap().place;
        let network = |host: &str, service, port| Place::Network { host: host.to_owned(), service, port };
        assert_eq!(place("venus://venus.local"), network("venus.local", Service::Venus, None));
        assert_eq!(place("sunspec://192.168.1.7:1502"), network("192.168.1.7", Service::Sunspec, Some(1502)));
        assert_eq!(place("nut://[fe80::1]:3493"), network("fe80::1", Service::Nut, Some(3493)));
        assert_eq!(place("can0"), Place::Can { interface: "can0".to_owned() });
        assert!(port("nut://a:b").is_err() && port("/dev/no-such-port").is_err());
        let Plan::Try(attempts) = plan(&port("/dev/null").unwrap(), Some(Use::Ask)) else { panic!("it is tried") };
        assert!(attempts.iter().all(|attempt| matches!(attempt.line, Line::Serial(_))));
    }
}
