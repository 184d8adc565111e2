//! Which requests are traced: the samplers by their names, and the one that was chosen at work.

use std::{borrow::Cow, io, sync::Arc, time::SystemTime};

use opentelemetry::{
    Context, KeyValue, Value,
    trace::{Link, SpanContext, SpanKind, SpanRef, TraceContextExt, TraceId, TraceState},
};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample};
use segment::{Sampled, Time, mapping::SAMPLING_RULE_NAME};

use crate::{
    config::Config,
    delivery::Counters,
    emitter::Resolver,
    root,
    sampling::{self, By, InForce, Service, Subject, Verdict},
};

/// How it is decided whether a trace is recorded, by the standard's names.
/// <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#general-sdk-configuration>
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum SamplerKind {
    /// `xray`: the caller's decision, else the rules of [`crate::Config::sampling`].
    #[default]
    Xray,
    /// `always_on`, whatever the caller decided.
    AlwaysOn,
    /// `always_off`, whatever the caller decided.
    AlwaysOff,
    /// `traceidratio`: this share of all traces, chosen by their ids, whatever the caller decided.
    Ratio(f64),
    /// `parentbased_always_on`: the caller's decision, else every trace.
    ParentBasedAlwaysOn,
    /// `parentbased_always_off`: the caller's decision, else none.
    ParentBasedAlwaysOff,
    /// `parentbased_traceidratio`: the caller's decision, else this share.
    ParentBasedRatio(f64),
}

/// Decides for the server layer, and for spans that begin without a request.
#[derive(Debug, Clone)]
pub(crate) struct Sampler {
    /// Whether the caller's decision binds.
    is_parent_based: bool,
    root: Root,
}

/// Decides where no caller has, or may.
#[derive(Debug, Clone)]
enum Root {
    On,
    Off,
    Ratio(f64),
    Rules(Arc<InForce>),
}

/// What was decided on a request.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Decision {
    pub(crate) is_sampled: bool,
    /// X-Ray's rule that sampled it.
    pub(crate) rule: Option<Arc<str>>,
    /// Who decided and why, if that was asked.
    pub(crate) why: Option<String>,
}

impl SamplerKind {
    /// Reads `OTEL_TRACES_SAMPLER`; a ratio is 1 until [`SamplerKind::with_ratio`] says otherwise.
    pub(crate) fn named(name: &str) -> Result<Self, &'static str> {
        Ok(match name {
            "xray" => Self::Xray,
            "always_on" => Self::AlwaysOn,
            "always_off" => Self::AlwaysOff,
            "traceidratio" => Self::Ratio(1.0),
            "parentbased_always_on" => Self::ParentBasedAlwaysOn,
            "parentbased_always_off" => Self::ParentBasedAlwaysOff,
            "parentbased_traceidratio" => Self::ParentBasedRatio(1.0),
            _ => {
                return Err(
                    "write xray, always_on, always_off, traceidratio, or one of these three behind parentbased_",
                );
            }
        })
    }

    /// Reads the ratio in `OTEL_TRACES_SAMPLER_ARG`; the samplers without one do not look at it.
    pub(crate) fn with_ratio(self, argument: &str) -> Result<Self, &'static str> {
        let ratio = || match argument.parse() {
            Ok(ratio) if (0.0..=1.0).contains(&ratio) => Ok(ratio),
            _ => Err("write a ratio from 0 to 1"),
        };
        match self {
            Self::Ratio(_) => ratio().map(Self::Ratio),
            Self::ParentBasedRatio(_) => ratio().map(Self::ParentBasedRatio),
            other => Ok(other),
        }
    }
}

impl Sampler {
    /// Makes the sampler that is configured, with the thread that keeps its rules up to date if it has any.
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

    /// Decides on a request: the caller's decision binds unless the kind overrules it. With `explain` it is
    /// also said why.
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

    /// Returns the attribute that names the rule.
    pub(crate) fn attribute(&self) -> Option<KeyValue> {
        let rule = self.rule.as_ref()?;
        Some(KeyValue::new(SAMPLING_RULE_NAME, Arc::clone(rule)))
    }
}

fn word(is_sampled: bool) -> &'static str {
    if is_sampled { "sampled" } else { "dropped" }
}

/// The clock and the dice of the rules.
fn by_rules(rules: &InForce, subject: &impl Subject, explain: bool) -> Decision {
    let now = Time::from(SystemTime::now());
    let note = |by, verdict: Verdict<'_>| Decision::of(by, &verdict, explain);
    // The fallback is for every request, so there is a decision.
    rules
        .decide(subject, now, rand::random, note)
        .unwrap_or_default()
}

