//! Every operation: what it is asked with, and what of its answer is written.

use aws_sdk_xray::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::RequestId,
    primitives::DateTime,
    types::{
        CloudWatchLogsConfiguration, EncryptionConfig, Group, IndexingRule, IndexingRuleValue,
        IndexingRuleValueUpdate, ProbabilisticRuleValueUpdate, ResourcePolicy, SamplingRuleRecord,
        SamplingStrategy, Service, Tag,
    },
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use serde_json::{Value, json};

use crate::{Failure, input::Input};

/// What was refused, and how.
pub struct Refusal {
    pub request_id: Option<String>,
    pub code: Option<String>,
    pub message: Option<String>,
    pub status: u16,
}

/// The request id, and what the answer has.
type Answered = (Option<String>, Value);

/// Waits for an answer and writes it.
async fn answered<T: RequestId, E>(
    answer: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    write: impl FnOnce(&T) -> Value,
) -> Result<Result<Answered, Refusal>, Failure>
where
    E: ProvideErrorMetadata + RequestId + std::error::Error + Send + Sync + 'static,
{
    match answer.await {
        Ok(output) => Ok(Ok((
            output.request_id().map(str::to_owned),
            without_nulls(write(&output)),
        ))),
        Err(error) => match error
            .raw_response()
            .map(|response| response.status().as_u16())
        {
            Some(status) => Ok(Err(Refusal {
                request_id: error.request_id().map(str::to_owned),
                code: error.code().map(str::to_owned),
                message: error.message().map(str::to_owned),
                status,
            })),
            None => Err(error.into()),
        },
    }
}

/// Leaves out what is absent.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let there = members.into_iter().filter(|(_, value)| !value.is_null());
            there
                .map(|(name, value)| (name, without_nulls(value)))
                .collect()
        }
        Value::Array(values) => values.into_iter().map(without_nulls).collect(),
        value => value,
    }
}

