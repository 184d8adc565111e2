//! The one place where handlers look at the clock; everything behind them is given the time.

use std::time::SystemTime;

use segment::Time;

/// Returns the time.
pub(super) fn now() -> Time {
    SystemTime::now().into()
}
