//! Reads recordings: pure, from bytes to what they say.

use anyhow::Result;
use power::conversation::{Heard, Step, Unheard};
use power::protocol::registry::Protocol;
use power::sentence;

/// The most questions of one conversation, and the most conversations of a recording.
const MOST: usize = 10_000;

/// Bytes that are told at once.
const PIECE: usize = 64;

/// What a recording says, conversation by conversation.
pub(crate) fn decode(recording: &[u8], protocol: Protocol) -> Vec<Result<Heard, Unheard>> {
    match transcript(recording) {
        Some(lines) => vec![replay(&lines, protocol)],
        None if protocol.is_silent() => listen(recording, protocol),
        None => vec![ask(recording, protocol)],
    }
}

/// What was sent, and what came after it.
type Exchange = (Vec<u8>, Vec<u8>);

/// Lines of `> …` and `< …`; lines that begin with `#` are remarks. `None` for anything else.
fn transcript(recording: &[u8]) -> Option<Vec<Exchange>> {
    let text = std::str::from_utf8(recording).ok()?;
    let mut exchanges: Vec<Exchange> = vec![(Vec::new(), Vec::new())];
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (way, digits) = line.split_at_checked(1)?;
        let bytes: Option<Vec<u8>> = digits
            .split_ascii_whitespace()
            .map(|byte| u8::from_str_radix(byte, 16).ok().filter(|_| byte.len() == 2))
            .collect();
        match way {
            ">" => exchanges.push((bytes?, Vec::new())),
            "<" => exchanges.last_mut()?.1.extend(bytes?),
            _ => return None,
        }
    }
    exchanges.iter().any(|(_, came)| !came.is_empty()).then_some(exchanges)
}

/// A conversation with a recording that says what was answered to which question.
fn replay(exchanges: &[Exchange], protocol: Protocol) -> Result<Heard, Unheard> {
    let mut conversation = protocol.begin();
    let mut at = 0;
    for _ in 0..MOST {
        let step = conversation.next();
        let came = match &step {
            Step::End(end) => return end.clone(),
            Step::Listen(_) => exchanges.get(at).map(|(_, came)| came.clone()).filter(|_| at == 0),
            Step::Send(request, _) => {
                let later = exchanges.iter().enumerate().skip(at);
                let found = later.clone().find(|(_, (sent, came))| sent == request && !came.is_empty());
                found.map(|(place, (_, came))| {
                    at = place + 1;
                    came.clone()
                })
            }
        };
        if let (Step::Listen(_), 0) = (&step, at) {
            at = 1;
        }
        conversation.received(&came.unwrap_or_default());
        if conversation.next() == step {
            conversation.silent();
        }
    }
    Err(Unheard::Other("a recording that ends"))
}

/// What is heard, one reading after the other.
fn listen(recording: &[u8], protocol: Protocol) -> Vec<Result<Heard, Unheard>> {
    let mut found = Vec::new();
    let mut conversation = protocol.begin();
    for piece in recording.chunks(PIECE) {
        conversation.received(piece);
        if let Step::End(end) = conversation.next() {
            found.push(end);
            conversation = protocol.begin();
        }
        if found.len() >= MOST {
            return found;
        }
    }
    if found.is_empty() {
        conversation.silent();
        if let Step::End(end) = conversation.next() {
            found.push(end);
        }
    }
    found
}

/// Everything that was recorded is offered as the answer to each question.
fn ask(recording: &[u8], protocol: Protocol) -> Result<Heard, Unheard> {
    let mut conversation = protocol.begin();
    for _ in 0..MOST {
        let step = conversation.next();
        if let Step::End(end) = &step {
            return end.clone();
        }
        conversation.received(recording);
        if conversation.next() == step {
            conversation.silent();
        }
    }
    Err(Unheard::Other("a recording that ends"))
}

/// That, for people or programs. What is said twice in a row is shown once.
pub(crate) fn shown(found: &[Result<Heard, Unheard>], json: bool) -> Result<String> {
    let mut text = String::new();
    let mut before = None;
    for one in found.iter().filter(|one| before.replace(*one) != Some(*one)) {
        text += &match (one, json) {
            (Ok(heard), true) => {
                serde_json::json!({ "identity": heard.identity, "reading": heard.reading }).to_string()
            }
            (Err(unheard), true) => serde_json::json!({ "trouble": unheard.to_string() }).to_string(),
            (Ok(heard), false) => {
                let who = format!("{} {}", heard.identity.maker.as_str(), heard.identity.model.as_str());
                format!("{}: {}", who.trim(), sentence::said(&heard.reading))
            }
            (Err(unheard), false) => unheard.to_string(),
        };
        text.push('\n');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const JBD: &str = "
        # JBD on serial, 9600 bits/s
        > DD A5 03 00 FF FD 77
        < DD 03 00 1D 06 18 00 00 01 F2 01 F4 00 00 2C 7C 00 00 00
        < 00 00 00 80 64 03 04 03 0B 8B 0B 8A 0B 84 FA 8D 77
        > DD A5 04 00 FF FC 77
        < DD 04 00 08 0F 45 0F 3D 0F 37 0F 3D FE C6 77";

    #[test]
    fn transcripts() {
        let found = decode(JBD.as_bytes(), Protocol::Jbd);
        assert_eq!(shown(&found, false).unwrap(), "JBD: battery 100 %, 15.60 V, at rest, 22.4 °C\n");
        assert_eq!(decode(JBD.as_bytes(), Protocol::Daly), [Err(Unheard::Silent)], "another's questions");
        assert!(transcript(b"> DD A\n< 00").is_none() && transcript(b"V\t12\n").is_none() && transcript(b"").is_none());
    }

    #[test]
    fn bytes_as_they_came() {
        let raw = transcript(JBD.as_bytes()).unwrap().into_iter().flat_map(|(_, came)| came).collect::<Vec<u8>>();
        assert_eq!(
            shown(&decode(&raw, Protocol::Jbd), false).unwrap(),
            "JBD: battery 100 %, 15.60 V, at rest, 22.4 °C\n"
        );
        let mut block = b"\r\nV\t12810\r\nI\t-10\r\nChecksum\t".to_vec();
        block.push(block.iter().fold(0_u8, |sum, byte| sum.wrapping_sub(*byte)));
        let heard = decode(&block.repeat(3), Protocol::VeDirect);
        assert!(heard.iter().all(Result::is_ok) && !heard.is_empty());
        assert_eq!(decode(b"", Protocol::VeDirect), [Err(Unheard::Silent)]);
    }

    #[test]
    fn arbitrary_bytes_do_no_harm() {
        let mut state = 0x1234_5678_9ABC_DEF1_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        };
        for entry in power::protocol::registry::ALL {
            for _ in 0..3 {
                let mut text = JBD.as_bytes().to_vec();
                (0..4).for_each(|_| {
                    let at = usize::from(next()) % text.len();
                    text[at] = next();
                });
                let _ = decode(&text, entry.protocol);
                let noise: Vec<u8> = (0..2000).map(|_| next()).collect();
                assert!(!decode(&noise, entry.protocol).iter().any(Result::is_ok), "{}", entry.name);
            }
        }
    }
}
