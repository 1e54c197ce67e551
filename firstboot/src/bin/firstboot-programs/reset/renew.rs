//! A new password for the administrator.

use std::io;

use dialoguer::Password as Prompt;
use dialoguer::theme::SimpleTheme;
use firstboot::error;
use firstboot::password::{RenewError, renew};
use firstboot::texts::{Id, Text, id};
use formats::answers::Password;
use zeroize::Zeroizing;

use super::Desk;

/// Asks for what opens the data and for the new password, and exchanges it. Nothing typed is a way back.
pub(super) fn ask(desk: &Desk<'_>, name: &str) -> io::Result<()> {
    let title = || id::RENEW_TITLE.with("name", name);
    let mut trouble: Option<Text> = None;
    loop {
        let mut says = vec![desk.say(id::RENEW_SAYS.text())];
        says.extend(trouble.take().map(|text| desk.say(text)));
        desk.page(title(), &says)?;
        let opener = secret(desk, id::LOCKED_LABEL)?;
        if opener.trim().is_empty() {
            return Ok(());
        }
        let (one, other) = (secret(desk, id::PASSWORD_LABEL)?, secret(desk, id::PASSWORD_AGAIN_LABEL)?);
        if one != other {
            trouble = Some(id::PASSWORD_DIFFERS.text());
            continue;
        }
        let Ok(password) = one.parse::<Password>() else {
            trouble = Some(id::PASSWORD_SHORT.text());
            continue;
        };
        match renew(&desk.node, opener.trim(), &password) {
            Ok(()) => {
                desk.page(title(), &[desk.say(id::RENEW_DONE.text())])?;
                desk.term.read_key()?;
                return Ok(());
            }
            Err(RenewError::Wrong) => trouble = Some(id::LOCKED_WRONG.text()),
            Err(why) => {
                eprintln!("exchanging the password: {}", error::chain(&why));
                trouble = Some(id::FAILED_SAYS.with("why", error::chain(&why)));
            }
        }
    }
}

fn secret(desk: &Desk<'_>, label: Id) -> io::Result<Zeroizing<String>> {
    let prompt = Prompt::with_theme(&SimpleTheme).with_prompt(desk.say(label.text())).allow_empty_password(true);
    prompt.interact_on(desk.term).map(Zeroizing::new).map_err(|dialoguer::Error::IO(error)| error)
}
