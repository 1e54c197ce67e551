//! Somebody with a phone in front of the page that sets a node up: pages are fetched, forms are filled in and sent, as a browser
//! without scripts would.

use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use crate::error::{Doing, Error};

/// The address that QEMU's user network gives to a node. The page takes no requests for another one.
const NODE: &str = "10.0.2.15";

/// How long the node may take for a page: making the header of the data takes a while in QEMU.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long a look takes at most. A machine that restarts meanwhile never answers, and the story has to notice that before the
/// machine has started.
const GLANCE: Duration = Duration::from_secs(30);

/// The longest page that is taken, in bytes.
const LONGEST: u64 = 1 << 20;

/// A page.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its status.
    pub status: u16,
    /// Where it sends a browser.
    pub location: Option<String>,
    /// What is in it.
    pub html: String,
}

impl Page {
    /// The question that it asks, by its name in forms.
    pub fn question(&self) -> Option<&str> {
        between(&self.html, "name=\"question\" value=\"", "\"")
    }

    /// What is wrong with what was sent, and its heading.
    pub fn complaint(&self) -> Option<&str> {
        between(&self.html, "role=\"alert\"", "</div>")?.split_once('>').map(|(_, said)| said)
    }

    /// Its heading.
    pub fn title(&self) -> &str {
        between(&self.html, "<h1>", "</h1>").unwrap_or_default()
    }

    /// Whether changes are being made.
    pub fn is_applying(&self) -> bool {
        self.html.contains("<progress")
    }

    /// The recovery key's groups, where they are shown.
    pub fn key(&self) -> Vec<String> {
        let list = between(&self.html, "<ol>", "</ol>").unwrap_or_default();
        list.split("<li>").skip(1).filter_map(|item| item.split('<').next()).map(str::to_owned).collect()
    }

    /// The groups that are to be typed: each field, and the group's number, counted from 1.
    pub fn groups(&self) -> Vec<(String, usize)> {
        let numbers = self.html.split("name=\"group-").skip(1).filter_map(|rest| rest.split('"').next()?.parse().ok());
        numbers.map(|number: usize| (format!("group-{number}"), number)).collect()
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let from = text.find(before)? + before.len();
    text[from..].split(after).next()
}

/// A phone.
#[derive(Clone, Debug)]
pub struct Phone {
    address: SocketAddr,
    session: String,
}

/// A port of this computer that nothing listens at.
pub fn free_port() -> Result<u16, Error> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).doing(|| "looking for a free port".into())?;
    Ok(listener.local_addr().doing(|| "looking for a free port".into())?.port())
}

impl Phone {
    /// One that reaches the node's page at this port of this computer, once the node answers; `None` as long as it doesn't.
    pub fn connect(port: u16) -> Option<Self> {
        let mut phone = Self { address: (Ipv4Addr::LOCALHOST, port).into(), session: String::new() };
        let begin = phone.exchange("GET", "/", "").ok()?;
        phone.session = begin.location.filter(|location| location.starts_with("/s/"))?;
        let page = phone.exchange("GET", &phone.session, "").ok()?;
        (page.status == 200).then_some(phone)
    }

    /// What the page shows now.
    pub fn look(&self) -> Result<Page, Error> {
        self.exchange("GET", &self.session, "").doing(|| "looking at the page".into())
    }

    /// Sends a form, and looks at what follows.
    pub fn send(&self, fields: &[(&str, &str)]) -> Result<Page, Error> {
        let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{}={}", form(name), form(value))).collect();
        let page = self.exchange("POST", &self.session, &pairs.join("&")).doing(|| "sending a form".into())?;
        match &page.location {
            Some(_) => self.look(),
            None => Ok(page),
        }
    }

    /// A request of a browser, and the page that it gets.
    pub fn exchange(&self, method: &str, path: &str, body: &str) -> io::Result<Page> {
        let mut stream = TcpStream::connect_timeout(&self.address, Duration::from_secs(5))?;
        stream.set_read_timeout(Some(if method == "GET" { GLANCE } else { PATIENCE }))?;
        let kind = if body.is_empty() { "" } else { "Content-Type: application/x-www-form-urlencoded\r\n" };
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {NODE}\r\nConnection: close\r\n{kind}Content-Length: {length}\r\n\r\n{body}"
        )?;
        let mut answer = Vec::new();
        stream.take(LONGEST).read_to_end(&mut answer)?;
        parse(&String::from_utf8_lossy(&answer)).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
    }

    /// Answers all questions, with these answers to each: what it is asked is told to `sees`. Returns the page after the last one.
    pub fn answer_all(
        &self,
        answers: &BTreeMap<&str, Vec<(&str, &str)>>,
        mut sees: impl FnMut(&str, &Page),
    ) -> Result<Page, Error> {
        let mut page = self.look()?;
        for _ in 0..40 {
            let Some(question) = page.question().map(str::to_owned) else { return Ok(page) };
            sees(&question, &page);
            let mut fields = vec![("question", question.as_str()), ("do", "next")];
            let (key, groups) = (page.key(), page.groups());
            fields.extend(groups.iter().map(|(name, number)| (name.as_str(), key[number - 1].as_str())));
            fields.extend(answers.get(question.as_str()).into_iter().flatten());
            page = self.send(&fields)?;
            if let Some(wrong) = page.complaint() {
                return Err(Error::Surprise { what: format!("'{question}' was answered"), found: wrong.to_owned() });
            }
        }
        Err(Error::Surprise { what: "there was an end of questions".into(), found: page.html })
    }
}

/// Text as forms send it.
pub(crate) fn form(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
            b' ' => "+".to_owned(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

fn parse(answer: &str) -> Option<Page> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let location = lines.filter_map(|line| line.split_once(": "));
    let location =
        location.filter(|(name, _)| name.eq_ignore_ascii_case("location")).map(|(_, to)| to.to_owned()).next();
    Some(Page { status, location, html: body.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_read() {
        let answer = "HTTP/1.1 303 See Other\r\nlocation: /s/abc\r\ncontent-length: 0\r\n\r\n";
        let page = parse(answer).unwrap();
        assert_eq!((page.status, page.location.as_deref()), (303, Some("/s/abc")));
        let html = "<h1>Key</h1><ol><li>cbde</li><li>fghi</li></ol><input name=\"group-2\"><input name=\"group-1\">\
            <input type=\"hidden\" name=\"question\" value=\"recovery-key\">";
        let page = parse(&format!("HTTP/1.1 200 OK\r\n\r\n{html}")).unwrap();
        assert_eq!((page.title(), page.question()), ("Key", Some("recovery-key")));
        assert_eq!(page.key(), ["cbde", "fghi"]);
        assert_eq!(page.groups(), [("group-2".to_owned(), 2), ("group-1".to_owned(), 1)]);
        assert!(page.complaint().is_none() && parse("no answer").is_none());
        for tag in ["<div role=\"alert\">", "<div class=\"wrong-list\" role=\"alert\" tabindex=\"-1\" autofocus>"] {
            let page = parse(&format!("HTTP/1.1 200 OK\r\n\r\n{tag}<p>No</p></div>")).unwrap();
            assert_eq!(page.complaint(), Some("<p>No</p>"));
        }
    }

    #[test]
    fn text_in_forms() {
        assert_eq!(form("a b&c=ü"), "a+b%26c%3D%C3%BC");
    }
}
