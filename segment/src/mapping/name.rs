//! The attributes that only names use. All of them stay in the metadata as well.

use super::attributes::Slot;

/// Who was called, by attributes that say nothing else.
#[derive(Default)]
pub(super) struct NameParts {
    /// `aws.local.service`
    pub(super) local: Slot,
    /// `aws.remote.service`
    pub(super) remote: Slot,
    /// `peer.service` and, as it is called now, `service.peer.name`
    pub(super) peer: Slot,
    /// `aws.service`
    pub(super) aws: Slot,
    /// `rpc.service`
    pub(super) rpc: Slot,
}

impl NameParts {
    /// Returns where to note an attribute that may give the name.
    pub(super) fn slot(&mut self, key: &str) -> Option<&mut Slot> {
        Some(match key {
            "aws.local.service" => &mut self.local,
            "aws.remote.service" => &mut self.remote,
            "peer.service" | "service.peer.name" => &mut self.peer,
            "aws.service" => &mut self.aws,
            "rpc.service" => &mut self.rpc,
            _ => return None,
        })
    }
}
