//! Members of a request, as the SDK's builders take them.

use aws_sdk_xray::{
    primitives::DateTime,
    types::{
        BackendConnectionErrors, InsightsConfiguration, SamplingBoostStatisticsDocument,
        SamplingRateBoost, SamplingRule, SamplingRuleUpdate, SamplingStatisticsDocument, Tag,
        TelemetryRecord,
    },
};
use serde_json::Value;

use crate::Failure;

/// A request, or a part of one.
#[derive(Clone, Copy)]
pub struct Input<'i>(pub &'i Value);

impl<'i> Input<'i> {
    pub fn member(self, name: &str) -> Option<Input<'i>> {
        self.0.get(name).filter(|value| !value.is_null()).map(Input)
    }

    pub fn text(self, name: &str) -> Option<String> {
        self.member(name)?.0.as_str().map(str::to_owned)
    }

    pub fn flag(self, name: &str) -> Option<bool> {
        self.member(name)?.0.as_bool()
    }

    pub fn number(self, name: &str) -> Option<f64> {
        self.member(name)?.0.as_f64()
    }

    pub fn count(self, name: &str) -> Option<i32> {
        self.member(name)?.0.as_i64()?.try_into().ok()
    }

    pub fn time(self, name: &str) -> Option<DateTime> {
        self.number(name).map(DateTime::from_secs_f64)
    }

    pub fn texts(self, name: &str) -> Option<Vec<String>> {
        let values = self.member(name)?.0.as_array()?;
        values
            .iter()
            .map(|value| value.as_str().map(str::to_owned))
            .collect()
    }

    pub fn all<T>(
        self,
        name: &str,
        one: impl Fn(Input<'i>) -> Result<T, Failure>,
    ) -> Result<Option<Vec<T>>, Failure> {
        let Some(values) = self.member(name).and_then(|values| values.0.as_array()) else {
            return Ok(None);
        };
        values
            .iter()
            .map(|value| one(Input(value)))
            .collect::<Result<_, _>>()
            .map(Some)
    }

    pub fn tags(self) -> Result<Option<Vec<Tag>>, Failure> {
        self.all("Tags", |tag| {
            Ok(Tag::builder()
                .set_key(tag.text("Key"))
                .set_value(tag.text("Value"))
                .build()?)
        })
    }

    pub fn insights(self) -> Option<InsightsConfiguration> {
        self.member("InsightsConfiguration").map(|insights| {
            InsightsConfiguration::builder()
                .set_insights_enabled(insights.flag("InsightsEnabled"))
                .set_notifications_enabled(insights.flag("NotificationsEnabled"))
                .build()
        })
    }

    fn boost(self) -> Result<Option<SamplingRateBoost>, Failure> {
        let Some(boost) = self.member("SamplingRateBoost") else {
            return Ok(None);
        };
        let builder = SamplingRateBoost::builder()
            .set_max_rate(boost.number("MaxRate"))
            .set_cooldown_window_minutes(boost.count("CooldownWindowMinutes"));
        Ok(Some(builder.build()))
    }

    pub fn rule(self) -> Result<SamplingRule, Failure> {
        let mut rule = SamplingRule::builder()
            .set_rule_name(self.text("RuleName"))
            .set_resource_arn(self.text("ResourceARN"))
            .set_priority(self.count("Priority"))
            .set_fixed_rate(self.number("FixedRate"))
            .set_reservoir_size(self.count("ReservoirSize"))
            .set_service_name(self.text("ServiceName"))
            .set_service_type(self.text("ServiceType"))
            .set_host(self.text("Host"))
            .set_http_method(self.text("HTTPMethod"))
            .set_url_path(self.text("URLPath"))
            .set_version(self.count("Version"))
            .set_sampling_rate_boost(self.boost()?);
        let attributes = self
            .member("Attributes")
            .and_then(|attributes| attributes.0.as_object());
        for (key, value) in attributes.into_iter().flatten() {
            rule = rule.attributes(key, value.as_str().unwrap_or_default());
        }
        Ok(rule.build()?)
    }

    pub fn rule_update(self) -> SamplingRuleUpdate {
        SamplingRuleUpdate::builder()
            .set_rule_name(self.text("RuleName"))
            .set_rule_arn(self.text("RuleARN"))
            .set_fixed_rate(self.number("FixedRate"))
            .set_reservoir_size(self.count("ReservoirSize"))
            .build()
    }

    pub fn statistics(self) -> Result<SamplingStatisticsDocument, Failure> {
        Ok(SamplingStatisticsDocument::builder()
            .set_rule_name(self.text("RuleName"))
            .set_client_id(self.text("ClientID"))
            .set_timestamp(self.time("Timestamp"))
            .set_request_count(self.count("RequestCount"))
            .set_sampled_count(self.count("SampledCount"))
            .set_borrow_count(self.count("BorrowCount"))
            .build()?)
    }

    pub fn boost_statistics(self) -> Result<SamplingBoostStatisticsDocument, Failure> {
        Ok(SamplingBoostStatisticsDocument::builder()
            .set_rule_name(self.text("RuleName"))
            .set_service_name(self.text("ServiceName"))
            .set_timestamp(self.time("Timestamp"))
            .set_anomaly_count(self.count("AnomalyCount"))
            .set_total_count(self.count("TotalCount"))
            .set_sampled_anomaly_count(self.count("SampledAnomalyCount"))
            .build()?)
    }

    pub fn telemetry(self) -> Result<TelemetryRecord, Failure> {
        let errors = self.member("BackendConnectionErrors").map(|errors| {
            BackendConnectionErrors::builder()
                .set_http_code4_xx_count(errors.count("HTTPCode4XXCount"))
                .build()
        });
        Ok(TelemetryRecord::builder()
            .set_timestamp(self.time("Timestamp"))
            .set_segments_received_count(self.count("SegmentsReceivedCount"))
            .set_backend_connection_errors(errors)
            .build()?)
    }
}
