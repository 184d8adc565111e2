//! Adaptive sampling: while a service sees anomalies in requests that it did not sample, it samples more of them.
//!
//! X-Ray documents only that the rate is at most the rule's. Here it is the rule's rate, for one minute, and once in
//! each cool-down window. <https://docs.aws.amazon.com/xray/latest/devguide/xray-adaptive-sampling.html>

use std::{collections::BTreeMap, time::Duration};

use segment::Time;
use serde::{Deserialize, Serialize};

use super::error::{ReportError, RuleError, invalid};

/// How long a boost lasts: as in X-Ray.
pub const BOOST_TTL: Duration = Duration::from_secs(60);
/// Most services of one rule whose boosts are stored.
const MAX_SERVICES: usize = 1_000;

/// X-Ray's `SamplingRateBoost` of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SamplingRateBoost {
    /// Which share of the requests is sampled during a boost, from 0 to 1.
    pub max_rate: f64,
    /// The shortest time from the start of one boost to the next, in minutes.
    pub cooldown_window_minutes: u32,
}

/// A service's counts since its last report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BoostReport {
    /// Requests with an anomaly.
    pub anomaly_count: u64,
    /// Requests.
    pub total_count: u64,
    /// Requests with an anomaly that were sampled.
    pub sampled_anomaly_count: u64,
}

/// An active boost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Boosted {
    /// Which share of the requests to sample.
    pub rate: f64,
    /// Its end.
    pub until: Time,
}

/// The boosts of one rule, by service: when each last began.
#[derive(Debug, Clone, Default)]
pub struct Boosts(BTreeMap<String, Time>);

impl SamplingRateBoost {
    pub(super) fn check(self) -> Result<(), RuleError> {
        if (0.0..=1.0).contains(&self.max_rate) {
            return Ok(());
        }
        invalid(format!("MaxRate is {}; it must be 0 to 1", self.max_rate))
    }

    fn cooldown(self) -> Duration {
        let window = Duration::from_secs(u64::from(self.cooldown_window_minutes) * 60);
        window.max(BOOST_TTL)
    }
}

impl Boosts {
    /// Records a report; returns the service's boost, if one is active.
    pub(super) fn report(
        &mut self,
        boost: SamplingRateBoost,
        service: &str,
        report: BoostReport,
        now: Time,
    ) -> Result<Option<Boosted>, ReportError> {
        report.check()?;
        self.0
            .retain(|_, started| now.since(*started) < boost.cooldown());
        let misses_some = report.anomaly_count > report.sampled_anomaly_count;
        let started = match self.0.get(service) {
            Some(started) => Some(*started),
            None if !misses_some => None,
            None if self.0.len() >= MAX_SERVICES => return Err(ReportError::TooManyClients),
            None => {
                self.0.insert(service.to_owned(), now);
                Some(now)
            }
        };
        let boosted = started.map(|started| Boosted {
            rate: boost.max_rate,
            until: Time::from_nanos(
                started
                    .as_nanos()
                    .saturating_add(BOOST_TTL.as_secs() * 1_000_000_000),
            ),
        });
        Ok(boosted.filter(|boosted| boosted.until > now))
    }
}

impl BoostReport {
    fn check(self) -> Result<(), ReportError> {
        for (part, whole, small, large) in [
            (
                self.anomaly_count,
                self.total_count,
                "AnomalyCount",
                "TotalCount",
            ),
            (
                self.sampled_anomaly_count,
                self.anomaly_count,
                "SampledAnomalyCount",
                "AnomalyCount",
            ),
        ] {
            if part > whole {
                return Err(ReportError::InvalidBoost(format!(
                    "{small} is {part}, which is more than the {large} of {whole}"
                )));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOST: SamplingRateBoost = SamplingRateBoost {
        max_rate: 0.5,
        cooldown_window_minutes: 10,
    };

    fn at(second: u64) -> Time {
        Time::from_nanos(second * 1_000_000_000)
    }

    fn report(anomaly_count: u64, sampled_anomaly_count: u64) -> BoostReport {
        BoostReport {
            anomaly_count,
            total_count: 100,
            sampled_anomaly_count,
        }
    }

    #[test]
    fn anomalies_that_were_missed_boost_a_service_for_a_minute_once_in_a_window() {
        let mut boosts = Boosts::default();
        let mut ask = |service: &str, report, second| {
            let boosted = boosts.report(BOOST, service, report, at(second)).unwrap();
            boosted.map(|boosted| (boosted.rate, boosted.until))
        };
        assert_eq!(ask("shop", report(0, 0), 1_000), None);
        assert_eq!(ask("shop", report(3, 3), 1_010), None);
        assert_eq!(ask("shop", report(3, 2), 1_020), Some((0.5, at(1_080))));
        // It continues without further reports, and another service has its own.
        assert_eq!(ask("shop", report(0, 0), 1_030), Some((0.5, at(1_080))));
        assert_eq!(ask("cart", report(0, 0), 1_030), None);
        assert_eq!(ask("shop", report(9, 0), 1_080), None);
        assert_eq!(ask("shop", report(9, 0), 1_619), None);
        assert_eq!(ask("shop", report(9, 0), 1_620), Some((0.5, at(1_680))));
    }

    #[test]
    fn a_report_that_contradicts_itself_is_refused_and_the_memory_is_bounded() {
        let mut boosts = Boosts::default();
        for bad in [report(101, 0), report(1, 2)] {
            let error = boosts.report(BOOST, "shop", bad, at(1)).unwrap_err();
            assert!(matches!(error, ReportError::InvalidBoost(_)), "{error}");
        }
        for service in 0..MAX_SERVICES {
            boosts
                .report(BOOST, &service.to_string(), report(1, 0), at(1))
                .unwrap();
        }
        assert_eq!(
            boosts.report(BOOST, "more", report(1, 0), at(2)),
            Err(ReportError::TooManyClients)
        );
        assert!(boosts.report(BOOST, "more", report(1, 0), at(601)).is_ok());
    }
}
