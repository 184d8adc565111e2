//! Groups: named filters.

use serde_json::json;
use traces::{
    filter::FilterError,
    groups::{GroupError, GroupReference},
};

use super::{
    parameters::{group, only_page},
    tags,
};
use crate::serve::{
    answer::{Answer, answer},
    error::ApiError,
    request::Member,
    state::Console,
};

/// Lists the groups.
pub(super) fn get_groups(console: &Console, request: Member) -> Answer {
    only_page(request)?;
    answer(&json!({ "Groups": console.account().groups.all() }))
}

/// Returns one group.
pub(super) fn get_group(console: &Console, request: Member) -> Answer {
    let reference = only_group(request)?;
    answer(&json!({ "Group": console.account().groups.get(&reference)? }))
}

/// Makes a group.
pub(super) fn create_group(console: &Console, request: Member) -> Answer {
    let [name, expression, insights, tags] = request.members([
        "GroupName",
        "FilterExpression",
        "InsightsConfiguration",
        "Tags",
    ])?;
    let (name, expression) = (name.text()?, expression.text_if_given()?);
    let insights = insights.given().map(Member::parsed).transpose()?;
    let tags = tags::new(tags)?;
    let groups = &mut console.account().groups;
    let group = groups.create(&name, expression, insights.unwrap_or_default(), tags)?;
    answer(&json!({ "Group": group }))
}

/// Changes a group.
pub(super) fn update_group(console: &Console, request: Member) -> Answer {
    let [name, arn, expression, insights] = request.members([
        "GroupName",
        "GroupARN",
        "FilterExpression",
        "InsightsConfiguration",
    ])?;
    let reference = group(name, arn)?;
    let expression = expression.text_if_given()?;
    let insights = insights.given().map(Member::parsed).transpose()?;
    let groups = &mut console.account().groups;
    let group = groups.update(&reference, expression, insights)?;
    answer(&json!({ "Group": group }))
}

/// Deletes a group.
pub(super) fn delete_group(console: &Console, request: Member) -> Answer {
    let reference = only_group(request)?;
    console.account().groups.delete(&reference)?;
    answer(&json!({}))
}

fn only_group(request: Member) -> Result<GroupReference, ApiError> {
    let [name, arn] = request.members(["GroupName", "GroupARN"])?;
    group(name, arn)
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
