//! Sampling by X-Ray's rules or by the rules of a file.
//!
//! The core is pure: time and chance are arguments. [`Rules`] decide, count their decisions ([`Report`]), and accept
//! quotas from the service ([`Targets`]). A thread of its own asks the daemon, independent of requests.
//!
//! Adaptive sampling (boosts) is not supported; the service's boosts are ignored.
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html>
//!
//! ```
//! use std::borrow::Cow;
//! use segment::Time;
//! use xray::sampling::{FileRules, Outcome, Rules, Subject};
//!
//! struct Get(&'static str);
//!
//! impl Subject for Get {
//!     fn method(&self) -> Option<&str> { Some("GET") }
//!     fn host(&self) -> Option<&str> { Some("shop.example") }
//!     fn path(&self) -> Option<&str> { Some(self.0) }
//!     fn attribute(&self, _: &str) -> Option<Cow<'_, str>> { None }
//! }
//!
//! let file: FileRules = r#"{
//!     "version": 2,
//!     "rules": [{"host": "*", "http_method": "*", "url_path": "/health", "fixed_target": 0, "rate": 0}],
//!     "default": {"fixed_target": 1, "rate": 0.5}
//! }"#.parse()?;
//! let rules = Rules::of_file(&file);
//! let now = Time::from_nanos(1_602_534_561_000_000_000);
//! let outcome = |path| rules.decide(&Get(path), now, || 0.7).map(|verdict| verdict.outcome);
//!
//! assert_eq!(outcome("/health"), Some(Outcome::Dropped));
//! assert_eq!(outcome("/items"), Some(Outcome::Reservoir));
//! // The reservoir of this second is used up, and 0.7 is not below 0.5.
//! assert_eq!(outcome("/items"), Some(Outcome::Dropped));
//! # Ok::<(), xray::sampling::InvalidRules>(())
//! ```

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
