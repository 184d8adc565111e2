//! The faults that a request asks for.

use std::time::Duration;

use super::{Fault, Place};
use crate::query::parameter;

/// Longest delay that a request may ask for.
const MAX_LATENCY: Duration = Duration::from_secs(10);
/// The default delay.
const DEFAULT_LATENCY: Duration = Duration::from_millis(300);
const KINDS: &str = "error, throttle, fault, latency, timeout, unreachable";

/// Faults with their shares.
#[derive(Debug, PartialEq)]
pub(super) struct RequestedFaults {
    pub(super) place: Place,
    /// Each with its share in percent; together at most 100.
    faults: Vec<(Fault, f64)>,
}

impl RequestedFaults {
    /// Parses the parameters; `None` if there is no `fault`, or an empty one.
    ///
    /// # Errors
    ///
    /// The error has the invalid value and says what is accepted.
    pub(super) fn read(query: Option<&str>) -> Result<Option<Self>, String> {
        let Some(faults) = parameter(query, "fault").filter(|faults| !faults.is_empty()) else {
            return Ok(None);
        };
        let latency =
            parameter(query, "latency").map_or(Ok(DEFAULT_LATENCY), |text| latency(&text))?;
        let faults = faults
            .split(',')
            .map(|part| fault_and_share(part, latency))
            .collect::<Result<Vec<_>, _>>()?;
        let sum: f64 = faults.iter().map(|(_, share)| share).sum();
        if sum > 100.0 {
            return Err(format!(
                "fault: the shares are {sum} % together; write at most 100"
            ));
        }
        let place = parameter(query, "at").map_or(Ok(Place::Front), |text| place(&text))?;
        Ok(Some(Self { place, faults }))
    }

    /// Returns the fault for a number from 0 to 100 (exclusive), if any.
    pub(super) fn draw(&self, number: f64) -> Option<Fault> {
        let mut upper = 0.0;
        self.faults.iter().find_map(|(fault, share)| {
            upper += share;
            (number < upper).then_some(*fault)
        })
    }
}

fn fault_and_share(text: &str, latency: Duration) -> Result<(Fault, f64), String> {
    let (kind, share) = text.split_once(':').unwrap_or((text, "100"));
    let fault = match kind {
        "error" => Fault::Error,
        "throttle" => Fault::Throttle,
        "fault" => Fault::Fault,
        "latency" => Fault::Latency(latency),
        "timeout" => Fault::Timeout,
        "unreachable" => Fault::Unreachable,
        _ => return Err(format!("fault={kind:?}: write one of {KINDS}")),
    };
    match share.parse() {
        Ok(number) if (0.0..=100.0).contains(&number) => Ok((fault, number)),
        _ => Err(format!(
            "fault={text:?}: write a share from 0 to 100 percent after the colon"
        )),
    }
}

fn latency(text: &str) -> Result<Duration, String> {
    text.parse()
        .map(Duration::from_millis)
        .ok()
        .filter(|latency| *latency <= MAX_LATENCY)
        .ok_or_else(|| {
            format!(
                "latency={text:?}: write milliseconds, 0 to {}",
                MAX_LATENCY.as_millis()
            )
        })
}

fn place(text: &str) -> Result<Place, String> {
    match text {
        "front" => Ok(Place::Front),
        "back" => Ok(Place::Back),
        _ => Err(format!("at={text:?}: write front or back")),
    }
}
