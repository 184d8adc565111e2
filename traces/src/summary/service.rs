//! A service, which is a node of the map.

use std::sync::Arc;

use serde::{Serialize, Serializer, ser::SerializeStruct};

/// A service, by name, type and account. There is one copy of each, made by [`super::Interner`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Service {
    /// Its name.
    pub name: Arc<str>,
    /// The type of its resource, for example `AWS::EKS::Container`; `None` if its segments have none.
    pub kind: Option<Arc<str>>,
    /// The AWS account that it runs in, if its segments have it.
    pub account: Option<Arc<str>>,
}

/// X-Ray's `ServiceId`. `Type` is always a string: Grafana's analytics fails if it is absent.
impl Serialize for Service {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut id = serializer.serialize_struct("ServiceId", 4)?;
        id.serialize_field("Name", &*self.name)?;
        id.serialize_field("Names", &[&*self.name])?;
        if let Some(account) = &self.account {
            id.serialize_field("AccountId", &**account)?;
        }
        id.serialize_field("Type", self.kind.as_deref().unwrap_or_default())?;
        id.end()
    }
}
