//! The only place where handlers read the clock; everything below them gets the time as an argument.

use std::time::SystemTime;

use segment::Time;

/// Returns the time.
pub(super) fn now() -> Time {
    SystemTime::now().into()
}
