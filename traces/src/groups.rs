//! Groups: named filters, each with its own map.
//!
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-console-groups.html>

use serde::{Deserialize, Serialize};

use crate::{
    arn::{self, arn},
    filter::{Filter, FilterError, NamedFilter},
    tags::{TagError, Tags},
};

/// Most groups besides `Default`.
pub const MAX_GROUPS: usize = 100;
/// The group of all traces.
pub const DEFAULT: &str = "Default";

/// The groups, `Default` first.
#[derive(Debug, Clone)]
pub struct Groups(Vec<Group>);

/// X-Ray's `Group`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Group {
    /// Its name, at most 32 characters.
    #[serde(rename = "GroupName")]
    pub name: String,
    /// Its ARN.
    #[serde(rename = "GroupARN")]
    pub arn: String,
    /// Its filter expression; without one, it contains all traces.
    #[serde(rename = "FilterExpression", skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// X-Ray insights for this group.
    #[serde(rename = "InsightsConfiguration")]
    pub insights: Insights,
    #[serde(skip)]
    filter: Option<Filter>,
    #[serde(skip)]
    tags: Tags,
}

/// X-Ray's `InsightsConfiguration`: kept, but without effect here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Insights {
    /// Whether AWS would detect anomalies.
    pub insights_enabled: bool,
    /// Whether AWS would send notifications about them.
    pub notifications_enabled: bool,
}

/// A group as it is saved.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SavedGroup {
    name: String,
    expression: Option<String>,
    insights: Insights,
    tags: Tags,
}

/// How a request names a group: by one of the two.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct GroupReference {
    /// Its name.
    pub name: Option<String>,
    /// Its ARN.
    pub arn: Option<String>,
}

/// Why a request about groups failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GroupError {
    /// The request is invalid.
    #[error("{0}")]
    Invalid(String),
    /// The filter expression is invalid.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The tags are invalid.
    #[error(transparent)]
    Tags(#[from] TagError),
}

impl Groups {
    /// Returns all groups.
    pub fn all(&self) -> &[Group] {
        &self.0
    }

    /// Returns the groups as they are saved.
    pub(crate) fn saved(&self) -> Vec<SavedGroup> {
        let saved = |group: &Group| SavedGroup {
            name: group.name.clone(),
            expression: group.expression.clone(),
            insights: group.insights,
            tags: group.tags.clone(),
        };
        self.0.iter().map(saved).collect()
    }

    /// Takes the groups that were saved. One whose expression this version does not know is left out.
    pub(crate) fn restore(&mut self, saved: Vec<SavedGroup>) {
        let group = |saved: SavedGroup| {
            Group::new(&saved.name, saved.expression, saved.insights, saved.tags).ok()
        };
        let mut groups: Vec<Group> = saved.into_iter().filter_map(group).collect();
        if groups.first().is_some_and(|group| group.name == DEFAULT) {
            self.0.clear();
        }
        self.0.append(&mut groups);
    }

    /// Returns the groups as filter expressions name them.
    pub fn named_filters(&self) -> Vec<NamedFilter> {
        let named = |group: &Group| NamedFilter {
            name: group.name.clone(),
            arn: group.arn.clone(),
            filter: group.filter.clone(),
        };
        self.0.iter().map(named).collect()
    }

    /// Returns the group that a reference names.
    pub fn get(&self, reference: &GroupReference) -> Result<&Group, GroupError> {
        self.position(reference).map(|position| &self.0[position])
    }

    /// Returns the filter of the group that a reference names; none if it names no group.
    pub fn filter(&self, reference: &GroupReference) -> Result<Option<Filter>, GroupError> {
        if reference.name.is_none() && reference.arn.is_none() {
            return Ok(None);
        }
        self.get(reference).map(|group| group.filter.clone())
    }

    /// Returns the tags of the group with this ARN.
    pub(crate) fn tags(&mut self, arn: &str) -> Option<&mut Tags> {
        let group = self.0.iter_mut().find(|group| group.arn == arn);
        group.map(|group| &mut group.tags)
    }

    /// Makes a group.
    pub fn create(
        &mut self,
        name: &str,
        expression: Option<String>,
        insights: Insights,
        tags: Tags,
    ) -> Result<&Group, GroupError> {
        let length = name.chars().count();
        if length == 0 || length > 32 {
            return invalid(format!(
                "GroupName has {length} characters; it must have 1 to 32"
            ));
        }
        if self.0.iter().any(|group| group.name == name) {
            return invalid(arn::taken("GroupName", "group", name));
        }
        if self.0.len() > MAX_GROUPS {
            return invalid(format!(
                "there are {MAX_GROUPS} groups already; delete one first"
            ));
        }
        self.0.push(Group::new(name, expression, insights, tags)?);
        Ok(&self.0[self.0.len() - 1])
    }

