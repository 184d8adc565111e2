//! Rules from a file: the JSON that AWS defines for its SDKs, versions 1 and 2.
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-sdk-go-configuration.html#xray-sdk-go-configuration-sampling>

use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use segment::Value;

use super::{
    pattern::Pattern,
    record,
    rule::{Criteria, Rule, Unknown},
};

/// The largest file that is read; it has room for thousands of rules. A device or a pipe may never end.
const MAX_FILE: u64 = 1024 * 1024;

/// Rules for one process, tried in the order of the file; the default is the last one. Read by `parse` from a text, or by
/// [`RulesFile::read`]; used by [`super::Rules::of_file`].
#[derive(Debug, Clone, PartialEq)]
pub struct FileRules {
    pub(super) rules: Vec<Rule>,
}

/// A parsed file of rules, for [`super::Settings::file`].
#[derive(Debug, Clone, PartialEq)]
pub struct RulesFile {
    pub(super) path: PathBuf,
    pub(super) rules: FileRules,
}

/// Why a file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesFileError {
    /// The file cannot be read.
    #[error("the file cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
    /// The file does not contain valid rules.
    #[error(transparent)]
    Invalid(#[from] InvalidRules),
}

/// Why a text does not contain valid rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidRules(String);

impl RulesFile {
    /// Reads a file of at most 1 MiB. Rules have a `description` (their name in traces), `host`, `http_method` and
    /// `url_path` (with `*` and `?`), `fixed_target` (requests a second that are sampled in any case) and `rate` (the share of
    /// the others, 0 to 1).
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be read or one of its rules is invalid.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, RulesFileError> {
        let path = path.as_ref().to_owned();
        let mut text = String::new();
        let length = fs::File::open(&path)?
            .take(MAX_FILE + 1)
            .read_to_string(&mut text)?;
        if length as u64 > MAX_FILE {
            let words = format!("it has more than {MAX_FILE} bytes");
            return Err(io::Error::other(words).into());
        }
        let rules = text.parse()?;
        Ok(Self { path, rules })
    }
}

impl FileRules {
    pub(super) fn default_only(fixed_target: u32, rate: f64) -> Self {
        let any = || Pattern::new("*");
        Self {
            rules: vec![rule("default", fixed_target, rate, [any(), any(), any()])],
        }
    }
}

impl std::str::FromStr for FileRules {
    type Err = InvalidRules;

    /// Parses the JSON. Members that AWS does not define are ignored.
    ///
    /// ```
    /// use xray::sampling::FileRules;
    ///
    /// let error = r#"{"version": 3}"#.parse::<FileRules>().unwrap_err();
    /// assert_eq!(error.to_string(), "its version is 3, and only 1 and 2 are supported");
    /// ```
    fn from_str(text: &str) -> Result<Self, InvalidRules> {
        read(text).map_err(InvalidRules)
    }
}

fn read(text: &str) -> Result<FileRules, String> {
    let file = Value::parse(text).map_err(|error| format!("it is not JSON: {error}"))?;
    let host = match record::count(&file, "version")? {
        1 => ["service_name", "host"],
        2 => ["host", "service_name"],
        other => {
            return Err(format!(
                "its version is {other}, and only 1 and 2 are supported"
            ));
        }
    };
    let rules = match file.get("rules") {
        None | Some(Value::Null) => &[],
        Some(Value::Array(rules)) => rules.as_slice(),
        Some(_) => return Err("its rules are not a list".to_owned()),
    };
    let mut read: Vec<Rule> = rules
        .iter()
        .enumerate()
        .map(|(index, rule)| {
            custom(rule, index, host).map_err(|problem| format!("rule {}: {problem}", index + 1))
        })
        .collect::<Result<_, _>>()?;
    let default = file.get("default").ok_or("its default is missing")?;
    let default = last(default).map_err(|problem| format!("default: {problem}"))?;
    read.extend(default.rules);
    Ok(FileRules { rules: read })
}

/// Reads a rule that must have all matchers. The name that the other version has for the host is an error.
fn custom(
    value: &Value<'_>,
    index: usize,
    [host, other]: [&'static str; 2],
) -> Result<Rule, String> {
    if value.get(other).is_some() {
        return Err(format!(
            "{other} belongs to the other version; write {host}"
        ));
    }
    let [host, method, path] =
        [host, "http_method", "url_path"].map(|member| matcher(value, member));
    let (fixed_target, rate) = amounts(value)?;
    let description = value.get("description").and_then(Value::as_text);
    let name = description.map_or_else(|| format!("rule {}", index + 1), str::to_owned);
    Ok(rule(&name, fixed_target, rate, [host?, method?, path?]))
}

/// Reads a matcher. One that is empty is for no request, and its rule would be there for nothing.
fn matcher(value: &Value<'_>, member: &'static str) -> Result<Pattern, String> {
    match record::text(value, member)? {
        "" => Err(format!("its {member} is empty; write * for all")),
        text => Ok(Pattern::new(text)),
    }
}

fn last(value: &Value<'_>) -> Result<FileRules, String> {
    let matchers = ["service_name", "host", "http_method", "url_path"];
    if let Some(matcher) = matchers.iter().find(|matcher| value.get(matcher).is_some()) {
        return Err(format!(
            "it must have no {matcher}, because it matches all requests"
        ));
    }
    let (fixed_target, rate) = amounts(value)?;
    Ok(FileRules::default_only(fixed_target, rate))
}

fn amounts(value: &Value<'_>) -> Result<(u32, f64), String> {
    Ok((
        record::count(value, "fixed_target")?,
        record::rate(value, "rate")?,
    ))
}

fn rule(name: &str, fixed_target: u32, rate: f64, [host, method, path]: [Pattern; 3]) -> Rule {
    Rule {
        name: name.into(),
        priority: 0,
        fixed_rate: rate,
        reservoir_size: fixed_target,
        criteria: Criteria {
            method,
            host,
            path,
            attributes: Vec::new(),
            unknown: Unknown::EveryPatternMatches,
        },
    }
}
