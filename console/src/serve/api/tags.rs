//! Tags of groups and sampling rules.

use axum::http::StatusCode;
use serde_json::{Value, json};
use traces::tags::{Tag, TagError, Tags};

use crate::serve::{
    answer::{Answer, answer},
    error::ApiError,
    paging::no_token,
    request::Member,
    state::Console,
};

/// Lists the tags of a group or a rule, all on one page.
pub(super) fn list_tags_for_resource(console: &Console, request: Member) -> Answer {
    let [resource, token] = request.members(["ResourceARN", "NextToken"])?;
    no_token(token)?;
    let mut account = console.account();
    let tags = account.tags(&resource.text()?)?.all();
    let tags = tags.map(|(key, value)| json!({ "Key": key, "Value": value }));
    answer(&json!({ "Tags": tags.collect::<Value>() }))
}

/// Adds tags.
pub(super) fn tag_resource(console: &Console, request: Member) -> Answer {
    let [resource, tags] = request.members(["ResourceARN", "Tags"])?;
    let (resource, tags) = (resource.text()?, read(tags)?);
    let mut account = console.account();
    let added = account.tags(&resource)?.add(tags);
    added.map_err(|error| refused(error, &resource))?;
    answer(&json!({}))
}

/// Removes tags.
pub(super) fn untag_resource(console: &Console, request: Member) -> Answer {
    let [resource, keys] = request.members(["ResourceARN", "TagKeys"])?;
    let (resource, keys) = (resource.text()?, keys.texts()?);
    let mut account = console.account();
    let removed = account.tags(&resource)?.remove(&keys);
    removed.map_err(|error| refused(error, &resource))?;
    answer(&json!({}))
}

/// Reads the tags of a new group or rule. AWS has no `TooManyTagsException` there.
pub(super) fn new(tags: Member) -> Result<Tags, ApiError> {
    Tags::new(read(tags)?).map_err(|error| ApiError::invalid(format!("Tags: {error}")))
}

fn read(tags: Member) -> Result<Vec<Tag>, ApiError> {
    let tag = |tag: Member| {
        let [key, value] = tag.members(["Key", "Value"])?;
        Ok(Tag {
            key: key.text()?,
            value: value.text()?,
        })
    };
    tags.list()?.into_iter().map(tag).collect()
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