impl ShouldSample for Sampler {
    /// What the server layer decided, else what is around the span, else this sampler with the caller's decision.
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        _name: &str,
        _kind: &SpanKind,
        attributes: &[KeyValue],
        _links: &[Link],
    ) -> SamplingResult {
        let span = parent.map(TraceContextExt::span);
        let parent = span
            .as_ref()
            .map(SpanRef::span_context)
            .filter(|parent| parent.is_valid());
        let caller = parent.filter(|parent| parent.is_remote());
        let around = parent.filter(|parent| !parent.is_remote());
        let decision = match root::decision().or_else(|| around.map(SpanContext::is_sampled)) {
            Some(is_sampled) => Decision::by("parent", is_sampled, false),
            None => self.decide(
                caller.map(|caller| caller.is_sampled().into()),
                trace_id,
                &Attributes(attributes),
                false,
            ),
        };
        SamplingResult {
            decision: if decision.is_sampled {
                SamplingDecision::RecordAndSample
            } else {
                SamplingDecision::Drop
            },
            attributes: decision.attribute().into_iter().collect(),
            trace_state: parent
                .map_or_else(TraceState::default, |parent| parent.trace_state().clone()),
        }
    }
}

/// What a span says of itself when it begins without a request.
struct Attributes<'a>(&'a [KeyValue]);

impl Attributes<'_> {
    fn text(&self, keys: &[&str]) -> Option<&str> {
        let found = keys.iter().find_map(|key| {
            let mut attributes = self.0.iter();
            attributes.find(|attribute| attribute.key.as_str() == *key)
        })?;
        match &found.value {
            Value::String(text) => Some(text.as_str()),
            _ => None,
        }
    }
}

impl Subject for Attributes<'_> {
    fn method(&self) -> Option<&str> {
        self.text(&["http.request.method", "http.method"])
    }

    fn host(&self) -> Option<&str> {
        self.text(&["server.address", "http.host"])
    }

    fn path(&self) -> Option<&str> {
        let target = self.text(&["url.path", "http.target"]);
        let target =
            target.or_else(|| self.text(&["url.full", "http.url"]).map(behind_authority))?;
        match target.split(['?', '#']).next() {
            Some("") => Some("/"),
            path => path,
        }
    }

    fn attribute(&self, key: &str) -> Option<Cow<'_, str>> {
        let mut attributes = self.0.iter();
        let found = attributes.find(|attribute| attribute.key.as_str() == key)?;
        Some(found.value.as_str())
    }
}

/// Returns a URL from its path on.
fn behind_authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find(['/', '?', '#']).map_or("", |at| &rest[at..])
}

