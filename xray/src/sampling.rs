//! Sampling by X-Ray's rules or by the rules of a file.
//!
//! The core is pure: time and chance are arguments. [`Rules`] decide, count their decisions ([`Report`]), and accept
//! quotas from the service ([`Targets`]). A thread of its own asks the daemon, independent of requests.
//!
//! Adaptive sampling (boosts) is not supported; the service's boosts are ignored.
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html>

mod current_rules;
mod daemon;
mod file;
mod pattern;
mod poll;
mod prefilter;
mod record;
mod rule;
mod rules;
mod schedule;
mod service;
mod settings;
mod targets;
#[cfg(test)]
mod tests;
mod thread;
mod usage;

pub(crate) use current_rules::{By, CurrentRules};
pub(crate) use thread::{Thread, start};

pub use file::{FileRules, InvalidRules, RulesFile, RulesFileError};
pub use record::SkippedRule;
pub use rule::Subject;
pub use rules::{MAX_RULES, RULES_TTL, Rules, Verdict};
pub use service::Service;
pub use settings::Settings;
pub use targets::{MAX_REPORTS, Report, Target, Targets, request};
pub use usage::{Counts, Outcome};
