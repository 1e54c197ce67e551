//! Somebody with a browser at the page of a node that is set up. TLS is OpenSSL's `s_client`, which trusts the node's own authority
//! and nothing else, and checks the name.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::mem;
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use crate::error::{Doing as _, Error};
use crate::phone::form;
use crate::tool;

/// A browser that has installed a node's authority.
#[derive(Debug)]
pub struct Browser {
    folder: tempfile::TempDir,
    port: u16,
    name: String,
    /// The cookie that it was given.
    pub cookie: Option<String>,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status; 0 if there was none, as the certificate was not taken.
    pub status: u16,
    /// All of it, and what OpenSSL says.
    pub said: String,
}

impl Browser {
    /// One that reaches the node at these ports of this computer (its http and https), knows it by this name, and installs the
    /// certificate that it offers.
    pub fn install(http: u16, https: u16, name: &str) -> Result<Self, Error> {
        let folder = tempfile::tempdir().doing(|| "making a folder for a certificate".into())?;
        let browser = Self { folder, port: https, name: name.to_owned(), cookie: None };
        let der = browser.folder.path().join("ca.crt");
        let offered = fetch(http, name).doing(|| "fetching the node's certificate".into())?;
        let body = offered.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |at| at + 4);
        fs::write(&der, &offered[body..]).at("writing", &der)?;
        let (der, pem) = (der.to_string_lossy(), browser.authority());
        tool::run("openssl", ["x509", "-inform", "DER", "-in", &der, "-out", &pem.to_string_lossy()])?;
        Ok(browser)
    }

    fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Looks at a page.
    pub fn get(&self, path: &str) -> Result<Answer, Error> {
        self.exchange(&format!("GET {path} HTTP/1.1\r\n"), "")
    }

    /// Sends a form, and keeps the cookie that comes back.
    pub fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<Answer, Error> {
        let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{}={}", form(name), form(value))).collect();
        let head = format!(
            "POST {path} HTTP/1.1\r\nOrigin: https://{}\r\nContent-Type: application/x-www-form-urlencoded\r\n",
            self.name
        );
        let answer = self.exchange(&head, &pairs.join("&"))?;
        let given = answer.said.lines().find_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next());
        self.cookie = given.map(str::to_owned).or(self.cookie.take());
        Ok(answer)
    }

    /// Whether the certificate is taken for a page of this name.
    pub fn takes_for(&mut self, name: &str) -> Result<bool, Error> {
        let own = mem::replace(&mut self.name, name.to_owned());
        let answer = self.get("/");
        self.name = own;
        Ok(answer?.status != 0)
    }

    fn exchange(&self, head: &str, body: &str) -> Result<Answer, Error> {
        let cookie = self.cookie.as_ref().map(|cookie| format!("Cookie: {cookie}\r\n")).unwrap_or_default();
        let (name, length) = (&self.name, body.len());
        let request =
            format!("{head}Host: {name}\r\n{cookie}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}");
        let (address, authority) = (format!("127.0.0.1:{}", self.port), self.authority());
        let authority = authority.to_string_lossy();
        let arguments = [
            "s_client",
            "-quiet",
            "-verify_quiet",
            "-verify_return_error",
            "-no-CApath",
            "-no-CAstore",
            "-CAfile",
            &authority,
            "-verify_hostname",
            name,
            "-servername",
            name,
            "-connect",
            &address,
        ];
        let said = tool::verdict_on("openssl", arguments, request.as_bytes())?.said;
        let status = said.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok()).unwrap_or(0);
        Ok(Answer { status, said })
    }
}

/// What the node offers for installing, head and all.
fn fetch(port: u16, name: &str) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    write!(stream, "GET /ca.crt HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(1 << 16).read_to_end(&mut answer)?;
    match answer.starts_with(b"HTTP/1.1 200") {
        true => Ok(answer),
        false => Err(io::Error::other(String::from_utf8_lossy(&answer).into_owned())),
    }
}