/// Chooses by the id's low 63 bits, as every OpenTelemetry SDK does, so that services agree.
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

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanId, TraceFlags};

    use super::*;
    use crate::sampling::Rules;

    fn sampler(kind: SamplerKind) -> Sampler {
        let config = Config {
            sampler: kind,
            ..Config::new("shop")
        };
        assert_ne!(kind, SamplerKind::Xray, "that one asks a daemon");
        let (sampler, thread) =
            Sampler::start(&config, Resolver::default(), Arc::default()).unwrap();
        assert!(thread.is_none());
        sampler
    }

    fn by_rules(rules: Rules) -> Sampler {
        Sampler {
            is_parent_based: true,
            root: Root::Rules(Arc::new(InForce::new(rules))),
        }
    }

    /// Rules that sample nothing.
    fn nothing() -> Rules {
        let text = r#"{"version":2,"default":{"fixed_target":0,"rate":0}}"#;
        Rules::of_file(&text.parse().unwrap())
    }

    const TRACE: TraceId = TraceId::from_bytes([7; 16]);
    const UNKNOWN: Attributes<'_> = Attributes(&[]);

    #[test]
    fn the_caller_s_decision_binds_unless_overruled() {
        for (sampler, yes, no, asked, none) in [
            (by_rules(nothing()), true, false, false, false),
            (sampler(SamplerKind::AlwaysOn), true, true, true, true),
            (sampler(SamplerKind::AlwaysOff), false, false, false, false),
            (
                sampler(SamplerKind::ParentBasedAlwaysOn),
                true,
                false,
                true,
                true,
            ),
            (
                sampler(SamplerKind::ParentBasedAlwaysOff),
                true,
                false,
                false,
                false,
            ),
            (sampler(SamplerKind::Ratio(0.0)), false, false, false, false),
            (
                sampler(SamplerKind::ParentBasedRatio(1.0)),
                true,
                false,
                true,
                true,
            ),
        ] {
            let decide = |caller| sampler.decide(caller, TRACE, &UNKNOWN, false).is_sampled;
            let decided = (
                decide(Some(Sampled::Yes)),
                decide(Some(Sampled::No)),
                decide(Some(Sampled::Requested)),
                decide(None),
            );
            assert_eq!(decided, (yes, no, asked, none), "{sampler:?}");
        }
    }

    #[test]
    fn it_is_said_who_decided_and_why() {
        let why = |sampler: &Sampler, caller| {
            let decision = sampler.decide(caller, TRACE, &UNKNOWN, true);
            (decision.why.unwrap(), decision.rule)
        };
        let rules = by_rules(nothing());
        assert_eq!(
            why(&rules, Some(Sampled::Yes)).0,
            "decision=sampled; by=parent"
        );
        let dropped =
            r#"decision=dropped; by=rule; rule="default"; reservoir=0/0; rate=0; through=nothing"#;
        assert_eq!(
            why(&rules, Some(Sampled::Requested)),
            (dropped.to_owned(), None)
        );
        let fallback = r#"decision=sampled; by=fallback; rule="default"; reservoir=1/1; rate=0.05; through=reservoir"#;
        assert_eq!(
            why(&by_rules(Rules::default()), None),
            (fallback.to_owned(), None)
        );
        assert_eq!(
            why(&sampler(SamplerKind::AlwaysOff), None).0,
            "decision=dropped; by=sampler"
        );
        assert_eq!(rules.decide(None, TRACE, &UNKNOWN, false).why, None);
    }

    #[test]
    fn a_span_without_a_request_is_matched_by_its_attributes_and_names_its_rule() {
        let text = r#"{"version":2,"default":{"fixed_target":0,"rate":0},"rules":[{"description":"api",
            "host":"shop","http_method":"GET","url_path":"/api","fixed_target":0,"rate":1}]}"#;
        let sampler = by_rules(Rules::of_file(&text.parse().unwrap()));
        let sample = |attributes: &[KeyValue]| {
            sampler.should_sample(None, TRACE, "job", &SpanKind::Server, attributes, &[])
        };
        let mut attributes = vec![
            KeyValue::new("http.request.method", "GET"),
            KeyValue::new("server.address", "shop"),
            KeyValue::new("http.target", "/api?x=1"),
        ];
        let api = sample(&attributes);
        assert_eq!(api.decision, SamplingDecision::RecordAndSample);
        assert_eq!(api.attributes, [KeyValue::new(SAMPLING_RULE_NAME, "api")]);
        attributes[0] = KeyValue::new("http.request.method", "POST");
        let dropped = sample(&attributes);
        assert_eq!(
            (dropped.decision, dropped.attributes),
            (SamplingDecision::Drop, vec![])
        );
    }

    #[test]
    fn the_path_is_that_of_whichever_attribute_has_one() {
        for (attributes, path) in [
            (&[("url.path", "/a")][..], Some("/a")),
            (&[("http.target", "/a/b?c=/d")], Some("/a/b")),
            (
                &[("url.full", "http://x/full"), ("url.path", "/a")],
                Some("/a"),
            ),
            (&[("url.full", "https://shop:8080/a/b?c#d")], Some("/a/b")),
            (&[("http.url", "http://shop/a#b")], Some("/a")),
            (&[("http.url", "http://shop")], Some("/")),
            (&[("http.url", "http://shop?a=/b")], Some("/")),
            (&[("url.path", "")], Some("/")),
            (&[("http.method", "GET")], None),
        ] {
            let attributes: Vec<_> = attributes
                .iter()
                .map(|(key, value)| KeyValue::new(*key, *value))
                .collect();
            assert_eq!(Attributes(&attributes).path(), path, "{attributes:?}");
        }
    }

    #[test]
    fn a_span_follows_what_is_around_it_and_its_caller_as_far_as_the_kind_says() {
        let sample = |kind, is_remote: bool, is_sampled: bool| {
            let flags = TraceFlags::default().with_sampled(is_sampled);
            let id = SpanId::from_bytes([1; 8]);
            let parent = SpanContext::new(TRACE, id, flags, is_remote, TraceState::default());
            let parent = Context::new().with_remote_span_context(parent);
            let sampler = sampler(kind);
            let result =
                sampler.should_sample(Some(&parent), TRACE, "", &SpanKind::Server, &[], &[]);
            result.decision == SamplingDecision::RecordAndSample
        };
        let (local, remote) = (false, true);
        for kind in [
            SamplerKind::AlwaysOn,
            SamplerKind::AlwaysOff,
            SamplerKind::ParentBasedAlwaysOn,
        ] {
            assert!(sample(kind, local, true) && !sample(kind, local, false));
        }
        assert!(sample(SamplerKind::AlwaysOn, remote, false));
        assert!(!sample(SamplerKind::AlwaysOff, remote, true));
        assert!(!sample(SamplerKind::ParentBasedAlwaysOn, remote, false));
        assert!(sample(SamplerKind::ParentBasedAlwaysOff, remote, true));
    }

    #[test]
    fn a_ratio_chooses_its_share_of_ids() {
        let sampler = sampler(SamplerKind::Ratio(0.25));
        let chosen = (0..10_000_u128)
            .map(|id| TraceId::from((id + 1) * 0x9e37_79b9_7f4a_7c15_f39c))
            .filter(|id| sampler.decide(None, *id, &UNKNOWN, false).is_sampled)
            .count();
        assert!((2_300..2_700).contains(&chosen), "{chosen}");
    }

    #[test]
    fn ratios_outside_zero_to_one_are_refused() {
        let ratio = SamplerKind::named("traceidratio").unwrap();
        assert_eq!(ratio, SamplerKind::Ratio(1.0));
        for argument in ["1.5", "-1", "half", "NaN"] {
            assert!(ratio.with_ratio(argument).is_err(), "{argument}");
        }
        assert_eq!(ratio.with_ratio("0.5"), Ok(SamplerKind::Ratio(0.5)));
        assert_eq!(
            SamplerKind::AlwaysOn.with_ratio("half"),
            Ok(SamplerKind::AlwaysOn)
        );
    }
}
