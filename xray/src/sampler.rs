//! The configured sampler: decides which requests are traced.

pub(crate) mod kind;
mod span_subject;
#[cfg(test)]
mod tests;

use std::{io, sync::Arc, time::SystemTime};

use opentelemetry::trace::TraceId;
use segment::{Sampled, Time};

use crate::{
    config::Config,
    delivery::Counters,
    emitter::Resolver,
    sampling::{self, By, CurrentRules, Service, Subject, Verdict},
};

pub use kind::SamplerKind;
pub(crate) use span_subject::SpanSubject;

/// Decides on requests for the server layer, and on spans that begin without a request.
#[derive(Debug)]
pub(crate) struct Sampler {
    /// Whether the caller's decision takes precedence.
    is_parent_based: bool,
    root: Root,
}

/// Decides where there is no caller's decision, or where it does not take precedence.
#[derive(Debug)]
enum Root {
    On,
    Off,
    Ratio(f64),
    Rules(Arc<CurrentRules>),
}

/// A sampling decision on a request.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Decision {
    pub(crate) is_sampled: bool,
    /// The X-Ray rule that sampled it.
    pub(crate) rule: Option<Arc<str>>,
    /// Who decided and why, if [`Sampler::decide`] was called with `explain`.
    pub(crate) why: Option<String>,
}

impl Sampler {
    /// Makes the configured sampler, and starts the thread that updates its rules if it has any.
    pub(crate) fn start(
        config: &Config,
        resolver: Resolver,
        counters: Arc<Counters>,
    ) -> io::Result<(Self, Option<sampling::Thread>)> {
        let (is_parent_based, root) = match config.sampler {
            SamplerKind::AlwaysOn => (false, Root::On),
            SamplerKind::AlwaysOff => (false, Root::Off),
            SamplerKind::Ratio(ratio) => (false, Root::Ratio(ratio)),
            SamplerKind::ParentBasedAlwaysOn => (true, Root::On),
            SamplerKind::ParentBasedAlwaysOff => (true, Root::Off),
            SamplerKind::ParentBasedRatio(ratio) => (true, Root::Ratio(ratio)),
            SamplerKind::Xray => {
                let service = Service::new(&config.service_name, &config.resource);
                let (settings, daemon) = (&config.sampling, &config.daemon.tcp);
                let (rules, thread) =
                    sampling::start(settings, daemon, service, resolver, counters)?;
                let root = Root::Rules(rules);
                return Ok((
                    Self {
                        is_parent_based: true,
                        root,
                    },
                    Some(thread),
                ));
            }
        };
        Ok((
            Self {
                is_parent_based,
                root,
            },
            None,
        ))
    }

    /// Decides on a request. The caller's decision takes precedence unless the kind of sampler overrides it. With
    /// `explain`, the decision has its reason.
    pub(crate) fn decide(
        &self,
        caller: Option<Sampled>,
        trace_id: TraceId,
        subject: &impl Subject,
        explain: bool,
    ) -> Decision {
        let caller = match caller {
            Some(Sampled::Yes) => Some(true),
            Some(Sampled::No) => Some(false),
            Some(Sampled::Requested) | None => None,
        };
        if let Some(is_sampled) = caller.filter(|_| self.is_parent_based) {
            return Decision::by("parent", is_sampled, explain);
        }
        let is_sampled = match &self.root {
            Root::On => true,
            Root::Off => false,
            Root::Ratio(ratio) => in_ratio(trace_id, *ratio),
            Root::Rules(rules) => return by_rules(rules, subject, explain),
        };
        Decision::by("sampler", is_sampled, explain)
    }
}

impl Decision {
    /// Returns the decision of the parent span in this process.
    pub(crate) fn of_parent(is_sampled: bool) -> Self {
        Self::by("parent", is_sampled, false)
    }

    fn by(who: &str, is_sampled: bool, explain: bool) -> Self {
        Self {
            is_sampled,
            rule: None,
            why: explain.then(|| format!("decision={}; by={who}", word(is_sampled))),
        }
    }

    fn of(by: By, verdict: &Verdict<'_>, explain: bool) -> Self {
        let is_sampled = verdict.is_sampled();
        let who = match by {
            By::Rule => "rule",
            By::Fallback => "fallback",
        };
        Self {
            is_sampled,
            rule: (is_sampled && by == By::Rule).then(|| Arc::clone(verdict.rule())),
            why: explain.then(|| format!("decision={}; by={who}; {verdict}", word(is_sampled))),
        }
    }
}

fn word(is_sampled: bool) -> &'static str {
    if is_sampled { "sampled" } else { "dropped" }
}

/// Decides by the rules, with the current time and a random number.
fn by_rules(rules: &CurrentRules, subject: &impl Subject, explain: bool) -> Decision {
    let now = Time::from(SystemTime::now());
    let note = |by, verdict: Verdict<'_>| Decision::of(by, &verdict, explain);
    // The fallback matches every request, so there is a decision.
    rules
        .decide(subject, now, rand::random, note)
        .unwrap_or_default()
}

/// Decides by the low 63 bits of the trace id, as every OpenTelemetry SDK does, so that services agree.
#[expect(
    clippy::cast_precision_loss,
    reason = "a ratio needs no more than a double's precision"
)]
fn in_ratio(trace_id: TraceId, ratio: f64) -> bool {
    let bytes = trace_id.to_bytes();
    let low = bytes[8..]
        .iter()
        .fold(0_u64, |low, byte| low << 8 | u64::from(*byte))
        >> 1;
    (low as f64) < ratio * 2_f64.powi(63)
}
