//! The wizard on a screen or a serial console: the same views as everywhere, asked by dialoguer.
//!
//! ```text
//!   desk ── View ──► what it says, wrapped ──► a prompt for each field that counts ──► next, or back? ──► desk
//! ```
//!
//! Invariants: it fits 80 columns, and 25 lines but for long lists, which scroll; nothing is sent before a person has said 'next';
//! whatever somebody else's text has in it, no control character reaches the terminal ([`lay::harmless`]).

mod ask;
mod lay;

use std::io;
use std::os::fd::AsFd as _;

use console::Term;
use dialoguer::theme::SimpleTheme;
use dialoguer::{Input, Password, Select};
use formats::answers::Language;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::desk::{Ask, Page, Request, View, Wish};
use crate::pen::Front;
use crate::wire::{Client, ClientError};

/// The screen can't go on.
#[derive(Debug, Error)]
pub enum ScreenError {
    /// The desk.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The terminal.
    #[error("talking to the terminal")]
    Terminal(#[from] io::Error),
    /// A prompt.
    #[error("asking at the terminal")]
    Prompt(#[from] dialoguer::Error),
}

/// A terminal, and whom it stands for.
#[derive(Debug)]
pub struct Screen {
    term: Term,
    client: Client,
    front: Front,
    language: Option<Language>,
}

/// Whether somebody has pressed Enter meanwhile: what is in the line is nobody's answer.
fn typed() -> Result<bool, ScreenError> {
    let stdin = io::stdin();
    let mut asked = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
    if poll(&mut asked, PollTimeout::ZERO).map_err(io::Error::from)? == 0 {
        return Ok(false);
    }
    Ok(stdin.read_line(&mut String::new())? > 0)
}

/// What a person wants after a page.
enum Wanted {
    /// This.
    Wish(Wish),
    /// To see how it is by now.
    Wait,
}

impl Screen {
    /// A wizard on a terminal of this name.
    pub fn new(term: Term, name: &str, client: Client) -> Self {
        Self { term, client, front: Front::Screen(name.to_owned()), language: None }
    }

    /// Asks until the changes have begun, and shows them until they are made. `wait` is called while others are at work.
    pub fn run(&self, wait: &dyn Fn()) -> Result<(), ScreenError> {
        let mut view = self.by_phone(wait)?;
        let mut shown = None;
        loop {
            let again = shown.as_ref() == Some(&view);
            let wanted = match &view.page {
                Page::Ready { title, says } => {
                    self.page(title, std::slice::from_ref(says))?;
                    return Ok(());
                }
                Page::Applying { title, says, changes, done, failed, again: button } => {
                    if !again {
                        self.page(title, std::slice::from_ref(says))?;
                        for (number, change) in changes.iter().enumerate() {
                            let mark = if number < *done { "+" } else { "-" };
                            self.line(&format!("{mark} {change}"))?;
                        }
                    }
                    match failed {
                        Some(why) => {
                            self.line(why)?;
                            self.choose(&[button])?;
                            Wanted::Wish(Wish::Again)
                        }
                        None => Wanted::Wait,
                    }
                }
                Page::Code { title, says, .. } => {
                    self.page(title, std::slice::from_ref(says))?;
                    Wanted::Wait
                }
                Page::Locked { title, says, label, problem, action, anew } => {
                    let by_phone = view.by_phone.iter().flat_map(|phone| &phone.says);
                    let says: Vec<String> = [says].into_iter().chain(by_phone).cloned().collect();
                    self.page(title, &says)?;
                    if let Some(problem) = problem {
                        self.line(&format!("! {problem}"))?;
                    }
                    self.unlock(label, action, anew.as_deref())?
                }
                Page::Ask(ask) => match &view.busy {
                    Some(busy) => {
                        self.page(&ask.title, std::slice::from_ref(&busy.says))?;
                        self.choose(&[&busy.take_over])?;
                        Wanted::Wish(Wish::TakePen)
                    }
                    None => self.question(ask)?,
                },
            };
            shown = Some(view);
            view = match wanted {
                Wanted::Wish(wish) => self.ask(wish)?,
                Wanted::Wait => {
                    wait();
                    self.ask(Wish::Look)?
                }
            };
        }
    }

    /// Says how it is done with a phone, until somebody wants to go on here; returns what there is to do then.
    fn by_phone(&self, wait: &dyn Fn()) -> Result<View, ScreenError> {
        let mut view = self.ask(Wish::Look)?;
        let mut shown = None;
        while matches!(view.page, Page::Ask(_))
            && let Some(phone) = view.by_phone.take()
        {
            if shown.as_ref() != Some(&phone) {
                self.page(&phone.title, &phone.says)?;
                for line in phone.code.iter().flat_map(|code| lay::code(code)) {
                    self.term.write_line(&line)?;
                }
            }
            if !phone.soon {
                let mut buttons = vec![phone.here.as_str()];
                buttons.extend(phone.other.as_deref());
                if self.choose(&buttons)? == 0 {
                    return self.ask(Wish::Look);
                }
                view = self.ask(Wish::PhonesHotspot { joins: !phone.joins })?;
                continue;
            }
            let joins = phone.joins;
            shown = Some(phone);
            wait();
            // Nobody has to wait for a phone.
            if joins && typed()? {
                view = self.ask(Wish::PhonesHotspot { joins: false })?;
                continue;
            }
            view = self.ask(Wish::Look)?;
        }
        Ok(view)
    }

    fn ask(&self, wish: Wish) -> Result<View, ScreenError> {
        let request = Request { front: self.front.clone(), language: self.language, wish };
        Ok(self.client.ask(&request)?)
    }

    fn page(&self, title: &str, says: &[String]) -> Result<(), ScreenError> {
        Ok(page(&self.term, title, says)?)
    }

    fn line(&self, text: &str) -> Result<(), ScreenError> {
        Ok(line(&self.term, text)?)
    }

    /// One of some buttons; the first if there is but one and Escape is pressed.
    fn choose(&self, buttons: &[&str]) -> Result<usize, ScreenError> {
        let items: Vec<String> = buttons.iter().map(|button| lay::harmless(button)).collect();
        let chosen = Select::with_theme(&SimpleTheme).items(&items).default(0).interact_on_opt(&self.term)?;
        Ok(chosen.unwrap_or(0))
    }

    fn unlock(&self, label: &str, action: &str, anew: Option<&str>) -> Result<Wanted, ScreenError> {
        let prompt = Password::with_theme(&SimpleTheme).with_prompt(lay::harmless(label)).allow_empty_password(true);
        let secret = Zeroizing::new(prompt.interact_on(&self.term)?);
        Ok(match anew {
            _ if !secret.is_empty() => Wanted::Wish(Wish::Unlock { secret }),
            Some(anew) if self.choose(&[action, anew])? == 1 => Wanted::Wish(Wish::Anew),
            _ => Wanted::Wish(Wish::Look),
        })
    }

    fn question(&self, ask: &Ask) -> Result<Wanted, ScreenError> {
        self.page(&format!("{} – {}", ask.title, ask.step), &ask.says)?;
        for problem in ask.problems.iter().chain(ask.fields.iter().filter_map(|field| field.problem.as_ref())) {
            self.line(&format!("! {problem}"))?;
        }
        if !ask.key.is_empty() {
            for (number, pair) in (1..).step_by(2).zip(ask.key.chunks(2)) {
                let pair: Vec<String> =
                    (number..).zip(pair).map(|(number, group)| format!("{number}: {group}")).collect();
                self.term.write_line(&format!("    {}", pair.join("    ")))?;
            }
            self.term.write_line("")?;
        }
        let typed = ask::fields(&self.term, &ask.fields)?;
        let mut buttons = vec![ask.action.as_str()];
        buttons.extend(ask.back.as_deref());
        let question = ask.question;
        Ok(Wanted::Wish(match self.choose(&buttons)? {
            0 => Wish::Fill { question, typed },
            _ => Wish::Back { question },
        }))
    }
}

/// A fresh page with a heading and paragraphs.
pub fn page(term: &Term, title: &str, says: &[String]) -> io::Result<()> {
    term.clear_screen()?;
    line(term, title)?;
    term.write_line(&"=".repeat(lay::width(title).min(lay::COLUMNS)))?;
    for paragraph in says {
        term.write_line("")?;
        line(term, paragraph)?;
    }
    term.write_line("")
}

/// A QR code that takes the whole screen, and a line below it.
pub fn code(term: &Term, text: &str, says: &str) -> io::Result<()> {
    term.clear_screen()?;
    for line in lay::code(text) {
        term.write_line(&line)?;
    }
    term.write_str(&lay::wrap(says).remove(0))
}

/// A paragraph.
fn line(term: &Term, text: &str) -> io::Result<()> {
    lay::wrap(text).iter().try_for_each(|line| term.write_line(line))
}

/// A line of a person's, empty if they like.
fn line_of(term: &Term, prompt: &str, before: &str) -> Result<String, dialoguer::Error> {
    Input::with_theme(&SimpleTheme)
        .with_prompt(lay::harmless(prompt))
        .with_initial_text(lay::harmless(before))
        .allow_empty(true)
        .interact_text_on(term)
}
