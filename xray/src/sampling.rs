//! Which requests are traced, by X-Ray's rules or by rules of a file.
//!
//! The core is pure, time and chance are arguments: [`Rules`] decide, count what they did ([`Report`]), and
//! take what the service lets them do ([`Targets`]). At the edge a thread of its own asks the daemon, away
//! from all requests.
//!
//! Adaptive sampling (boosts) is not built; what the service says of it is not looked at.
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html>

mod daemon;
mod file;
mod in_force;
mod pattern;
mod poll;
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

pub(crate) use in_force::{By, InForce};
pub(crate) use thread::{Thread, start};

pub use file::{FileRules, InvalidRules, RulesFile, RulesFileError};
pub use record::SkippedRule;
pub use rule::Subject;
pub use rules::{MAX_RULES, RULES_TTL, Rules, Verdict};
pub use service::Service;
pub use settings::Settings;
pub use targets::{MAX_REPORTS, Report, Target, Targets, request};
pub use usage::{Counts, Outcome};
