//! Somebody who sets a node up: what they answer, and what they have written down afterwards.

use std::collections::BTreeMap;

use crate::error::Error;
use crate::phone::{Page, Phone};
use crate::running::Running;
use crate::story::Story;

/// The administrator's password.
pub const PASSWORD: &str = "isikhathi sinye";

/// What tells why something is not as it should be.
pub const WHY: &str = "journalctl -b -o cat --no-pager -u ilanga-data -u ilanga-setup -u ilanga-portal -u 'systemd-pcr*'; \
    ls -l /state/setup /run/ilanga /run/ilanga/disk /dev/mapper /run/systemd/tpm2*; lsblk; systemctl --failed --no-legend; \
    systemd-analyze pcrs 11 12 15; true";

/// Answers to each question: fields and values.
pub type Answers = BTreeMap<&'static str, Vec<(&'static str, &'static str)>>;

/// What a clinic answers, whose data are opened by this: `tpm`, or `passphrase`, which is [`PASSWORD`] then.
pub fn answers(unlock: &'static str) -> Answers {
    BTreeMap::from([
        ("language", vec![("language", "zu"), ("keyboard", "za")]),
        ("time-zone", vec![("time-zone", "Africa/Johannesburg")]),
        ("preset", vec![("preset", "clinic")]),
        (
            "identity",
            vec![("name", "clinic-1"), ("user", "thandi"), ("password", PASSWORD), ("password-again", PASSWORD)],
        ),
        ("network", vec![("country", "ZA"), ("wifi", "none")]),
        ("solar", vec![("chemistry", "none")]),
        ("mesh", vec![("mesh", "none")]),
        (
            "storage",
            vec![("data", "rest"), ("unlock", unlock), ("passphrase", PASSWORD), ("passphrase-again", PASSWORD)],
        ),
    ])
}

/// The same, data opened by the TPM, of a node that is called so and is in a mesh by these answers.
pub fn in_a_mesh(name: &'static str, mesh: Vec<(&'static str, &'static str)>) -> Answers {
    let mut answers = answers("tpm");
    answers.insert("mesh", mesh);
    let identity = answers.entry("identity").or_default();
    identity.iter_mut().filter(|(field, _)| *field == "name").for_each(|field| field.1 = name);
    answers
}

/// Waits until a set-up is over, whoever has answered.
pub fn waits_until_over(node: &mut Running<'_>, story: &Story) -> Result<(), Error> {
    let over = node.wait("the set-up is over", |node| {
        let reply =
            node.try_run("grep -q '\"over\":true' /data/ilanga/set-up.json && ! test -e /run/ilanga/set-up-needed")?;
        Ok((reply.status == 0).then_some(()))
    });
    if over.is_err() {
        story.said("why", &node.try_run(WHY)?.output);
    }
    over
}

/// Somebody with a phone.
#[derive(Clone, Debug)]
pub struct Owner {
    /// Their phone.
    pub phone: Phone,
    /// The recovery key that they wrote down.
    pub key: String,
}

impl Owner {
    /// Waits for the page behind this port of this computer, and answers all questions. The changes have begun then.
    pub fn answers(node: &mut Running<'_>, port: u16, answers: &Answers, story: &Story) -> Result<Self, Error> {
        let phone = Self::phone(node, port)?;
        story.found(&format!("the page is there {:.1} s after power-on", node.on_for().as_secs_f64()));
        Self::goes_on(phone, node, answers, story)
    }

    /// Answers all questions that are left, by a phone that was there before.
    pub fn goes_on(phone: Phone, node: &Running<'_>, answers: &Answers, story: &Story) -> Result<Self, Error> {
        let mut key = String::new();
        let page = phone.answer_all(answers, |question, page| {
            story.found(&format!("asked: {question}: {}", page.title()));
            if question == "recovery-key" {
                key = page.key().join("-");
            }
        })?;
        if !page.is_applying() {
            return Err(Error::Surprise { what: "all questions are answered".into(), found: page.html });
        }
        story.found(&format!("all questions are answered {:.1} s after power-on", node.on_for().as_secs_f64()));
        Ok(Self { phone, key })
    }

    /// A phone that reaches the page behind this port.
    pub fn phone(node: &mut Running<'_>, port: u16) -> Result<Phone, Error> {
        match node.wait("the page", |_| Ok(Phone::connect(port))) {
            Ok(phone) => Ok(phone),
            Err(late) => {
                let found = node.try_run(WHY).map(|reply| reply.output).unwrap_or_default();
                Err(Error::Surprise { what: late.to_string(), found })
            }
        }
    }

    /// Answers all questions, and waits until the node runs.
    pub fn sets_up(node: &mut Running<'_>, port: u16, answers: &Answers, story: &Story) -> Result<Self, Error> {
        let owner = Self::answers(node, port, answers, story)?;
        owner.waits(node, story)?;
        let state = node.wait_until_started()?;
        if state == "running" {
            return Ok(owner);
        }
        Err(Error::Surprise { what: format!("a node that is set up is {state}"), found: node.run(WHY)? })
    }

    /// Waits until all changes are made, or one of them fails.
    pub fn waits(&self, node: &mut Running<'_>, story: &Story) -> Result<Page, Error> {
        let page = node.wait("all changes are made", |_| {
            let page = self.phone.look()?;
            Ok((!page.is_applying() || page.complaint().is_some()).then_some(page))
        })?;
        if page.complaint().is_some() || page.question().is_some() {
            let why = node.try_run(WHY)?.output;
            return Err(Error::Surprise { what: format!("changes were made: {}", page.html), found: why });
        }
        story.found(&format!("'{}' {:.1} s after power-on", page.title(), node.on_for().as_secs_f64()));
        Ok(page)
    }
}
