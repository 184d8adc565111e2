//! Groups: named filters.

use serde::Deserialize;
use serde_json::json;
use traces::{
    filter::FilterError,
    groups::{GroupError, GroupReference, Insights},
    tags::Tag,
};

use super::{parameters::OnlyToken, tags};
use crate::serve::{
    answer::{Answer, answer},
    error::ApiError,
    paging::no_token,
    state::Console,
};

/// Lists the groups.
pub(super) fn get_groups(console: &Console, request: &OnlyToken) -> Answer {
    no_token(request.next_token.as_deref())?;
    answer(&json!({ "Groups": console.account().groups.all() }))
}

/// Returns one group.
pub(super) fn get_group(console: &Console, reference: &GroupReference) -> Answer {
    answer(&json!({ "Group": console.account().groups.get(reference)? }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct CreateGroup {
    group_name: String,
    filter_expression: Option<String>,
    insights_configuration: Option<Insights>,
    tags: Option<Vec<Tag>>,
}

/// Makes a group.
pub(super) fn create_group(console: &Console, request: CreateGroup) -> Answer {
    let insights = request.insights_configuration.unwrap_or_default();
    let tags = tags::new(request.tags)?;
    let groups = &mut console.account().groups;
    let group = groups.create(
        &request.group_name,
        request.filter_expression,
        insights,
        tags,
    )?;
    answer(&json!({ "Group": group }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct UpdateGroup {
    group_name: Option<String>,
    #[serde(rename = "GroupARN")]
    group_arn: Option<String>,
    filter_expression: Option<String>,
    insights_configuration: Option<Insights>,
}

/// Changes a group.
pub(super) fn update_group(console: &Console, request: UpdateGroup) -> Answer {
    let reference = GroupReference {
        name: request.group_name,
        arn: request.group_arn,
    };
    let groups = &mut console.account().groups;
    let group = groups.update(
        &reference,
        request.filter_expression,
        request.insights_configuration,
    )?;
    answer(&json!({ "Group": group }))
}

/// Deletes a group.
pub(super) fn delete_group(console: &Console, reference: &GroupReference) -> Answer {
    console.account().groups.delete(reference)?;
    answer(&json!({}))
}

impl From<GroupError> for ApiError {
    fn from(error: GroupError) -> Self {
        match error {
            GroupError::Invalid(message) => Self::invalid(message),
            GroupError::Filter(error) => Self::from(error).within("FilterExpression"),
            GroupError::Tags(error) => Self::invalid(error.to_string()),
        }
    }
}

impl From<FilterError> for ApiError {
    fn from(error: FilterError) -> Self {
        Self::invalid(error.to_string())
            .with("Position", error.position.into())
            .with("Expected", error.expected.into())
    }
}
