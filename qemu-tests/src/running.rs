//! A machine that is switched on.

use std::fs;
use std::marker::PhantomData;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::accel::Accel;
use crate::error::{Doing, Error};
use crate::machine::Machine;
use crate::port::Port;
use crate::qemu::{Files, arguments};
use crate::qmp::{Event, Qmp};
use crate::shell::{Reply, Shell};
use crate::tool::Process;
use crate::tpm::Tpm;

/// How many lines of the console an error shows.
const TAIL: usize = 60;

/// How long QEMU may take to open its sockets.
const START: Duration = Duration::from_secs(60);

/// How long a pressed power button is given before it is pressed again.
const PRESS_AGAIN: Duration = Duration::from_secs(10);

/// A machine that is switched on. It is switched off, at once, when this is dropped.
#[derive(Debug)]
pub struct Running<'a> {
    process: Process,
    _tpm: Option<Tpm>,
    qmp: Qmp,
    shell: Shell,
    typing: Port,
    files: Files,
    patience: Duration,
    started: Instant,
    resets: u32,
    machine: PhantomData<&'a mut Machine>,
}

impl<'a> Running<'a> {
    pub(crate) fn start(machine: &'a mut Machine) -> Result<Self, Error> {
        let files = machine.files.clone();
        let tpm = match machine.hardware.tpm {
            Some(_) => Some(Tpm::start(&files.tpm_state, &files.tpm(), &files.tpm_log)?),
            None => None,
        };
        let started = Instant::now();
        let args = arguments(&machine.hardware, &files, Accel::best());
        let mut process = Process::start("qemu-system-x86_64", args, &files.qemu_log)?;
        let mut open = |socket: &Path| connect(&mut process, socket, &files.qemu_log);
        let qmp = Qmp::new(open(&files.monitor())?)?;
        let shell = Shell::new(open(&files.shell())?)?;
        let typing = Port::new(open(&files.typing())?).doing(|| "opening the console".into())?;
        let patience = machine.patience;
        Ok(Self { process, _tpm: tpm, qmp, shell, typing, files, patience, started, resets: 0, machine: PhantomData })
    }

    /// How long it has been on.
    pub fn on_for(&self) -> Duration {
        self.started.elapsed()
    }

