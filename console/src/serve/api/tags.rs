//! Tags of groups and sampling rules.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use traces::tags::{Tag, TagError, Tags};

use crate::serve::{
    answer::{Answer, answer},
    error::ApiError,
    paging::no_token,
    state::Console,
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ListTagsForResource {
    #[serde(rename = "ResourceARN")]
    resource_arn: String,
    next_token: Option<String>,
}

/// Lists the tags of a group or a rule, all on one page.
pub(super) fn list_tags_for_resource(console: &Console, request: &ListTagsForResource) -> Answer {
    no_token(request.next_token.as_deref())?;
    let mut account = console.account();
    answer(&json!({ "Tags": account.tags(&request.resource_arn)?.all() }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct TagResource {
    #[serde(rename = "ResourceARN")]
    resource_arn: String,
    tags: Vec<Tag>,
}

/// Adds tags.
pub(super) fn tag_resource(console: &Console, request: TagResource) -> Answer {
    let mut account = console.account();
    let tags = account.tags(&request.resource_arn)?;
    tags.add(request.tags)
        .map_err(|error| refused(error, &request.resource_arn))?;
    answer(&json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct UntagResource {
    #[serde(rename = "ResourceARN")]
    resource_arn: String,
    tag_keys: Vec<String>,
}

/// Removes tags.
pub(super) fn untag_resource(console: &Console, request: &UntagResource) -> Answer {
    let mut account = console.account();
    let tags = account.tags(&request.resource_arn)?;
    tags.remove(&request.tag_keys)
        .map_err(|error| refused(error, &request.resource_arn))?;
    answer(&json!({}))
}

/// Reads the tags of a new group or rule. AWS has no `TooManyTagsException` there.
pub(super) fn new(tags: Option<Vec<Tag>>) -> Result<Tags, ApiError> {
    Tags::new(tags.unwrap_or_default()).map_err(|error| ApiError::invalid(format!("Tags: {error}")))
}

fn refused(error: TagError, resource: &str) -> ApiError {
    match error {
        TagError::Invalid(message) => ApiError::invalid(format!("Tags: {message}")),
        TagError::TooMany(_) => ApiError::new(
            StatusCode::BAD_REQUEST,
            "TooManyTagsException",
            error.to_string(),
        )
        .with("ResourceName", resource.into()),
    }
}
