//! What people read of a community.

use anyhow::{Context as _, Result};
use firstboot::mesh::Standing;
use formats::community::{Invitation, MeshKey};
use qrcode::render::unicode;
use qrcode::{EcLevel, QrCode};
use serde_json::{Value, json};

/// The community and its members.
pub(crate) fn standing(standing: Option<&Standing>, own: MeshKey) -> String {
    let Some(there) = standing else {
        return format!("This node is in no community. Its address in the mesh is {}.\n", own.address());
    };
    let Some(list) = &there.list else {
        return format!("This node is invited into '{}', and waits for its founder.\n", there.ties.name);
    };
    let list = list.list();
    let mut text = format!("'{}', list {}, {} members\n", list.name, list.number, list.members.len());
    for member in &list.members {
        let founder = if member.key == list.founder { ", founder" } else { "" };
        let here = if member.key == own { ", this node" } else { "" };
        text.push_str(&format!("{:<20} {}{founder}{here}\n", member.name.as_str(), member.key.address()));
        text.push_str(&format!("{:<20} {}\n", "", member.key));
    }
    if !list.has(&own) {
        text.push_str("This node is not among them any more: the others refuse it.\n");
    }
    text
}

/// The same for programs.
pub(crate) fn standing_json(standing: Option<&Standing>, own: MeshKey) -> Value {
    let list = standing.and_then(|there| there.list.as_ref()).map(|list| list.list());
    let members = list.map(|list| {
        let member = |member: &formats::community::Member| {
            json!({ "name": member.name, "key": member.key, "address": member.key.address() })
        };
        list.members.iter().map(member).collect::<Vec<Value>>()
    });
    json!({
        "key": own,
        "address": own.address(),
        "community": standing.map(|there| &there.ties.name),
        "id": standing.map(|there| there.ties.community),
        "founder": standing.map(|there| there.ties.founder),
        "number": list.map(|list| list.number),
        "members": members,
    })
}

/// An invitation as a QR code for a terminal, and as text.
pub(crate) fn invitation(invitation: &Invitation) -> Result<String> {
    let code = QrCode::with_error_correction_level(invitation.compact(), EcLevel::L).context("drawing a QR code")?;
    // Light on dark terminals and dark on light ones: the code's own white is drawn, or no phone finds its edge.
    let drawn = code
        .render::<unicode::Dense1x2>()
        .dark_color(unicode::Dense1x2::Light)
        .light_color(unicode::Dense1x2::Dark)
        .build();
    let mut lines = String::new();
    let text = invitation.to_string();
    for (number, group) in text.split('-').enumerate() {
        let end = if number % 6 == 5 { "\n" } else { "-" };
        lines.push_str(&format!("{group}{end}"));
    }
    let lines = lines.trim_end_matches(['-', '\n']);
    Ok(format!("{drawn}\n\n{lines}\n\nInto '{}', until {}.\n", invitation.says().name, invitation.says().last_day))
}
