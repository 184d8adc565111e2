//! `console traces`: a list of traces in the terminal, once or for as long as new ones come.

use std::{
    collections::HashSet,
    io::{self, Write},
    time::Duration,
};

use clap::Args;
use segment::Time;
use serde_json::Value;

use super::{
    ask::{Asked, Period, Where, duration},
    terminal::{Colour, Colours, Style, cut, pad, plain},
    utc::utc,
};

/// How often the console is asked for new traces.
const PAUSE: Duration = Duration::from_secs(1);
/// How many traces that were shown are remembered, so that none is shown twice.
const REMEMBERED: usize = 10_000;

/// What `console traces` was asked for.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// A filter expression of X-Ray, as 'service("shop") AND fault'. Without one, all traces.
    #[arg(value_name = "EXPRESSION")]
    expression: Option<String>,

    /// Go on: show each new trace when it comes, until Ctrl-C.
    #[arg(long)]
    follow: bool,

    /// How far back to look: 500ms, 30s, 5m or 2h.
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration)]
    since: Duration,

    /// Most traces to list, the newest.
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    most: usize,

    #[command(flatten)]
    at: Where,

    /// Columns to fill; by default the terminal's, 100 where there is none. At least 20.
    #[arg(long, value_name = "COLUMNS")]
    width: Option<u16>,

    /// Whether to write colours. `auto` follows the terminal and `NO_COLOR`.
    #[arg(long, value_enum, default_value_t)]
    color: Colours,
}

/// Lists traces, the newest last, where a terminal's reader looks.
///
/// # Errors
///
/// If the console does not answer, the expression is none, or nobody reads what is written.
pub async fn run(
    options: Options,
    variable: &dyn Fn(&str) -> Option<String>,
    out: &mut impl Write,
) -> Result<(), String> {
    let style = Style::of_stdout(options.width, options.color, &variable);
    let expression = options.expression.as_deref();
    let console = options.at.client(variable)?;
    let mut shown = HashSet::new();
    let mut since = options.since;
    loop {
        let written = write_new(
            &console,
            Period::since(since),
            expression,
            options.most,
            style,
            &mut shown,
            out,
        );
        let are_all = written.await?;
        if !options.follow {
            if !are_all {
                let note = format!("the newest {} of them; --most shows more\n", options.most);
                write(out, &style.paint(Colour::Dim, &note))?;
            }
            if shown.is_empty() {
                // Not among the lines, which a script may count.
                let _ = writeln!(io::stderr(), "no traces in the last {since:?}");
            }
            return Ok(());
        }
        // A trace's first document may come long after it began.
        since = options.since.min(Duration::from_secs(60)).max(PAUSE * 10);
        tokio::time::sleep(PAUSE).await;
    }
}

async fn write_new(
    console: &Asked,
    period: Period,
    expression: Option<&str>,
    most: usize,
    style: Style,
    shown: &mut HashSet<String>,
    out: &mut impl Write,
) -> Result<bool, String> {
    let (summaries, are_all) = console.summaries(period, expression, most).await?;
    if shown.len() > REMEMBERED {
        shown.clear();
    }
    for summary in summaries.iter().rev() {
        if shown.insert(text(summary, "/Id").to_owned()) {
            write(out, &line(summary, style))?;
        }
    }
    out.flush().map_err(|error| error.to_string())?;
    Ok(are_all)
}

fn write(out: &mut impl Write, text: &str) -> Result<(), String> {
    out.write_all(text.as_bytes())
        .map_err(|error| error.to_string())
}

/// One trace: when, how long, how it went, what was asked of whom, and its id.
fn line(summary: &Value, style: Style) -> String {
    let number = |path| summary.pointer(path).and_then(Value::as_f64);
    let is = |path| summary.pointer(path) == Some(&Value::Bool(true));
    let (word, colour) = match () {
        () if is("/HasFault") => ("fault", Colour::Red),
        () if is("/HasThrottle") => ("throttle", Colour::Magenta),
        () if is("/HasError") => ("error", Colour::Yellow),
        () if is("/IsPartial") => ("open", Colour::Dim),
        () => ("ok", Colour::Green),
    };
    let started = number("/StartTime").and_then(Time::from_seconds);
    let started = started.map(utc).unwrap_or_default();
    let time = started.get(11..23).unwrap_or_default();
    let millis = number("/ResponseTime")
        .or(number("/Duration"))
        .unwrap_or_default()
        * 1_000.0;
    let status = number("/Http/HttpStatus").map_or("-".to_owned(), |status| status.to_string());
    let entry = plain(text(summary, "/EntryPoint/Name")).into_owned();
    let request = format!(
        "{} {}",
        text(summary, "/Http/HttpMethod"),
        text(summary, "/Http/HttpURL")
    );
    let request = plain(request.trim()).into_owned();
    let id = text(summary, "/Id");
    let fixed = 12 + 2 + 9 + 2 + 8 + 2 + 3 + 2 + id.len() + 2;
    let rest = style.columns.saturating_sub(fixed).max(16);
    let what = format!("{entry}  {request}");
    format!(
        "{time}  {millis:>6.0} ms  {}  {status:>3}  {id}  {}\n",
        style.paint(colour, &pad(word, 8)),
        cut(what.trim(), rest),
    )
}

fn text<'v>(value: &'v Value, path: &str) -> &'v str {
    value
        .pointer(path)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_says_when_how_and_what() {
        let style = Style {
            columns: 100,
            colours: false,
        };
        let summary = json!({
            "Id": "1-5f84c7a1-e7d1852db8c4fd35d88bf49a", "StartTime": 1_795_376_630.25, "ResponseTime": 0.0123,
            "HasError": true, "HasThrottle": true, "EntryPoint": { "Name": "shop\u{1b}[2J" },
            "Http": { "HttpMethod": "GET", "HttpURL": "http://shop/cart", "HttpStatus": 429 },
        });
        let line = line(&summary, style);
        assert!(
            line.starts_with(
                "19:43:50.250      12 ms  throttle  429  1-5f84c7a1-e7d1852db8c4fd35d88bf49a  shop"
            ),
            "{line}"
        );
        assert!(!line.contains('\u{1b}'), "{line}");
        assert!(super::line(&json!({}), style).contains("ok"));
    }
}
