//! The one place where the console looks at the clock on behalf of requests; everything behind it is
//! given the time.

use std::time::SystemTime;

use segment::Time;

/// Returns the time.
pub(crate) fn now() -> Time {
    SystemTime::now().into()
}
