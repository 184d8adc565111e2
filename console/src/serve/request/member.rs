//! The members of a request, taken out one by one.
//!
//! AWS's model has checked them already (`Operation::check` of `model.rs`); what is wrong is said here only of what the
//! model does not require. Nothing here is compiled again for each operation, as a type that derives `Deserialize` is.

use serde::{Deserialize as _, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::serve::{error::ApiError, model::Violation, timestamp::Timestamp};

/// A member of a request, or the request itself.
#[derive(Debug)]
pub(in crate::serve) struct Member {
    name: &'static str,
    /// `Null` if it is absent.
    value: Value,
}

impl Member {
    /// Begins with a whole request.
    pub(super) fn request(value: Value) -> Self {
        Self {
            name: "the body",
            value,
        }
    }

    /// Takes an object apart. It is refused if it has members with other names, so that none is accepted and ignored
    /// (`model.rs` has the exceptions).
    pub(in crate::serve) fn members<const N: usize>(
        self,
        names: [&'static str; N],
    ) -> Result<[Self; N], ApiError> {
        let mut object = self.object(&names)?;
        Ok(names.map(|name| Self::of(&mut object, name)))
    }

    fn object(self, names: &[&str]) -> Result<Map<String, Value>, ApiError> {
        let Value::Object(object) = self.value else {
            return Err(self.wrong("an object"));
        };
        match object.keys().find(|name| !names.contains(&name.as_str())) {
            None => Ok(object),
            Some(other) => {
                let shown = segment::names::cut_str(other, 64);
                Err(ApiError::invalid(format!(
                    "{} has the member {shown}, which the console does not read",
                    self.name
                )))
            }
        }
    }

    fn of(object: &mut Map<String, Value>, name: &'static str) -> Self {
        let value = object.remove(name).unwrap_or_default();
        Self { name, value }
    }

    /// Returns it if it is there.
    pub(in crate::serve) fn given(self) -> Option<Self> {
        (!self.value.is_null()).then_some(self)
    }

    /// Returns a text.
    pub(in crate::serve) fn text(self) -> Result<String, ApiError> {
        match self.value {
            Value::String(text) => Ok(text),
            _ => Err(self.wrong("a text")),
        }
    }

    /// Returns a text, if it is there.
    pub(in crate::serve) fn text_if_given(self) -> Result<Option<String>, ApiError> {
        self.given().map(Self::text).transpose()
    }

    /// Returns `true` or `false`; `false` if it is absent.
    pub(in crate::serve) fn flag(self) -> Result<bool, ApiError> {
        match self.value {
            Value::Bool(flag) => Ok(flag),
            Value::Null => Ok(false),
            _ => Err(self.wrong("true or false")),
        }
    }

    /// Returns a number.
    pub(in crate::serve) fn number(self) -> Result<f64, ApiError> {
        self.value.as_f64().ok_or_else(|| self.wrong("a number"))
    }

    /// Returns a number that counts something.
    pub(in crate::serve) fn count(self) -> Result<u64, ApiError> {
        let count = self.value.as_u64();
        count.ok_or_else(|| self.wrong("a whole number"))
    }

    /// Returns a time.
    pub(in crate::serve) fn time(self) -> Result<Timestamp, ApiError> {
        let time = Timestamp::deserialize(&self.value);
        time.map_err(|_| self.wrong("a time: seconds since 1970, or 2026-11-22T19:43:50Z"))
    }

    /// Returns the elements of a list as they are; none if it is absent.
    pub(in crate::serve) fn values(self) -> Result<Vec<Value>, ApiError> {
        match self.value {
            Value::Null => Ok(Vec::new()),
            Value::Array(values) => Ok(values),
            _ => Err(self.wrong("a list")),
        }
    }

    /// Returns the elements of a list; none if it is absent.
    pub(in crate::serve) fn list(self) -> Result<Vec<Self>, ApiError> {
        let name = self.name;
        let values = self.values()?.into_iter();
        Ok(values.map(|value| Self { name, value }).collect())
    }

    /// Returns the texts of a list.
    pub(in crate::serve) fn texts(self) -> Result<Vec<String>, ApiError> {
        self.list()?.into_iter().map(Self::text).collect()
    }

    /// Returns something that has a type of its own, because it is also kept or answered.
    pub(in crate::serve) fn parsed<T: DeserializeOwned>(self) -> Result<T, ApiError> {
        let Self { name, value } = self;
        serde_json::from_value(value).map_err(|error| ApiError::invalid(format!("{name}: {error}")))
    }

    /// Says what it must be.
    pub(in crate::serve) fn wrong(&self, wanted: &str) -> ApiError {
        if self.value.is_null() {
            return ApiError::invalid(format!("{} is missing; it must be {wanted}", self.name));
        }
        let violation = Violation::of(&self.value, wanted).within(self.name);
        ApiError::invalid(violation.to_string())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_taken_and_no_other_is_accepted() {
        let request = || Member::request(json!({ "A": "a", "B": [{ "C": 1 }], "D": true }));
        let [text, list, flag, absent] = request().members(["A", "B", "D", "E"]).unwrap();
        assert_eq!(text.text(), Ok("a".to_owned()));
        assert_eq!(flag.flag(), Ok(true));
        assert_eq!(absent.text_if_given(), Ok(None));
        for element in list.list().unwrap() {
            let [number] = element.members(["C"]).unwrap();
            assert_eq!(number.number(), Ok(1.0));
        }
        let error = request().members(["A", "B"]).unwrap_err();
        assert_eq!(
            error.message(),
            "the body has the member D, which the console does not read"
        );
        let error = Member::request(json!([])).members([]).unwrap_err();
        assert_eq!(error.message(), "the body is []; it must be an object");
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let member = |value: Value| Member { name: "A", value };
        for (error, expected) in [
            (
                member(json!(null)).text().unwrap_err(),
                "A is missing; it must be a text",
            ),
            (
                member(json!(7)).text_if_given().unwrap_err(),
                "A is 7; it must be a text",
            ),
            (
                member(json!("no")).flag().unwrap_err(),
                "A is \"no\"; it must be true or false",
            ),
            (
                member(json!(["a", {}])).texts().unwrap_err(),
                "A is {}; it must be a text",
            ),
            (
                member(json!(-1)).count().unwrap_err(),
                "A is -1; it must be a whole number",
            ),
        ] {
            assert_eq!(error.message(), expected);
        }
        let soon = member(json!("soon")).time().unwrap_err();
        assert!(
            soon.message()
                .starts_with("A is \"soon\"; it must be a time")
        );
        let other: Result<Vec<u8>, _> = member(json!("x")).parsed();
        assert!(other.unwrap_err().message().starts_with("A: invalid type"));
    }
}
