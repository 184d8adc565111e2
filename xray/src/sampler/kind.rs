//! The samplers by name.

/// Which sampler decides whether a trace is recorded, by OpenTelemetry's names.
/// <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#general-sdk-configuration>
///
/// The caller's decision is `Sampled=1` or `Sampled=0` of `X-Amzn-Trace-Id`, or the flag of `traceparent`. A ratio decides
/// by the trace id, so that services with the same ratio record the same traces; one above 1 is as 1, one below 0 as 0.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum SamplerKind {
    /// `xray`, the default: the caller's decision, otherwise the rules of [`crate::Config::sampling`].
    /// <https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html>
    #[default]
    Xray,
    /// `always_on`, whatever the caller decided.
    AlwaysOn,
    /// `always_off`, whatever the caller decided.
    AlwaysOff,
    /// `traceidratio`: this share of all traces, from 0 to 1, chosen by trace id, whatever the caller decided.
    Ratio(f64),
    /// `parentbased_always_on`: the caller's decision, otherwise every trace.
    ParentBasedAlwaysOn,
    /// `parentbased_always_off`: the caller's decision, otherwise none.
    ParentBasedAlwaysOff,
    /// `parentbased_traceidratio`: the caller's decision, otherwise this share, from 0 to 1.
    ParentBasedRatio(f64),
}

impl SamplerKind {
    /// Reads `OTEL_TRACES_SAMPLER`; the ratio is 1 until [`SamplerKind::with_ratio`] sets it.
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
                    "write xray, always_on, always_off, traceidratio, or one of the last three after parentbased_",
                );
            }
        })
    }

    /// Reads the ratio in `OTEL_TRACES_SAMPLER_ARG`; samplers without a ratio ignore it.
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

#[cfg(test)]
mod tests {
    use super::*;

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
