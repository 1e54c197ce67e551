//! A shell on the machine's second serial port: commands in, exit status and output back.
//!
//! The port's other end is a socket. What passes over it:
//!
//! ```text
//! machine:  … root@node:/#                                  bash's prompt, once systemd has started the shell
//! story:    stty raw -echo; PS1= PS2= exec sh               no echo, no editing, no prompts from here on
//! story:    printf '<<%s>>' ready-1                         until it is answered
//! machine:  <<ready-1>>
//! story:    sh -c '<command>' >/run/look-in 2>&1; …         a command
//! machine:  <<1:<exit status>:<length>:<output as hexadecimal digits>>>
//! ```
//!
//! Kernel and systemd write to the first port. Whatever else appears on this one stands outside of `<<…>>`.

use std::os::unix::net::UnixStream;

use crate::error::{Doing, Error};
use crate::port::Port;

/// A connection to the second serial port.
#[derive(Debug)]
pub struct Shell {
    port: Port,
    received: Vec<u8>,
    state: State,
    commands: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No prompt yet.
    Silent,
    /// The quiet shell was asked for.
    Asked,
    /// It answers.
    Ready,
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The exit status.
    pub status: u8,
    /// Standard output and standard error.
    pub output: String,
}

impl Shell {
    /// Takes over a connection to the port.
    pub fn new(stream: UnixStream) -> Result<Self, Error> {
        let port = Port::new(stream).doing(|| "opening the shell's port".into())?;
        Ok(Self { port, received: Vec::new(), state: State::Silent, commands: 0 })
    }

    /// Starts anew: the machine was reset.
    pub fn forget(&mut self) {
        self.port.take();
        self.received.clear();
        self.state = State::Silent;
    }

    /// One step towards a shell that answers; true once it does.
    pub fn attach(&mut self) -> Result<bool, Error> {
        self.received.append(&mut self.port.take());
        match self.state {
            State::Silent if prompt(&self.received) => {
                self.send(b"stty raw -echo; PS1= PS2= exec sh\n")?;
                self.received.clear();
                self.state = State::Asked;
                self.ask()?;
            }
            State::Asked if marked(&self.received, &format!("ready-{}", self.commands)).is_some() => {
                self.state = State::Ready;
            }
            State::Silent | State::Asked | State::Ready => {}
        }
        Ok(self.state == State::Ready)
    }

    /// Asks whether the quiet shell is there; may be repeated.
    pub fn ask(&mut self) -> Result<(), Error> {
        if self.state != State::Ready && prompt_or_asked(self.state, &self.received) {
            self.commands += 1;
            self.state = State::Asked;
            let line = format!("printf '<<%s>>' ready-{}\n", self.commands);
            self.send(line.as_bytes())?;
        }
        Ok(())
    }

    /// Gives a command; [`Shell::reply`] brings what became of it.
    pub fn give(&mut self, command: &str) -> Result<(), Error> {
        self.commands += 1;
        self.received.clear();
        let line = format!(
            "sh -c {} </dev/null >/run/look-in 2>&1; printf '<<%s:%s:%s:%s>>' {} $? $(wc -c </run/look-in) \
             $(od -v -An -tx1 /run/look-in | tr -d ' \\n')\n",
            quoted(command),
            self.commands
        );
        self.send(line.as_bytes())
    }

    /// What became of the last command, once it has ended.
    pub fn reply(&mut self) -> Result<Option<Reply>, Error> {
        self.received.append(&mut self.port.take());
        let Some(text) = marked(&self.received, &format!("{}:", self.commands)) else {
            return Ok(None);
        };
        let reply = parse(text);
        let wrong = || std::io::Error::other(format!("an answer that cannot be read: {text}"));
        reply.ok_or_else(wrong).doing(|| "reading from the shell's port".into()).map(Some)
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.port.write_all(bytes).doing(|| "writing to the shell's port".into())
    }
}

fn prompt_or_asked(state: State, received: &[u8]) -> bool {
    state == State::Asked || prompt(received)
}

/// Whether a root shell's prompt is the last thing in `received`.
fn prompt(received: &[u8]) -> bool {
    let text = String::from_utf8_lossy(received);
    let line = text.rsplit(['\n', '\r']).next().unwrap_or_default();
    line.trim_end().ends_with('#') && (line.contains("root@") || line.contains("bash-"))
}

/// What stands between `<<` and `>>`, if it begins with `start`.
fn marked<'a>(received: &'a [u8], start: &str) -> Option<&'a str> {
    let opening = format!("<<{start}");
    let at = received.windows(opening.len()).rposition(|part| part == opening.as_bytes())? + 2;
    let length = received[at..].windows(2).position(|part| part == b">>")?;
    std::str::from_utf8(&received[at..at + length]).ok()
}

/// Reads `<number>:<exit status>:<length>:<hexadecimal digits>`.
fn parse(text: &str) -> Option<Reply> {
    let mut fields = text.splitn(4, ':').skip(1);
    let status = fields.next()?.parse().ok()?;
    let length: usize = fields.next()?.trim().parse().ok()?;
    let output = hex::decode(fields.next()?).ok()?;
    (output.len() == length).then(|| Reply { status, output: String::from_utf8_lossy(&output).into_owned() })
}

/// `text` as one word of a shell's command line.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_prompts() {
        for (text, expected) in [
            ("\x1b[?2004hroot@ilanga:/# ", true),
            ("Boot in 3 s.\r\nroot@(none):/#", true),
            ("bash-5.2# ", true),
            ("# ", false),
            ("root@ilanga:/# stty", false),
            ("", false),
        ] {
            assert_eq!(prompt(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn reads_answers() {
        let received = b"printf '<<%s>>' noise <<1:0:0:>> <<2:3:5:68656c6c6f>> more";
        let reply = |start| marked(received, start).and_then(parse);
        assert_eq!(reply("2:"), Some(Reply { status: 3, output: "hello".into() }));
        assert_eq!(reply("1:"), Some(Reply { status: 0, output: String::new() }));
        assert_eq!(reply("3:"), None);
        assert_eq!(parse("2:0:9:6865"), None);
        assert_eq!(marked(b"<<ready-1>", "ready-1"), None);
    }

    #[test]
    fn quotes() {
        assert_eq!(quoted("echo 'a b'"), r"'echo '\''a b'\'''");
    }
}
