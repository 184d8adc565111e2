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
        // Headers may be keys: of them nothing is shown but what the problem names.
        let saw = if variable.ends_with("_HEADERS") {
            format!("{variable}: {problem}")
        } else {
            format!("{variable}={value}: {problem}")
        };
        Self {
            saw,
            remedy: "correct it: services do not start with it",
        }
    }
}
