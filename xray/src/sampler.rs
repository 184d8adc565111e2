//! Which requests are traced.

use opentelemetry::{
    Context, KeyValue,
    trace::{Link, SpanContext, SpanKind, SpanRef, TraceContextExt, TraceId, TraceState},
};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample};
use segment::Sampled;

use crate::root;

/// How it is decided whether a trace is recorded, by the standard's names.
/// <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#general-sdk-configuration>
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum SamplerKind {
    /// `xray`: the caller's decision, else every trace.
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
    kind: SamplerKind,
}

impl SamplerKind {
    /// Reads `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG` (the ratio, 1 if absent).
    pub(crate) fn parse(name: &str, argument: Option<&str>) -> Result<Self, String> {
        let ratio = || match argument.map(str::parse::<f64>) {
            None => Ok(1.0),
            Some(Ok(ratio)) if (0.0..=1.0).contains(&ratio) => Ok(ratio),
            Some(_) => Err(format!(
                "OTEL_TRACES_SAMPLER_ARG={:?} is not a ratio from 0 to 1",
                argument.unwrap_or_default()
            )),
        };
        match name {
            "xray" => Ok(Self::Xray),
            "always_on" => Ok(Self::AlwaysOn),
            "always_off" => Ok(Self::AlwaysOff),
            "traceidratio" => ratio().map(Self::Ratio),
            "parentbased_always_on" => Ok(Self::ParentBasedAlwaysOn),
            "parentbased_always_off" => Ok(Self::ParentBasedAlwaysOff),
            "parentbased_traceidratio" => ratio().map(Self::ParentBasedRatio),
            _ => Err("write xray, always_on, always_off, traceidratio, or one of these three behind parentbased_".to_owned()),
        }
    }
}

impl Sampler {
    pub(crate) fn new(kind: SamplerKind) -> Self {
        Self { kind }
    }

    /// Decides on a request: the caller's decision binds unless the kind overrules it.
    pub(crate) fn decide(&self, caller: Option<Sampled>, trace_id: TraceId) -> bool {
        let caller = match caller {
            Some(Sampled::Yes) => Some(true),
            Some(Sampled::No) => Some(false),
            Some(Sampled::Requested) | None => None,
        };
        match self.kind {
            SamplerKind::AlwaysOn => true,
            SamplerKind::AlwaysOff => false,
            SamplerKind::Ratio(ratio) => in_ratio(trace_id, ratio),
            SamplerKind::Xray | SamplerKind::ParentBasedAlwaysOn => caller.unwrap_or(true),
            SamplerKind::ParentBasedAlwaysOff => caller.unwrap_or(false),
            SamplerKind::ParentBasedRatio(ratio) => {
                caller.unwrap_or_else(|| in_ratio(trace_id, ratio))
            }
        }
    }
}

impl ShouldSample for Sampler {
    /// What the server layer decided, else the parent's decision, else this sampler's.
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        _name: &str,
        _kind: &SpanKind,
        _attributes: &[KeyValue],
        _links: &[Link],
    ) -> SamplingResult {
        let span = parent.map(TraceContextExt::span);
        let parent = span
            .as_ref()
            .map(SpanRef::span_context)
            .filter(|parent| parent.is_valid());
        let sampled = root::decision()
            .or_else(|| parent.map(SpanContext::is_sampled))
            .unwrap_or_else(|| self.decide(None, trace_id));
        SamplingResult {
            decision: if sampled {
                SamplingDecision::RecordAndSample
            } else {
                SamplingDecision::Drop
            },
            attributes: Vec::new(),
            trace_state: parent
                .map_or_else(TraceState::default, |parent| parent.trace_state().clone()),
        }
    }
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
    use super::*;

    #[test]
    fn the_caller_s_decision_binds_unless_overruled() {
        let trace_id = TraceId::from(7);
        for (kind, yes, no, asked, none) in [
            (SamplerKind::Xray, true, false, true, true),
            (SamplerKind::AlwaysOn, true, true, true, true),
            (SamplerKind::AlwaysOff, false, false, false, false),
            (SamplerKind::ParentBasedAlwaysOff, true, false, false, false),
            (SamplerKind::Ratio(0.0), false, false, false, false),
            (SamplerKind::ParentBasedRatio(1.0), true, false, true, true),
        ] {
            let sampler = Sampler::new(kind);
            let decide = |caller| sampler.decide(caller, trace_id);
            let decided = (
                decide(Some(Sampled::Yes)),
                decide(Some(Sampled::No)),
                decide(Some(Sampled::Requested)),
                decide(None),
            );
            assert_eq!(decided, (yes, no, asked, none), "{kind:?}");
        }
    }

    #[test]
    fn a_ratio_chooses_its_share_of_ids() {
        let sampler = Sampler::new(SamplerKind::Ratio(0.25));
        let chosen = (0..10_000_u128)
            .filter(|id| sampler.decide(None, TraceId::from((id + 1) * 0x9e37_79b9_7f4a_7c15_f39c)))
            .count();
        assert!((2_300..2_700).contains(&chosen), "{chosen}");
    }

    #[test]
    fn ratios_outside_zero_to_one_are_refused() {
        for argument in ["1.5", "-1", "half", "NaN"] {
            assert!(
                SamplerKind::parse("traceidratio", Some(argument)).is_err(),
                "{argument}"
            );
        }
        assert_eq!(
            SamplerKind::parse("traceidratio", None),
            Ok(SamplerKind::Ratio(1.0))
        );
    }
}
