//! A variable with which a service does not start.

use environment::Mistake;

/// What is wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Invalid {
    pub(super) saw: String,
    pub(super) remedy: &'static str,
}

impl From<&Mistake> for Invalid {
    fn from(mistake: &Mistake) -> Self {
        let Mistake {
            variable,
            value,
            problem,
        } = mistake;
        let saw = if mistake.may_be_secret() {
            format!("{variable}: {problem}")
        } else {
            format!("{variable}={value}: {problem}")
        };
        Self {
            saw,
            remedy: "correct it: services do not start with this value",
        }
    }
}
