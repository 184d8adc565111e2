//! Reads environment variables and reports every invalid one at once.

use std::{fmt, str::FromStr};

/// Returns a variable of the process's environment; the usual argument of `from_env`.
///
/// In a value that is not UTF-8, invalid bytes are replaced, so that the variable is reported as invalid instead of
/// counting as absent.
pub fn environment(variable: &str) -> Option<String> {
    std::env::var_os(variable).map(|value| value.to_string_lossy().into_owned())
}

/// A variable with an invalid value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The variable.
    pub variable: &'static str,
    /// Its value.
    pub value: String,
    /// What is wrong, and what is accepted.
    pub problem: String,
}

impl Mistake {
    /// Whether the value may hold a secret and must not be shown: headers are often keys, and a URL with `@` has
    /// credentials.
    pub fn may_be_secret(&self) -> bool {
        self.variable.ends_with("_HEADERS") || self.value.contains('@')
    }
}

/// All variables with an invalid value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidEnvironment {
    /// The errors, in the order in which the variables were read; never empty.
    pub mistakes: Vec<Mistake>,
}

/// Reads variables through a function and collects errors.
///
/// ```
/// let env = |variable: &str| (variable == "PORT").then(|| "http".to_owned());
/// let mut reader = environment::Reader::new(&env);
/// let port: Option<u16> = reader.parse("PORT");
/// let error = reader.finish(port).unwrap_err();
/// assert_eq!(error.to_string(), "PORT=\"http\": invalid digit found in string");
/// ```
#[derive(Debug)]
pub struct Reader<'e, E> {
    env: &'e E,
    mistakes: Vec<Mistake>,
}

impl<'e, E: Fn(&str) -> Option<String>> Reader<'e, E> {
    /// Makes a reader; `env` is usually [`environment`].
    pub fn new(env: &'e E) -> Self {
        Self {
            env,
            mistakes: Vec::new(),
        }
    }

    /// Returns a variable's value; an empty one counts as absent.
    pub fn text(&self, variable: &str) -> Option<String> {
        (self.env)(variable).filter(|value| !value.is_empty())
    }

    /// Reads a variable with `parse`, or records an error.
    pub fn read<T, P: fmt::Display>(
        &mut self,
        variable: &'static str,
        parse: impl FnOnce(&str) -> Result<T, P>,
    ) -> Option<T> {
        let value = self.text(variable)?;
        match parse(&value) {
            Ok(parsed) => Some(parsed),
            Err(problem) => {
                self.mistakes.push(Mistake {
                    variable,
                    value,
                    problem: problem.to_string(),
                });
                None
            }
        }
    }

    /// Reads a variable with its type's `FromStr`, or records an error.
    pub fn parse<T: FromStr<Err: fmt::Display>>(&mut self, variable: &'static str) -> Option<T> {
        self.read(variable, str::parse)
    }

    /// Reads `true` or `false` in any case; `false` if absent.
    pub fn flag(&mut self, variable: &'static str) -> bool {
        let parse = |value: &str| match value.to_ascii_lowercase().as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err("write true or false"),
        };
        self.read(variable, parse).unwrap_or_default()
    }

    /// Returns `value` if every variable was valid.
    ///
    /// # Errors
    ///
    /// Returns one error that names every invalid variable.
    pub fn finish<T>(self, value: T) -> Result<T, InvalidEnvironment> {
        if self.mistakes.is_empty() {
            Ok(value)
        } else {
            Err(InvalidEnvironment {
                mistakes: self.mistakes,
            })
        }
    }
}

impl fmt::Display for InvalidEnvironment {
    /// Writes one line for each error, without values that may be secret.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.mistakes.iter().enumerate() {
            let separator = if index > 0 { "\n" } else { "" };
            write!(formatter, "{separator}{}", mistake.variable)?;
            if !mistake.may_be_secret() {
                write!(formatter, "={:?}", mistake.value)?;
            }
            write!(formatter, ": {}", mistake.problem)?;
        }
        Ok(())
    }
}

impl std::error::Error for InvalidEnvironment {}

/// Parses `key=value,key=value`; keys and values may be percent-encoded.
/// <https://opentelemetry.io/docs/specs/otel/resource/sdk/#specifying-resource-information-via-an-environment-variable>
pub fn key_values(text: &str) -> Result<Vec<(String, String)>, String> {
    parts(text).map(key_value).collect()
}

/// Returns the parts between the commas.
pub(crate) fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').filter(|part| !part.trim().is_empty())
}

/// Parses one `key=value`.
pub(crate) fn key_value(part: &str) -> Result<(String, String), String> {
    match part.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((decoded(key)?, decoded(value)?)),
        _ => Err(format!(
            "{part:?} is not key=value; write key=value,key=value"
        )),
    }
}

fn decoded(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut parts = text.trim().split('%');
    bytes.extend_from_slice(parts.next().unwrap_or_default().as_bytes());
    for part in parts {
        let byte = part
            .get(..2)
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let byte = byte
            .ok_or_else(|| format!("{text:?} has a % without two hex digits; write %25 for %"))?;
        bytes.push(byte);
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).map_err(|_| format!("{text:?} is not UTF-8 once decoded"))
}
