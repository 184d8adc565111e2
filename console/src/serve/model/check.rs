//! Checks a value against its shape.

use std::fmt;

use segment::names::cut_str;
use serde::Deserialize as _;
use serde_json::{Map, Value};

use super::{MemberShape, Shape, pattern};
use crate::serve::timestamp::Timestamp;

/// Most bytes of a value that an error shows.
const SHOWN: usize = 64;

/// An invalid member of a request, and what it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::serve) struct Violation {
    /// From the outermost member on, for example `SamplingRule.Attributes.tier`; empty for the whole request.
    path: String,
    /// The rest of the sentence after the path.
    message: String,
}

impl Violation {
    fn new(message: impl Into<String>) -> Self {
        Self {
            path: String::new(),
            message: message.into(),
        }
    }

    /// Says what a value must be.
    pub(in crate::serve) fn of(value: &Value, wanted: &str) -> Self {
        let shown = value.to_string();
        let shown = cut_str(&shown, SHOWN);
        Self::new(format!("is {shown}; it must be {wanted}"))
    }

    /// Says in which member it is.
    pub(in crate::serve) fn within(mut self, member: &str) -> Self {
        let separator = if self.path.is_empty() || self.path.starts_with('[') {
            ""
        } else {
            "."
        };
        self.path = format!("{member}{separator}{}", self.path);
        self
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() {
            "the body"
        } else {
            cut_str(&self.path, 4 * SHOWN)
        };
        write!(formatter, "{path} {}", self.message)
    }
}

type Checked = Result<(), Violation>;

impl Shape {
    /// Checks a value; removes members of objects that are null or unknown.
    pub(in crate::serve) fn check(&self, value: &mut Value) -> Checked {
        self.check_but(value, &|_| false)
    }

    /// Checks a value; for members that `is_spared` selects, only that they are lists of the right length.
    pub(super) fn check_but(&self, value: &mut Value, is_spared: &dyn Fn(&str) -> bool) -> Checked {
        match self {
            Self::Text { min, max, pattern } => text(value, *min, *max, *pattern),
            Self::Enum(values) => one_of(value, values),
            Self::Integer { min, max } => integer(value, *min, *max),
            Self::Double { min, max } => double(value, *min, *max),
            Self::Boolean if value.is_boolean() => Ok(()),
            Self::Boolean => wrong(value, "true or false"),
            Self::Timestamp => Timestamp::deserialize(&*value)
                .map(|_| ())
                .or_else(|_| wrong(value, "a time: seconds since 1970, or 2026-11-22T19:43:50Z")),
            Self::List { member, max } => list(value, member, *max),
            Self::Map {
                key,
                value: inner,
                max,
            } => map(value, key, inner, *max),
            Self::Structure(members) => structure(value, members, is_spared).map(|_| ()),
            Self::Union(members) => {
                if structure(value, members, is_spared)?.len() == 1 {
                    return Ok(());
                }
                let names: Vec<_> = members.iter().map(|member| member.name).collect();
                wrong(value, &format!("an object with {}", names.join(" or ")))
            }
        }
    }

    fn length(value: &Value, max: usize) -> Checked {
        match value.as_array() {
            Some(values) if values.len() > max => Err(Violation::new(format!(
                "has {} members; at most {max} are allowed",
                values.len()
            ))),
            Some(_) => Ok(()),
            None => wrong(value, "a list"),
        }
    }
}

fn text(value: &Value, min: usize, max: usize, wanted: Option<&str>) -> Checked {
    let Value::String(text) = value else {
        return wrong(value, "a text");
    };
    // A string with few enough bytes has few enough characters.
    let length = if text.len() <= max && text.len() > min {
        min.max(1)
    } else {
        text.chars().count()
    };
    if length < min || length > max {
        let wanted = match (min, max) {
            (0, max) => format!("at most {max}"),
            (min, usize::MAX) => format!("at least {min}"),
            (min, max) if min == max => max.to_string(),
            (min, max) => format!("{min} to {max}"),
        };
        return Err(Violation::new(format!(
            "has {length} characters; it must have {wanted}"
        )));
    }
    match wanted.filter(|wanted| !pattern::fits(wanted, text)) {
        Some(wanted) => wrong(value, &format!("written like {wanted}")),
        None => Ok(()),
    }
}

fn one_of(value: &Value, values: &[&str]) -> Checked {
    if value.as_str().is_some_and(|text| values.contains(&text)) {
        return Ok(());
    }
    wrong(value, &values.join(" or "))
}

fn integer(value: &Value, min: i64, max: i64) -> Checked {
    match value.as_i64() {
        Some(number) if (min..=max).contains(&number) => Ok(()),
        Some(number) if max >= i64::from(i32::MAX) && number < min => {
            wrong(value, &format!("at least {min}"))
        }
        Some(_) => wrong(value, &format!("{min} to {max}")),
        None => wrong(value, "a whole number"),
    }
}

fn double(value: &Value, min: f64, max: f64) -> Checked {
    match value.as_f64() {
        Some(number) if (min..=max).contains(&number) => Ok(()),
        Some(_) => wrong(value, &format!("{min} to {max}")),
        None => wrong(value, "a number"),
    }
}

fn list(value: &mut Value, member: &Shape, max: usize) -> Checked {
    Shape::length(value, max)?;
    let values = value.as_array_mut().into_iter().flatten();
    for (index, value) in values.enumerate() {
        member
            .check(value)
            .map_err(|violation| violation.within(&format!("[{index}]")))?;
    }
    Ok(())
}

fn map(value: &mut Value, key: &Shape, inner: &Shape, max: usize) -> Checked {
    let Value::Object(members) = value else {
        return wrong(value, "an object");
    };
    if members.len() > max {
        return Err(Violation::new(format!(
            "has {} members; at most {max} are allowed",
            members.len()
        )));
    }
    for (name, value) in members {
        let shown = cut_str(name, SHOWN);
        key.check(&mut Value::String(name.clone()))
            .map_err(|violation| {
                Violation::new(format!(
                    "has the key {shown:?}, which {}",
                    violation.message
                ))
            })?;
        inner
            .check(value)
            .map_err(|violation| violation.within(shown))?;
    }
    Ok(())
}

fn structure<'v>(
    value: &'v mut Value,
    members: &[MemberShape],
    is_spared: &dyn Fn(&str) -> bool,
) -> Result<&'v Map<String, Value>, Violation> {
    if !value.is_object() {
        return wrong(value, "an object");
    }
    let Value::Object(object) = value else {
        return Err(Violation::new("must be an object"));
    };
    object
        .retain(|name, value| !value.is_null() && members.iter().any(|member| member.name == name));
    for member in members {
        let checked = match object.get_mut(member.name) {
            Some(value) => match member.shape {
                Shape::List { max, .. } if is_spared(member.name) => Shape::length(value, *max),
                shape => shape.check(value),
            },
            None if member.required => Err(Violation::new("is missing")),
            None => Ok(()),
        };
        checked.map_err(|violation| violation.within(member.name))?;
    }
    Ok(object)
}

fn wrong<T>(value: &Value, wanted: &str) -> Result<T, Violation> {
    Err(Violation::of(value, wanted))
}
