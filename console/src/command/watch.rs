//! `console watch`: fails when too many traces went wrong, for pipelines.

use std::{fmt::Write as _, time::Duration};

use clap::Args;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::ask::{Period, Where, duration};

/// How often the console is asked.
const PAUSE: Duration = Duration::from_secs(1);
/// Most traces of one run; what is beyond is said.
const MOST: usize = 100_000;

/// What `console watch` was asked for.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// A filter expression of X-Ray: which traces are looked at, as 'service("shop")'.
    #[arg(value_name = "EXPRESSION")]
    expression: String,

    /// Fail if more than this share of them has a fault (5xx).
    #[arg(long, value_name = "PERCENT", value_parser = percent, default_value = "0%")]
    fault_above: f64,

    /// Fail if more than this share of them has an error (4xx).
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    error_above: Option<f64>,

    /// Fail if more than this share of them is throttled (429).
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    throttle_above: Option<f64>,

    /// How long to watch: 500ms, 30s, 5m or 2h. With 0s, only what there is already.
    #[arg(long = "for", value_name = "DURATION", default_value = "30s", value_parser = duration)]
    lasting: Duration,

    /// Look at traces as well that are so old when the watch begins.
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = duration)]
    since: Duration,

    /// How many traces there must be: a watch that saw fewer fails, because it proved nothing.
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    at_least: usize,

    #[command(flatten)]
    at: Where,
}

/// How a watch ended.
#[derive(Debug)]
pub struct Watched {
    /// What was seen.
    pub text: String,
    /// 0 if all is well, 1 if too many traces went wrong, 2 if there were too few to tell.
    pub code: u8,
}

/// Watches to its end. What was too much early may be little later, so that nothing is judged before.
///
/// # Errors
///
/// If the console does not answer, or the expression is none.
pub async fn run(
    options: Options,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Watched, String> {
    let console = options.at.clone().client(variable)?;
    let period = Period::since(options.since);
    let expression = Some(options.expression.as_str());
    let end = Instant::now() + options.lasting;
    loop {
        // Asked from the beginning, so that a wrong expression is told at once.
        let (summaries, are_all) = console.summaries(period, expression, MOST).await?;
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(options.judge(&summaries, are_all));
        }
        sleep(left.min(PAUSE)).await;
    }
}

impl Options {
    fn judge(&self, summaries: &[Value], are_all: bool) -> Watched {
        let total = summaries.len();
        if total < self.at_least.max(1) {
            let (expression, least) = (&self.expression, self.at_least.max(1));
            return Watched {
                text: format!("✘ {total} traces of {expression}, where at least {least} must be\n"),
                code: 2,
            };
        }
        let mut text = String::new();
        let mut code = 0;
        for (word, member, most) in [
            ("fault", "HasFault", Some(self.fault_above)),
            ("error", "HasError", self.error_above),
            ("throttle", "HasThrottle", self.throttle_above),
        ] {
            let Some(most) = most else { continue };
            let is_so = |summary: &&Value| summary[member] == true;
            let count = summaries.iter().filter(is_so).count();
            #[expect(clippy::cast_precision_loss, reason = "there are at most 100,000")]
            let share = 100.0 * count as f64 / total as f64;
            let sign = if share > most { "✘" } else { "✔" };
            // Writing to a `String` cannot fail.
            let _ = writeln!(
                text,
                "{sign} {word}: {count} of {total} traces, {share:.1}%; at most {most}% may"
            );
            if share > most {
                code = 1;
                let wrong = summaries.iter().filter(is_so).take(3);
                for id in wrong.filter_map(|summary| summary["Id"].as_str()) {
                    let _ = writeln!(text, "  console trace {id}");
                }
            }
        }
        if !are_all {
            let _ = writeln!(text, "only the newest {MOST} traces were looked at");
        }
        Watched { text, code }
    }
}

fn percent(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.trim_end_matches('%').parse().ok();
    number
        .filter(|number| (0.0..=100.0).contains(number))
        .ok_or_else(|| "write a percentage from 0 to 100, like 5%".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::json;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    fn options(arguments: &[&str]) -> Options {
        Line::parse_from([&["watch", "fault"], arguments].concat()).options
    }

    fn traces(total: usize, faults: usize) -> Vec<Value> {
        (0..total)
            .map(|n| json!({ "Id": format!("{n}"), "HasFault": n < faults }))
            .collect()
    }

    #[test]
    fn a_share_above_what_may_be_fails_and_so_does_nothing_at_all() {
        for (arguments, total, faults, code) in [
            (&[][..], 10, 0, 0),
            (&[], 10, 1, 1),
            (&["--fault-above", "10%"], 10, 1, 0),
            (&["--fault-above", "9.9"], 10, 1, 1),
            (&[], 0, 0, 2),
            (&["--at-least", "11"], 10, 0, 2),
            (&["--error-above", "0%"], 10, 0, 0),
        ] {
            let watched = options(arguments).judge(&traces(total, faults), true);
            assert_eq!(watched.code, code, "{arguments:?}: {}", watched.text);
        }
        let watched = options(&[]).judge(&traces(10, 5), false);
        assert!(watched.text.contains("console trace 0") && watched.text.contains("newest"));
    }

    #[test]
    fn a_percentage_is_one() {
        assert_eq!(percent("5%"), Ok(5.0));
        for text in ["", "%", "101%", "-1", "NaN", "five"] {
            assert!(percent(text).is_err(), "{text}");
        }
    }
}
