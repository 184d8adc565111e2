//! The attributes that are used only for names. All of them are also kept in the metadata.

use super::attributes::Slot;

/// The attributes that only name the called service.
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
    /// `gen_ai.provider.name`
    pub(super) provider: Slot,
    /// `gen_ai.system`, as it was called once
    pub(super) old_provider: Slot,
    /// `messaging.system`
    pub(super) messaging: Slot,
    /// `messaging.destination.name`, once `messaging.destination`
    pub(super) destination: Slot,
    /// `messaging.destination.template`
    pub(super) template: Slot,
    /// `messaging.destination.temporary`, once `messaging.temp_destination`
    pub(super) temporary: Slot,
    /// `messaging.destination.anonymous`
    pub(super) anonymous: Slot,
}

impl NameParts {
    /// Returns the slot of an attribute that may give the name.
    pub(super) fn slot(&mut self, key: &str) -> Option<&mut Slot> {
        Some(match key {
            "aws.local.service" => &mut self.local,
            "aws.remote.service" => &mut self.remote,
            "peer.service" | "service.peer.name" => &mut self.peer,
            "aws.service" => &mut self.aws,
            "rpc.service" => &mut self.rpc,
            "gen_ai.provider.name" => &mut self.provider,
            "gen_ai.system" => &mut self.old_provider,
            "messaging.system" => &mut self.messaging,
            "messaging.destination.name" | "messaging.destination" => &mut self.destination,
            "messaging.destination.template" => &mut self.template,
            "messaging.destination.temporary" | "messaging.temp_destination" => &mut self.temporary,
            "messaging.destination.anonymous" => &mut self.anonymous,
            _ => return None,
        })
    }
}
