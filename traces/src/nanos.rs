//! A time as whole nanoseconds, of which seconds as a float would lose some: for `#[serde(with = "…")]`.

use segment::Time;
use serde::{Deserialize as _, Deserializer, Serializer};

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
pub(crate) fn serialize<S: Serializer>(time: &Time, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(time.as_nanos())
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Time, D::Error> {
    u64::deserialize(from).map(Time::from_nanos)
}
