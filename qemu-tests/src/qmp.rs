//! A client of the [QEMU machine protocol](https://www.qemu.org/docs/master/interop/qmp-spec.html): a line of JSON to
//! QEMU, lines of JSON back, events between them.

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::error::{Doing, Error};

/// How long QEMU may take to answer.
const ANSWER: Duration = Duration::from_secs(60);

/// A connection to a machine's monitor.
#[derive(Debug)]
pub struct Qmp {
    reader: BufReader<UnixStream>,
    writer: UnixStream,
    events: Vec<Event>,
    /// What has been read of a line that is not complete yet.
    partial: Vec<u8>,
}

/// Something that QEMU told by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its name, such as `RESET`.
    pub name: String,
    /// Its `reason` where it has one, such as `guest-reset`; empty otherwise.
    pub reason: String,
}

impl Qmp {
    /// Takes over a fresh connection: reads the greeting, enters command mode.
    pub fn new(stream: UnixStream) -> Result<Self, Error> {
        let writer = stream.try_clone().doing(|| "opening the monitor of QEMU".into())?;
        let mut qmp = Self { reader: BufReader::new(stream), writer, events: Vec::new(), partial: Vec::new() };
        qmp.execute("qmp_capabilities", json!({}))?;
        Ok(qmp)
    }

    /// Gives a command and returns the answer.
    pub fn execute(&mut self, command: &str, arguments: Value) -> Result<Value, Error> {
        let doing = || format!("giving QEMU the command '{command}'");
        let mut line = json!({ "execute": command, "arguments": arguments }).to_string();
        line.push('\n');
        self.writer.write_all(line.as_bytes()).doing(doing)?;
        let end = Instant::now() + ANSWER;
        while Instant::now() < end {
            match self.message(Duration::from_secs(1), &doing)? {
                Some(Message::Answer(value)) => return Ok(value),
                Some(Message::Refusal(said)) => return Err(Error::Qmp { command: command.into(), said }),
                Some(Message::Event) | None => {}
            }
        }
        Err(Error::Qmp { command: command.into(), said: format!("no answer within {} s", ANSWER.as_secs()) })
    }

    /// The state of the machine: `running`, `shutdown`, `internal-error` ….
    pub fn status(&mut self) -> Result<String, Error> {
        let answer = self.execute("query-status", json!({}))?;
        Ok(answer["status"].as_str().unwrap_or_default().to_owned())
    }

    /// Events since the last call.
    pub fn events(&mut self) -> Result<Vec<Event>, Error> {
        while self.message(Duration::from_millis(1), &|| "reading QEMU's events".into())?.is_some() {}
        Ok(std::mem::take(&mut self.events))
    }

    /// Reads one message; `None` if none came in time, or QEMU has hung up.
    fn message(&mut self, wait: Duration, doing: &dyn Fn() -> String) -> Result<Option<Message>, Error> {
        self.writer.set_read_timeout(Some(wait)).doing(doing)?;
        match self.reader.read_until(b'\n', &mut self.partial) {
            Ok(0) => return Ok(None),
            Ok(_) if self.partial.ends_with(b"\n") => {}
            Ok(_) => return Ok(None),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => return Ok(None),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(None),
            Err(error) => return Err(error).doing(doing),
        }
        let line = std::mem::take(&mut self.partial);
        let message = parse(&line).doing(doing)?;
        match message {
            Parsed::Answer(value) => Ok(Some(Message::Answer(value))),
            Parsed::Refusal(said) => Ok(Some(Message::Refusal(said))),
            Parsed::Event(event) => {
                self.events.push(event);
                Ok(Some(Message::Event))
            }
            Parsed::Greeting => Ok(Some(Message::Event)),
        }
    }
}

enum Message {
    Answer(Value),
    Refusal(String),
    Event,
}

#[derive(Debug, PartialEq)]
enum Parsed {
    Answer(Value),
    Refusal(String),
    Event(Event),
    Greeting,
}

fn parse(line: &[u8]) -> std::io::Result<Parsed> {
    let mut value: Value = serde_json::from_slice(line)?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Ok(if value.get("return").is_some() {
        Parsed::Answer(value["return"].take())
    } else if let Some(error) = value.get("error") {
        Parsed::Refusal(text(&error["desc"]))
    } else if let Some(name) = value.get("event") {
        Parsed::Event(Event { name: text(name), reason: text(&value["data"]["reason"]) })
    } else {
        Parsed::Greeting
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_messages_apart() {
        let event = |name: &str, reason: &str| Parsed::Event(Event { name: name.into(), reason: reason.into() });
        for (line, expected) in [
            (r#"{"QMP": {"version": {}, "capabilities": []}}"#, Parsed::Greeting),
            (r#"{"return": {"status": "running"}}"#, Parsed::Answer(json!({"status": "running"}))),
            (r#"{"error": {"class": "GenericError", "desc": "no"}}"#, Parsed::Refusal("no".into())),
            (
                r#"{"timestamp": {"seconds": 1}, "event": "RESET", "data": {"guest": true, "reason": "guest-reset"}}"#,
                event("RESET", "guest-reset"),
            ),
            (r#"{"event": "STOP"}"#, event("STOP", "")),
        ] {
            assert_eq!(parse(line.as_bytes()).unwrap(), expected);
        }
        assert!(parse(b"{").is_err());
    }
}
