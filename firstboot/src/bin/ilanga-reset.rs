//! Erases a computer, for whoever is at its keyboard: `ilanga-reset`, on a terminal of its own that Alt and F9 show.

use std::path::Path;
use std::process::ExitCode;

use console::Term;
use dialoguer::Input;
use dialoguer::theme::SimpleTheme;
use firstboot::node::Node;
use firstboot::texts::{Text, Texts, id};
use firstboot::{error, gather, reset, screen, settings};

const USAGE: &str = "\
Usage: ilanga-reset
Asks at this terminal whether everything that people put on this computer shall be erased.
Exit status: 0 erased, 1 not erased, 2 not understood";

fn main() -> ExitCode {
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

/// Asks until its name is typed, and erases then.
fn ask(term: &Term) -> Result<(), Box<dyn std::error::Error>> {
    let node = Node::new(Path::new("/"));
    let (texts, language) = (Texts::default(), settings::language());
    let say = |text: Text| texts.say(language, &text);
    let mut trouble = None;
    loop {
        // It may have been called otherwise since.
        let name = gather::host(&node);
        let mut says = vec![say(id::RESET_SAYS.text()), say(id::RESET_HOW.with("name", name.as_str()))];
        says.extend(trouble.take());
        screen::page(term, &say(id::RESET_TITLE.text()), &says)?;
        let typed: String = Input::with_theme(&SimpleTheme)
            .with_prompt(say(id::NAME_LABEL.text()))
            .allow_empty(true)
            .interact_text_on(term)?;
        if typed.trim() != name {
            continue;
        }
        screen::page(term, &say(id::RESET_TITLE.text()), &[say(id::RESET_DOING.text())])?;
        match reset::reset(&node) {
            Ok(()) => return Ok(reset::restart()?),
            Err(why) => {
                eprintln!("erasing: {}", error::chain(&why));
                trouble = Some(say(id::FAILED_SAYS.with("why", error::chain(&why))));
            }
        }
    }
}
