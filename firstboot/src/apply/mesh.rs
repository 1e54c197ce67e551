//! Joins the mesh: Yggdrasil, which finds its neighbours by itself; with an invitation, the community that it leads into ([`crate::mesh`]).

use formats::answers::{Mesh, MeshKind};
use formats::community::Invitation;

use super::ChangeError;
use crate::mesh::{Kept, MeshError, Ties, nebula, radio, wireguard};
use crate::node::Node;
use crate::systemd;

/// Joins, or stays away.
pub(super) fn join(node: &Node, mesh: &Mesh) -> Result<(), ChangeError> {
    match mesh.kind {
        MeshKind::None => Ok(()),
        MeshKind::Yggdrasil => {
            keep(&Kept::of(node), mesh.invitation.as_ref())?;
            radio::keep(node, mesh.radio)?;
            systemd::start("ilanga-mesh.service")?;
            systemd::start("ilanga-community.service")?;
            Ok(systemd::start(radio::UNIT)?)
        }
        MeshKind::Wireguard => {
            let network = mesh.wireguard.as_ref().ok_or(MeshError::NoMesh)?;
            wireguard::keep(node, network)?;
            Ok(systemd::start(wireguard::UNIT)?)
        }
        MeshKind::Nebula => {
            let network = mesh.nebula.as_ref().ok_or(MeshError::NoMesh)?;
            nebula::keep(node, network)?;
            Ok(systemd::start(nebula::UNIT)?)
        }
    }
}

/// Keeps what the node needs to be in the mesh. Where the invitation was redeemed before a power cut, it stays so.
fn keep(kept: &Kept, invitation: Option<&Invitation>) -> Result<(), MeshError> {
    let _locked = kept.lock()?;
    match (kept.standing()?, invitation) {
        (Some(there), Some(invitation)) if invitation.community() != there.ties.community => {
            kept.join(&Ties::of(invitation))
        }
        (Some(there), _) => kept.tie(Some(&there.ties)),
        (None, Some(invitation)) => kept.join(&Ties::of(invitation)),
        (None, None) => kept.tie(None),
    }
}