/// Makes a call.
pub async fn make(
    client: &Client,
    operation: &str,
    input: &Value,
) -> Result<Result<Answered, Refusal>, Failure> {
    let i = Input(input);
    let nothing = || json!({});
    match operation {
        "PutTraceSegments" => {
            let call = client.put_trace_segments().set_trace_segment_documents(i.texts("TraceSegmentDocuments"));
            answered(call.send(), |o| {
                let refused = o.unprocessed_trace_segments().iter();
                json!({ "UnprocessedTraceSegments": refused.map(|one| json!({ "ErrorCode": one.error_code(), "Message": one.message() })).collect::<Value>() })
            })
            .await
        }
        "PutTelemetryRecords" => {
            let call = client.put_telemetry_records().set_telemetry_records(i.all("TelemetryRecords", Input::telemetry)?).set_hostname(i.text("Hostname"));
            answered(call.send(), |_| nothing()).await
        }
        "GetTraceSummaries" => {
            let strategy = i.member("SamplingStrategy").map(|one| {
                SamplingStrategy::builder().set_name(one.text("Name").map(|name| name.as_str().into())).set_value(one.number("Value")).build()
            });
            let call = client
                .get_trace_summaries()
                .set_start_time(i.time("StartTime"))
                .set_end_time(i.time("EndTime"))
                .set_time_range_type(i.text("TimeRangeType").map(|kind| kind.as_str().into()))
                .set_sampling(i.flag("Sampling"))
                .set_sampling_strategy(strategy)
                .set_filter_expression(i.text("FilterExpression"));
            answered(call.send(), |o| {
                let summary = |one: &aws_sdk_xray::types::TraceSummary| {
                    json!({ "Id": one.id(), "Duration": one.duration(), "HasFault": one.has_fault(), "StartTime": one.start_time().map(DateTime::as_secs_f64),
                        "Http": { "HttpStatus": one.http().and_then(|http| http.http_status()) },
                        "FaultRootCauses": one.fault_root_causes().iter().map(|cause| json!({ "Services": cause.services().iter().map(|service| {
                            json!({ "Name": service.name(), "EntityPath": service.entity_path().iter().map(|entity| {
                                json!({ "Name": entity.name(), "Exceptions": entity.exceptions().iter().map(|one| json!({ "Name": one.name(), "Message": one.message() })).collect::<Value>() })
                            }).collect::<Value>() })
                        }).collect::<Value>() })).collect::<Value>() })
                };
                json!({ "TraceSummaries": o.trace_summaries().iter().map(summary).collect::<Value>(), "TracesProcessedCount": o.traces_processed_count() })
            })
            .await
        }
        "BatchGetTraces" => {
            let call = client.batch_get_traces().set_trace_ids(i.texts("TraceIds")).set_next_token(i.text("NextToken"));
            answered(call.send(), |o| {
                let trace = |one: &aws_sdk_xray::types::Trace| {
                    let segments = one.segments().iter().map(|segment| json!({ "Id": segment.id(), "Document": segment.document() }));
                    json!({ "Id": one.id(), "Duration": one.duration(), "Segments": segments.collect::<Value>() })
                };
                json!({ "Traces": o.traces().iter().map(trace).collect::<Value>(), "UnprocessedTraceIds": o.unprocessed_trace_ids() })
            })
            .await
        }
        "GetServiceGraph" => {
            let call = client.get_service_graph().set_start_time(i.time("StartTime")).set_end_time(i.time("EndTime"));
            answered(call.send(), |o| json!({ "Services": services(o.services()) })).await
        }
        "GetTraceGraph" => {
            let call = client.get_trace_graph().set_trace_ids(i.texts("TraceIds"));
            answered(call.send(), |o| json!({ "Services": services(o.services()) })).await
        }
        "GetTimeSeriesServiceStatistics" => {
            let call = client
                .get_time_series_service_statistics()
                .set_start_time(i.time("StartTime"))
                .set_end_time(i.time("EndTime"))
                .set_entity_selector_expression(i.text("EntitySelectorExpression"))
                .set_period(i.count("Period"))
                .set_forecast_statistics(i.flag("ForecastStatistics"));
            answered(call.send(), |o| {
                let row = |one: &aws_sdk_xray::types::TimeSeriesServiceStatistics| {
                    let total = one.service_summary_statistics().and_then(|statistics| statistics.total_count());
                    json!({ "Timestamp": one.timestamp().map(DateTime::as_secs_f64), "ServiceSummaryStatistics": { "TotalCount": total } })
                };
                json!({ "TimeSeriesServiceStatistics": o.time_series_service_statistics().iter().map(row).collect::<Value>() })
            })
            .await
        }
        "CreateGroup" => {
            let call = client
                .create_group()
                .set_group_name(i.text("GroupName"))
                .set_filter_expression(i.text("FilterExpression"))
                .set_insights_configuration(i.insights())
                .set_tags(i.tags()?);
            answered(call.send(), |o| json!({ "Group": o.group().map(group) })).await
        }
        "UpdateGroup" => {
            let call = client.update_group().set_group_name(i.text("GroupName")).set_group_arn(i.text("GroupARN")).set_filter_expression(i.text("FilterExpression"));
            answered(call.send(), |o| json!({ "Group": o.group().map(group) })).await
        }
        "GetGroup" => {
            let call = client.get_group().set_group_name(i.text("GroupName"));
            answered(call.send(), |o| json!({ "Group": o.group().map(group) })).await
        }
        "GetGroups" => answered(client.get_groups().send(), |o| {
            let one = |one: &aws_sdk_xray::types::GroupSummary| json!({ "GroupName": one.group_name(), "GroupARN": one.group_arn() });
            json!({ "Groups": o.groups().iter().map(one).collect::<Value>() })
        })
        .await,
        "DeleteGroup" => answered(client.delete_group().set_group_name(i.text("GroupName")).send(), |_| nothing()).await,
        "ListTagsForResource" => {
            let call = client.list_tags_for_resource().set_resource_arn(i.text("ResourceARN"));
            answered(call.send(), |o| {
                let tag = |tag: &Tag| json!({ "Key": tag.key(), "Value": tag.value() });
                json!({ "Tags": o.tags().iter().map(tag).collect::<Value>() })
            })
            .await
        }
        "TagResource" => {
            let call = client.tag_resource().set_resource_arn(i.text("ResourceARN")).set_tags(i.tags()?);
            answered(call.send(), |_| nothing()).await
        }
        "UntagResource" => {
            let call = client.untag_resource().set_resource_arn(i.text("ResourceARN")).set_tag_keys(i.texts("TagKeys"));
            answered(call.send(), |_| nothing()).await
        }
        "CreateSamplingRule" => {
            let rule = i.member("SamplingRule").map(Input::rule).transpose()?;
            let call = client.create_sampling_rule().set_sampling_rule(rule).set_tags(i.tags()?);
            answered(call.send(), |o| json!({ "SamplingRuleRecord": o.sampling_rule_record().map(record) })).await
        }
        "UpdateSamplingRule" => {
            let call = client.update_sampling_rule().set_sampling_rule_update(i.member("SamplingRuleUpdate").map(Input::rule_update));
            answered(call.send(), |o| json!({ "SamplingRuleRecord": o.sampling_rule_record().map(record) })).await
        }
        "DeleteSamplingRule" => {
            let call = client.delete_sampling_rule().set_rule_name(i.text("RuleName"));
            answered(call.send(), |o| json!({ "SamplingRuleRecord": o.sampling_rule_record().map(record) })).await
        }
        "GetSamplingRules" => answered(client.get_sampling_rules().send(), |o| {
            json!({ "SamplingRuleRecords": o.sampling_rule_records().iter().map(record).collect::<Value>() })
        })
        .await,
        "GetSamplingTargets" => {
            let call = client
                .get_sampling_targets()
                .set_sampling_statistics_documents(i.all("SamplingStatisticsDocuments", Input::statistics)?)
                .set_sampling_boost_statistics_documents(i.all("SamplingBoostStatisticsDocuments", Input::boost_statistics)?);
            answered(call.send(), |o| {
                let target = |one: &aws_sdk_xray::types::SamplingTargetDocument| {
                    json!({ "RuleName": one.rule_name(), "FixedRate": one.fixed_rate(), "ReservoirQuota": one.reservoir_quota(), "Interval": one.interval(),
                        "SamplingBoost": one.sampling_boost().map(|boost| json!({ "BoostRate": boost.boost_rate() })) })
                };
                let unprocessed = |one: &aws_sdk_xray::types::UnprocessedStatistics| {
                    json!({ "RuleName": one.rule_name(), "ErrorCode": one.error_code(), "Message": one.message() })
                };
                json!({
                    "SamplingTargetDocuments": o.sampling_target_documents().iter().map(target).collect::<Value>(),
                    "UnprocessedStatistics": o.unprocessed_statistics().iter().map(unprocessed).collect::<Value>(),
                    "UnprocessedBoostStatistics": o.unprocessed_boost_statistics().iter().map(unprocessed).collect::<Value>(),
                })
            })
            .await
        }
        "GetSamplingStatisticSummaries" => answered(client.get_sampling_statistic_summaries().send(), |o| {
            let one = |one: &aws_sdk_xray::types::SamplingStatisticSummary| {
                json!({ "RuleName": one.rule_name(), "RequestCount": one.request_count(), "SampledCount": one.sampled_count(), "BorrowCount": one.borrow_count() })
            };
            json!({ "SamplingStatisticSummaries": o.sampling_statistic_summaries().iter().map(one).collect::<Value>() })
        })
        .await,
        "GetEncryptionConfig" => answered(client.get_encryption_config().send(), |o| json!({ "EncryptionConfig": o.encryption_config().map(encryption) })).await,
        "PutEncryptionConfig" => {
            let call = client.put_encryption_config().set_type(i.text("Type").map(|kind| kind.as_str().into())).set_key_id(i.text("KeyId"));
            answered(call.send(), |o| json!({ "EncryptionConfig": o.encryption_config().map(encryption) })).await
        }
        "GetTraceSegmentDestination" => answered(client.get_trace_segment_destination().send(), |o| {
            json!({ "Destination": o.destination().map(|one| one.as_str()), "Status": o.status().map(|one| one.as_str()) })
        })
        .await,
        "UpdateTraceSegmentDestination" => {
            let logs = i.member("CloudWatchLogsConfiguration").map(|logs| {
                CloudWatchLogsConfiguration::builder().set_spans_log_group_kms_key_id(logs.text("SpansLogGroupKmsKeyId")).build()
            });
            let call = client
                .update_trace_segment_destination()
                .set_destination(i.text("Destination").map(|one| one.as_str().into()))
                .set_cloud_watch_logs_configuration(logs);
            answered(call.send(), |o| json!({ "Destination": o.destination().map(|one| one.as_str()), "Status": o.status().map(|one| one.as_str()) })).await
        }
        "GetIndexingRules" => answered(client.get_indexing_rules().send(), |o| {
            json!({ "IndexingRules": o.indexing_rules().iter().map(indexing).collect::<Value>() })
        })
        .await,
        "UpdateIndexingRule" => {
            let wanted = i.member("Rule").and_then(|rule| rule.member("Probabilistic"));
            let rule = ProbabilisticRuleValueUpdate::builder().set_desired_sampling_percentage(wanted.and_then(|one| one.number("DesiredSamplingPercentage")));
            let call = client.update_indexing_rule().set_name(i.text("Name")).rule(IndexingRuleValueUpdate::Probabilistic(rule.build()?));
            answered(call.send(), |o| json!({ "IndexingRule": o.indexing_rule().map(indexing) })).await
        }
        "ListResourcePolicies" => answered(client.list_resource_policies().send(), |o| {
            json!({ "ResourcePolicies": o.resource_policies().iter().map(policy).collect::<Value>() })
        })
        .await,
        "PutResourcePolicy" => {
            let call = client
                .put_resource_policy()
                .set_policy_name(i.text("PolicyName"))
                .set_policy_document(i.text("PolicyDocument"))
                .set_policy_revision_id(i.text("PolicyRevisionId"));
            answered(call.send(), |o| json!({ "ResourcePolicy": o.resource_policy().map(policy) })).await
        }
        "DeleteResourcePolicy" => {
            let call = client.delete_resource_policy().set_policy_name(i.text("PolicyName")).set_policy_revision_id(i.text("PolicyRevisionId"));
            answered(call.send(), |_| nothing()).await
        }
        "StartTraceRetrieval" => {
            let call = client.start_trace_retrieval().set_trace_ids(i.texts("TraceIds")).set_start_time(i.time("StartTime")).set_end_time(i.time("EndTime"));
            answered(call.send(), |o| json!({ "RetrievalToken": o.retrieval_token() })).await
        }
        "ListRetrievedTraces" => {
            let call = client
                .list_retrieved_traces()
                .set_retrieval_token(i.text("RetrievalToken"))
                .set_trace_format(i.text("TraceFormat").map(|format| format.as_str().into()));
            answered(call.send(), |o| {
                let trace = |one: &aws_sdk_xray::types::RetrievedTrace| {
                    let spans = one.spans().iter().map(|span| json!({ "Id": span.id(), "Document": span.document() }));
                    json!({ "Id": one.id(), "Duration": one.duration(), "Spans": spans.collect::<Value>() })
                };
                json!({ "RetrievalStatus": o.retrieval_status().map(|one| one.as_str()), "TraceFormat": o.trace_format().map(|one| one.as_str()),
                    "Traces": o.traces().iter().map(trace).collect::<Value>() })
            })
            .await
        }
        "GetRetrievedTracesGraph" => {
            let call = client.get_retrieved_traces_graph().set_retrieval_token(i.text("RetrievalToken"));
            answered(call.send(), |o| {
                let one = |one: &aws_sdk_xray::types::RetrievedService| json!({ "Service": one.service().map(service) });
                json!({ "RetrievalStatus": o.retrieval_status().map(|one| one.as_str()), "Services": o.services().iter().map(one).collect::<Value>() })
            })
            .await
        }
        "CancelTraceRetrieval" => answered(client.cancel_trace_retrieval().set_retrieval_token(i.text("RetrievalToken")).send(), |_| nothing()).await,
        "GetInsightSummaries" => {
            let call = client.get_insight_summaries().set_start_time(i.time("StartTime")).set_end_time(i.time("EndTime"));
            answered(call.send(), |o| json!({ "InsightSummaries": vec![nothing(); o.insight_summaries().len()] })).await
        }
        "GetInsight" => answered(client.get_insight().set_insight_id(i.text("InsightId")).send(), |_| nothing()).await,
        "GetInsightEvents" => answered(client.get_insight_events().set_insight_id(i.text("InsightId")).send(), |_| nothing()).await,
        "GetInsightImpactGraph" => {
            let call = client.get_insight_impact_graph().set_insight_id(i.text("InsightId")).set_start_time(i.time("StartTime")).set_end_time(i.time("EndTime"));
            answered(call.send(), |_| nothing()).await
        }
        other => Err(format!("the SDK has no {other}").into()),
    }
}

