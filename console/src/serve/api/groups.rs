//! Groups: named filters.

use axum::{
    body::Bytes,
    extract::{State, rejection::BytesRejection},
};
use serde::Deserialize;
use serde_json::json;
use traces::{
    filter::FilterError,
    groups::{GroupError, GroupReference, Insights},
};

use crate::serve::{
    answer::{Answer, answer},
    error::ApiError,
    paging::no_token,
    request::read,
    state::Console,
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetGroups {
    next_token: Option<String>,
}

/// Lists the groups.
pub(super) async fn get_groups(
    State(console): State<Console>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let request: GetGroups = read(body)?;
    no_token(request.next_token.as_deref())?;
    answer(&json!({ "Groups": console.groups().all() }))
}

/// Returns one group.
pub(super) async fn get_group(
    State(console): State<Console>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let reference: GroupReference = read(body)?;
    answer(&json!({ "Group": console.groups().get(&reference)? }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateGroup {
    group_name: String,
    filter_expression: Option<String>,
    insights_configuration: Option<Insights>,
}

/// Makes a group.
pub(super) async fn create_group(
    State(console): State<Console>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let request: CreateGroup = read(body)?;
    let insights = request.insights_configuration.unwrap_or_default();
    let mut groups = console.groups();
    let group = groups.create(&request.group_name, request.filter_expression, insights)?;
    answer(&json!({ "Group": group }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateGroup {
    #[serde(flatten)]
    reference: GroupReference,
    filter_expression: Option<String>,
    insights_configuration: Option<Insights>,
}

/// Changes a group.
pub(super) async fn update_group(
    State(console): State<Console>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let request: UpdateGroup = read(body)?;
    let mut groups = console.groups();
    let group = groups.update(
        &request.reference,
        request.filter_expression,
        request.insights_configuration,
    )?;
    answer(&json!({ "Group": group }))
}

/// Deletes a group.
pub(super) async fn delete_group(
    State(console): State<Console>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let reference: GroupReference = read(body)?;
    console.groups().delete(&reference)?;
    answer(&json!({}))
}

impl From<GroupError> for ApiError {
    fn from(error: GroupError) -> Self {
        match error {
            GroupError::Invalid(message) => Self::invalid(message),
            GroupError::Filter(error) => error.into(),
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
