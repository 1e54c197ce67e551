//! What only whoever is at a computer's keyboard may do: `ilanga-reset`, on a terminal of its own that Alt and F9 show.

mod erase;
mod renew;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use console::Term;
use dialoguer::Select;
use dialoguer::theme::SimpleTheme;
use firstboot::node::Node;
use firstboot::texts::{Text, Texts, id};
use firstboot::{error, people, screen, settings};

const USAGE: &str = "\
Usage: ilanga-reset
Gives the administrator a new password at this terminal, for who has the recovery key, or erases everything that people put on this computer.
Exit status: 0 erased, 1 not erased, 2 not understood";

pub(crate) fn main() -> ExitCode {
    if std::env::args_os().len() > 1 {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    match ask(&Term::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("ilanga-reset: {}", error::chain(trouble.as_ref()));
            ExitCode::FAILURE
        }
    }
}

/// A terminal, and what is needed to talk to somebody at it.
struct Desk<'a> {
    node: Node,
    term: &'a Term,
    texts: Texts,
}

impl Desk<'_> {
    fn say(&self, text: Text) -> String {
        self.texts.say(settings::language(), &text)
    }

    fn page(&self, title: Text, says: &[String]) -> std::io::Result<()> {
        screen::page(self.term, &self.say(title), says)
    }
}

/// Asks what it is to be, until the computer is erased.
fn ask(term: &Term) -> Result<(), Box<dyn Error>> {
    let desk = Desk { node: Node::new(Path::new("/")), term, texts: Texts::default() };
    loop {
        // Without open data there is no password that could be another one.
        let somebody = people::kept(&desk.node).ok().flatten();
        let Some(administrator) = somebody else { return erase::ask(&desk).map(drop) };
        desk.page(id::HERE_TITLE.text(), &[desk.say(id::HERE_SAYS.text())])?;
        let name = administrator.name.as_str();
        let choices = [desk.say(id::RENEW_TITLE.with("name", name)), desk.say(id::RESET_TITLE.text())];
        let chosen = Select::with_theme(&SimpleTheme).items(&choices).default(0).interact_on_opt(term)?;
        match chosen {
            Some(0) => renew::ask(&desk, name)?,
            Some(_) if erase::ask(&desk)? => return Ok(()),
            _ => {}
        }
    }
}