    /// Changes the given members of a group.
    pub fn update(
        &mut self,
        reference: &GroupReference,
        expression: Option<String>,
        insights: Option<Insights>,
    ) -> Result<&Group, GroupError> {
        let position = self.position(reference)?;
        let group = &self.0[position];
        if group.name == DEFAULT
            && expression
                .as_ref()
                .is_some_and(|expression| !expression.is_empty())
        {
            return invalid(
                "FilterExpression must be empty: the Default group contains all traces; create another group"
                    .to_owned(),
            );
        }
        let expression = expression.or_else(|| group.expression.clone());
        let insights = insights.unwrap_or(group.insights);
        self.0[position] = Group::new(&group.name, expression, insights, group.tags.clone())?;
        Ok(&self.0[position])
    }

    /// Deletes a group.
    pub fn delete(&mut self, reference: &GroupReference) -> Result<(), GroupError> {
        let position = self.position(reference)?;
        if self.0[position].name == DEFAULT {
            return invalid("GroupName is Default; the Default group cannot be deleted".to_owned());
        }
        self.0.remove(position);
        Ok(())
    }

    fn position(&self, reference: &GroupReference) -> Result<usize, GroupError> {
        let place = |is_meant: &dyn Fn(&Group) -> bool| self.0.iter().position(is_meant);
        let GroupReference { name, arn } = reference;
        let by_name = name.as_ref().map(|name| {
            place(&|group| group.name == *name)
                .ok_or_else(|| GroupError::Invalid(arn::no_such("GroupName", "group", name)))
        });
        let by_arn = arn.as_ref().map(|arn| {
            place(&|group| group.arn == *arn)
                .ok_or_else(|| GroupError::Invalid(arn::unknown("GroupARN", arn)))
        });
        match (by_name.transpose()?, by_arn.transpose()?) {
            (None, None) => invalid("GroupName or GroupARN is missing".to_owned()),
            (Some(place), Some(other)) if place != other => {
                invalid("GroupName and GroupARN are those of two groups".to_owned())
            }
            (Some(place), _) | (None, Some(place)) => Ok(place),
        }
    }
}

impl Default for Groups {
    fn default() -> Self {
        Self(vec![Group {
            name: DEFAULT.to_owned(),
            arn: arn("group", DEFAULT),
            expression: None,
            insights: Insights::default(),
            filter: None,
            tags: Tags::default(),
        }])
    }
}

impl Group {
    fn new(
        name: &str,
        expression: Option<String>,
        insights: Insights,
        tags: Tags,
    ) -> Result<Self, GroupError> {
        if insights.notifications_enabled && !insights.insights_enabled {
            return invalid(
                "InsightsConfiguration.NotificationsEnabled is true; that needs InsightsEnabled"
                    .to_owned(),
            );
        }
        let expression = expression.filter(|expression| !expression.trim().is_empty());
        Ok(Self {
            name: name.to_owned(),
            arn: arn("group", name),
            filter: expression.as_deref().map(Filter::parse).transpose()?,
            expression,
            insights,
            tags,
        })
    }
}

fn invalid<T>(message: String) -> Result<T, GroupError> {
    Err(GroupError::Invalid(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> GroupReference {
        GroupReference {
            name: Some(name.to_owned()),
            arn: None,
        }
    }

    #[test]
    fn a_group_is_made_changed_found_and_deleted() {
        let mut groups = Groups::default();
        let group = groups
            .create(
                "slow",
                Some("responsetime > 1".to_owned()),
                Insights::default(),
                Tags::default(),
            )
            .unwrap();
        let arn = group.arn.clone();
        groups
            .update(&named("slow"), Some("responsetime > 2".to_owned()), None)
            .unwrap();
        let by_arn = GroupReference {
            name: None,
            arn: Some(arn),
        };
        assert_eq!(
            groups.get(&by_arn).unwrap().expression.as_deref(),
            Some("responsetime > 2")
        );
        assert!(groups.filter(&by_arn).unwrap().is_some());
        assert_eq!(groups.filter(&named("Default")), Ok(None));
        groups.delete(&by_arn).unwrap();
        assert_eq!(groups.all().len(), 1);
    }

    #[test]
    fn what_cannot_be_is_refused_and_named() {
        let mut groups = Groups::default();
        groups
            .create("slow", None, Insights::default(), Tags::default())
            .unwrap();
        assert!(
            groups
                .create("slow", None, Insights::default(), Tags::default())
                .is_err()
        );
        assert!(
            groups
                .create(&"g".repeat(33), None, Insights::default(), Tags::default())
                .is_err()
        );
        assert!(groups.delete(&named("Default")).is_err());
        assert!(
            groups
                .get(&named("fast"))
                .unwrap_err()
                .to_string()
                .contains("fast")
        );
        assert!(groups.get(&GroupReference::default()).is_err());
        let error = groups
            .create(
                "bad",
                Some("responsetime >".to_owned()),
                Insights::default(),
                Tags::default(),
            )
            .unwrap_err();
        assert!(
            matches!(error, GroupError::Filter(FilterError { position: 14, .. })),
            "{error:?}"
        );
    }
}
