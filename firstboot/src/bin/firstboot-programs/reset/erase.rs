//! Erases the computer.

use std::error::Error;

use dialoguer::Input;
use dialoguer::theme::SimpleTheme;
use firstboot::texts::id;
use firstboot::{error, gather, reset};

use super::Desk;

/// Asks for the computer's name, and erases once it is typed; says whether it did. Nothing typed is a way back, where there is one.
pub(super) fn ask(desk: &Desk<'_>) -> Result<bool, Box<dyn Error>> {
    let mut trouble = None;
    loop {
        // It may have been called otherwise since.
        let name = gather::host(&desk.node);
        let mut says = vec![desk.say(id::RESET_SAYS.text()), desk.say(id::RESET_HOW.with("name", name.as_str()))];
        says.extend(trouble.take());
        desk.page(id::RESET_TITLE.text(), &says)?;
        let typed: String = Input::with_theme(&SimpleTheme)
            .with_prompt(desk.say(id::NAME_LABEL.text()))
            .allow_empty(true)
            .interact_text_on(desk.term)?;
        match typed.trim() {
            "" => return Ok(false),
            typed if typed != name => continue,
            _ => {}
        }
        desk.page(id::RESET_TITLE.text(), &[desk.say(id::RESET_DOING.text())])?;
        match reset::reset(&desk.node) {
            Ok(()) => {
                reset::restart()?;
                return Ok(true);
            }
            Err(why) => {
                eprintln!("erasing: {}", error::chain(&why));
                trouble = Some(desk.say(id::FAILED_SAYS.with("why", error::chain(&why))));
            }
        }
    }
}
