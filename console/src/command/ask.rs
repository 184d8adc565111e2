//! What several subcommands ask a console: the traces of a period that a filter expression takes.

use std::time::{Duration, SystemTime};

use clap::Args;
use reqwest::Url;
use segment::{Time, secrets::hide};
use serde_json::{Value, json};

use super::{
    client::{Client, DEFAULT_CONSOLE, NoAnswer, base_url, shown},
    terminal::plain,
};

/// Where the console is, if no flag says it.
const CONSOLE_URL: &str = "XRAY_CONSOLE_URL";
/// How far behind the newest trace one may still be under way.
const AHEAD: Duration = Duration::from_secs(60);

/// Which console is asked.
#[derive(Debug, Clone, Args)]
pub(crate) struct Where {
    /// The console, or anything else that answers the X-Ray API over plain http. Else `XRAY_CONSOLE_URL` says
    /// it, or it is `http://127.0.0.1:2000`.
    #[arg(long, value_name = "URL", value_parser = base_url)]
    console: Option<Url>,
}

/// A period that ends now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Period {
    start: Duration,
}

/// A console that is asked.
#[derive(Debug)]
pub(crate) struct Asked(Client);

impl Where {
    /// Returns a client of the console. The variable is the front end's too, and may name AWS's console there: it is
    /// looked at only if it counts.
    pub(crate) fn client(self, variable: &dyn Fn(&str) -> Option<String>) -> Result<Asked, String> {
        let set = variable(CONSOLE_URL).filter(|url| !url.is_empty());
        let url = match (self.console, set) {
            (Some(url), _) => url,
            (None, Some(text)) => {
                let wrong = |problem| format!("{CONSOLE_URL}={}: {problem}", hide((&*text).into()));
                base_url(&text).map_err(wrong)?
            }
            (None, None) => base_url(DEFAULT_CONSOLE)?,
        };
        Client::new(url)
            .map(Asked)
            .map_err(|error| error.to_string())
    }
}

impl Period {
    /// Begins so long ago.
    pub(crate) fn since(ago: Duration) -> Self {
        Self {
            start: now().saturating_sub(ago),
        }
    }

    fn request(self, expression: Option<&str>) -> Value {
        let mut request = json!({
            "StartTime": self.start.as_secs_f64(),
            "EndTime": (now() + AHEAD).as_secs_f64(),
        });
        if let Some(expression) = expression.filter(|expression| !expression.trim().is_empty()) {
            request["FilterExpression"] = expression.into();
        }
        request
    }
}

impl Asked {
    /// Returns the URL of the console.
    pub(crate) fn base(&self) -> String {
        shown(self.0.base())
    }

    /// Returns the summaries of the traces of a period, the newest first, at most so many, and whether these are all.
    pub(crate) async fn summaries(
        &self,
        period: Period,
        expression: Option<&str>,
        most: usize,
    ) -> Result<(Vec<Value>, bool), String> {
        let mut request = period.request(expression);
        request["TimeRangeType"] = "Event".into();
        let mut summaries = Vec::new();
        loop {
            let mut answer = self.post("/TraceSummaries", &request).await?;
            if let Some(Value::Array(some)) = answer.get_mut("TraceSummaries").map(Value::take) {
                summaries.extend(some);
            }
            match answer.get("NextToken").and_then(Value::as_str) {
                Some(token) if summaries.len() < most => request["NextToken"] = token.into(),
                token => {
                    let are_all = token.is_none() && summaries.len() <= most;
                    summaries.truncate(most);
                    return Ok((summaries, are_all));
                }
            }
        }
    }

    /// Returns the services of the map of a period.
    pub(crate) async fn services(
        &self,
        period: Period,
        expression: Option<&str>,
    ) -> Result<Vec<Value>, String> {
        let mut answer = self
            .post("/ServiceGraph", &period.request(expression))
            .await?;
        let services = answer.get_mut("Services").map(Value::take);
        match services {
            Some(Value::Array(services)) => Ok(services),
            _ => Err(format!("{} answered no services", self.0)),
        }
    }

    /// Asks an operation; the error is for whoever typed the command.
    pub(crate) async fn post(&self, path: &str, request: &Value) -> Result<Value, String> {
        self.0.post(path, request).await.map_err(|error| {
            let remedy = match error {
                NoAnswer::Status(..) => "",
                _ => "; is the console running? --console URL says where",
            };
            format!("{}{remedy}", plain(&error.to_string()))
        })
    }
}

/// Returns the time since 1970.
pub(crate) fn now() -> Duration {
    Duration::from_nanos(Time::from(SystemTime::now()).as_nanos())
}

/// Reads a duration: a number and `ms`, `s`, `m` or `h`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let error = || "write a number with its unit: 500ms, 30s, 5m or 2h".to_owned();
    let digits = text
        .find(|letter: char| !letter.is_ascii_digit())
        .ok_or_else(error)?;
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| error())?;
    let millis = match unit {
        "ms" => Some(number),
        "s" => number.checked_mul(1_000),
        "m" => number.checked_mul(60_000),
        "h" => number.checked_mul(3_600_000),
        _ => None,
    };
    millis.map(Duration::from_millis).ok_or_else(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_a_unit() {
        for (text, millis) in [
            ("500ms", 500),
            ("30s", 30_000),
            ("5m", 300_000),
            ("2h", 7_200_000),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in [
            "",
            "5",
            "s",
            "5 s",
            "-5s",
            "5d",
            "1.5s",
            "99999999999999999999s",
            "9999999999999999h",
        ] {
            assert!(duration(text).unwrap_err().contains("30s"), "{text}");
        }
    }
}