    /// What it has said on its console.
    pub fn console(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.files.console).unwrap_or_default()).replace('\r', "")
    }

    /// How often it has been reset since it was switched on, by itself or by [`Running::reset`].
    pub fn resets(&mut self) -> Result<u32, Error> {
        for Event { name, .. } in self.qmp.events()? {
            if name == "RESET" {
                self.resets += 1;
                self.shell.forget();
            }
        }
        Ok(self.resets)
    }

    /// QEMU's monitor.
    pub fn qmp(&mut self) -> &mut Qmp {
        &mut self.qmp
    }

    /// Waits until the console says `text`; returns what it says from there to the line's end.
    pub fn wait_for(&mut self, text: &str) -> Result<String, Error> {
        self.wait_for_console(&format!("'{text}' on the console"), |console| {
            console.find(text).map(|at| console[at..].lines().next().unwrap_or_default().to_owned())
        })
    }

    /// Waits until one of `texts` is on the console; returns which.
    pub fn wait_for_any<'t>(&mut self, texts: &[&'t str]) -> Result<&'t str, Error> {
        self.wait_for_console(&format!("one of {texts:?} on the console"), |console| {
            texts.iter().find(|text| console.contains(**text)).copied()
        })
    }

    /// Waits until `look` finds something on the console, which is read again only when it has grown: firmware draws much.
    fn wait_for_console<T>(&mut self, what: &str, look: impl Fn(&str) -> Option<T>) -> Result<T, Error> {
        let mut read = None;
        self.wait(what, |node| {
            let length = fs::metadata(&node.files.console).map(|file| file.len()).ok();
            if read == Some(length) {
                return Ok(None);
            }
            read = Some(length);
            Ok(look(&node.console()))
        })
    }

    /// Waits until the machine has been reset `times` times.
    pub fn wait_for_resets(&mut self, times: u32) -> Result<(), Error> {
        self.wait(&format!("reset {times}"), |node| Ok((node.resets()? >= times).then_some(())))
    }

    /// Waits until the shell answers.
    pub fn attach(&mut self) -> Result<(), Error> {
        let mut asked = Instant::now();
        self.wait("a shell on the second serial port", |node| {
            node.resets()?;
            if asked.elapsed() > Duration::from_secs(5) {
                asked = Instant::now();
                node.shell.ask()?;
            }
            Ok(node.shell.attach()?.then_some(()))
        })
    }

    /// Runs a command on the machine and waits for its end.
    pub fn try_run(&mut self, command: &str) -> Result<Reply, Error> {
        self.attach()?;
        self.shell.give(command)?;
        self.wait(&format!("the end of '{command}'"), |node| node.shell.reply())
    }

    /// The same, and it must succeed; its output without the last line break.
    pub fn run(&mut self, command: &str) -> Result<String, Error> {
        let Reply { status, output } = self.try_run(command)?;
        let output = output.trim_end().to_owned();
        if status == 0 { Ok(output) } else { Err(Error::OnMachine { command: command.into(), status, output }) }
    }

    /// Waits until systemd has done all that a start takes, and returns what it says of it: `running` or `degraded`.
    pub fn wait_until_started(&mut self) -> Result<String, Error> {
        Ok(self.try_run("systemctl is-system-running --wait")?.output.trim().to_owned())
    }

    /// Types on the console.
    pub fn type_in(&mut self, text: &str) -> Result<(), Error> {
        self.typing.write_all(text.as_bytes()).doing(|| "typing on the console".into())
    }

    /// Presses the reset button. What the shell says from then on is the next start's.
    pub fn reset(&mut self) -> Result<(), Error> {
        let before = self.resets()?;
        self.qmp.execute("system_reset", json!({}))?;
        self.wait_for_resets(before + 1)
    }

    /// Presses the power button and waits until the machine is off. Presses again if nothing happens: a node that has
    /// only just started may not look at its buttons yet.
    pub fn power_off(mut self) -> Result<(), Error> {
        let end = Instant::now() + self.patience;
        let mut pressed: Option<Instant> = None;
        while self.process.ended()?.is_none() {
            if pressed.is_none_or(|at| at.elapsed() > PRESS_AGAIN) {
                pressed = Some(Instant::now());
                // It may be off by now; then there is nobody to tell.
                let told = self.qmp.execute("system_powerdown", json!({}));
                if told.is_err() && self.process.ended()?.is_none() && Instant::now() > end {
                    return told.map(drop);
                }
            }
            if Instant::now() > end {
                return Err(self.late("power off", self.patience));
            }
            sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Waits until it is off.
    pub fn wait_off(&mut self) -> Result<(), Error> {
        let end = Instant::now() + self.patience;
        while self.process.ended()?.is_none() {
            if Instant::now() > end {
                return Err(self.late("power off", self.patience));
            }
            sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Cuts the power: QEMU is killed. What the disk was not told to flush may be lost.
    pub fn cut_power(mut self) {
        self.process.kill();
    }

    /// Watches it for so long; it must stay on.
    pub fn watch(&mut self, time: Duration) -> Result<(), Error> {
        let end = Instant::now() + time;
        self.wait("the end of the watch", |node| {
            node.resets()?;
            Ok((Instant::now() > end).then_some(()))
        })
    }

    /// The last lines of the console.
    pub fn tail(&self) -> String {
        tail(&self.console(), TAIL)
    }

    /// Waits until `look` finds something.
    pub fn wait<T>(
        &mut self,
        what: &str,
        mut look: impl FnMut(&mut Self) -> Result<Option<T>, Error>,
    ) -> Result<T, Error> {
        let end = Instant::now() + self.patience;
        loop {
            let ended = self.process.ended()?;
            match look(self) {
                Ok(Some(found)) => return Ok(found),
                Ok(None) if ended.is_none() => {}
                Err(error) if ended.is_none() => return Err(error),
                Ok(None) | Err(_) => return Err(self.stopped(what, ended.unwrap_or_default())),
            }
            if Instant::now() > end {
                return Err(self.late(what, self.patience));
            }
            sleep(Duration::from_millis(50));
        }
    }

    fn late(&mut self, what: &str, limit: Duration) -> Error {
        let status = self.qmp.status().unwrap_or_else(|_| "silent".into());
        let console = format!("{}\n(QEMU is {status})", self.tail());
        Error::Late { what: what.into(), limit, console }
    }

    fn stopped(&self, what: &str, how: String) -> Error {
        let log = fs::read_to_string(&self.files.qemu_log).unwrap_or_default();
        let how = [how.as_str(), log.trim()].join(" ").trim().to_owned();
        Error::Stopped { what: what.into(), how, console: self.tail() }
    }
}

fn connect(process: &mut Process, socket: &Path, log: &Path) -> Result<UnixStream, Error> {
    let end = Instant::now() + START;
    loop {
        match UnixStream::connect(socket) {
            Ok(stream) => return Ok(stream),
            Err(source) if Instant::now() > end => return Err(source).at("connecting to", socket),
            Err(_) => {}
        }
        if let Some(status) = process.ended()? {
            let said = fs::read_to_string(log).unwrap_or_default();
            return Err(Error::Failed { command: "qemu-system-x86_64".into(), status, said });
        }
        sleep(Duration::from_millis(10));
    }
}

/// The last `count` lines of `text`, without the codes that move a terminal's cursor or colour its text.
pub fn tail(text: &str, count: usize) -> String {
    let plain = plain(text);
    let lines: Vec<&str> = plain.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// `text` without terminal control sequences (ECMA-48 CSI, OSC and two-character ones).
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\x1b', Some('[')) => {
                chars.next();
                // Moving the cursor starts a new line here: firmware and boot loader draw with it.
                if matches!(chars.find(|c| ('@'..='~').contains(c)), Some('H' | 'f')) {
                    plain.push('\n');
                }
            }
            ('\x1b', Some(']')) => {
                chars.find(|c| matches!(c, '\x07' | '\x1b'));
            }
            ('\x1b', _) => {
                chars.next();
            }
            (c, _) if c.is_control() && c != '\n' && c != '\t' => {}
            (c, _) => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_end_as_text() {
        let text = "one\n\x1b[2J\x1b[01;01Htwo\x1b[0;32m green\x1b[0m\n\n\x1b]0;title\x07three\x1bc\x07\n";
        assert_eq!(plain("a\x1b[1;1Hb"), "a\nb");
        assert_eq!(tail(text, 2), "two green\nthree");
        assert_eq!(tail("", 5), "");
    }
}