fn services(services: &[Service]) -> Value {
    services.iter().map(service).collect()
}

fn service(one: &Service) -> Value {
    let edges = one.edges().iter().map(|edge| {
        let total = edge
            .summary_statistics()
            .and_then(|statistics| statistics.total_count());
        json!({ "ReferenceId": edge.reference_id(), "SummaryStatistics": { "TotalCount": total } })
    });
    let total = one
        .summary_statistics()
        .and_then(|statistics| statistics.total_count());
    json!({ "ReferenceId": one.reference_id(), "Name": one.name(), "Type": one.r#type(), "StartTime": one.start_time().map(DateTime::as_secs_f64),
        "Edges": edges.collect::<Value>(), "SummaryStatistics": { "TotalCount": total } })
}

fn group(one: &Group) -> Value {
    let insights = one
        .insights_configuration()
        .map(|insights| json!({ "InsightsEnabled": insights.insights_enabled() }));
    json!({ "GroupName": one.group_name(), "GroupARN": one.group_arn(), "FilterExpression": one.filter_expression(), "InsightsConfiguration": insights })
}

fn record(one: &SamplingRuleRecord) -> Value {
    let rule = one.sampling_rule().map(|rule| {
        json!({ "RuleName": rule.rule_name(), "RuleARN": rule.rule_arn(), "FixedRate": rule.fixed_rate(), "ReservoirSize": rule.reservoir_size(),
            "Priority": rule.priority(), "Attributes": rule.attributes(),
            "SamplingRateBoost": rule.sampling_rate_boost().map(|boost| json!({ "MaxRate": boost.max_rate() })) })
    });
    json!({ "SamplingRule": rule })
}

fn encryption(one: &EncryptionConfig) -> Value {
    json!({ "KeyId": one.key_id(), "Type": one.r#type().map(|one| one.as_str()), "Status": one.status().map(|one| one.as_str()) })
}

fn indexing(one: &IndexingRule) -> Value {
    let rule = match one.rule() {
        Some(IndexingRuleValue::Probabilistic(rule)) => {
            json!({ "Probabilistic": { "DesiredSamplingPercentage": rule.desired_sampling_percentage(),
            "ActualSamplingPercentage": rule.actual_sampling_percentage() } })
        }
        _ => Value::Null,
    };
    json!({ "Name": one.name(), "Rule": rule })
}

fn policy(one: &ResourcePolicy) -> Value {
    json!({ "PolicyName": one.policy_name(), "PolicyDocument": one.policy_document(), "PolicyRevisionId": one.policy_revision_id() })
}
