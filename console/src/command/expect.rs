//! `console expect`: whether a trace has the shape that a file says, for tests in any language.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use segment::{Document, TraceId, shape::Shape};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{
    ask::{Asked, Period, Where, duration},
    pasted::trace_id,
};

/// How often the console is asked.
const PAUSE: Duration = Duration::from_millis(100);
/// Most traces that are compared each time, the newest.
const MOST: usize = 100;
/// Traces of one question: `BatchGetTraces` takes five.
const BATCH: usize = 5;

/// What `console expect` was asked for.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// A file with the shape: a segment or subsegment in each line, indented below what called it, and in brackets
    /// what is unusual (remote, aws, in progress, error, throttle, fault, orphan), as --print writes it.
    #[arg(value_name = "FILE", required_unless_present = "print")]
    file: Option<PathBuf>,

    /// The trace: 1-5f84c7a1-e7d1852db8c4fd35d88bf49a, or 32 hexadecimal digits. Without it, any trace that --filter
    /// takes may have the shape.
    #[arg(long, value_name = "TRACE ID", value_parser = trace_id)]
    trace: Option<TraceId>,

    /// A filter expression of X-Ray, as 'service("shop")'.
    #[arg(long, value_name = "EXPRESSION", conflicts_with = "trace")]
    filter: Option<String>,

    /// How far back to look for such traces: 500ms, 30s, 5m or 2h.
    #[arg(long, value_name = "DURATION", default_value = "1m", value_parser = duration)]
    since: Duration,

    /// How long to wait until a trace has the shape.
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration)]
    within: Duration,

    /// Write the shape of the trace, or of the newest one, to begin a file with.
    #[arg(long, conflicts_with = "file")]
    print: bool,

    #[command(flatten)]
    at: Where,
}

/// How it ended.
#[derive(Debug)]
pub struct Expected {
    /// What was seen.
    pub text: String,
    /// Whether a trace has the shape.
    pub is_so: bool,
}

/// Waits until a trace has the shape, or the time is over.
///
/// # Errors
///
/// If the file cannot be read or says nothing, or the console does not answer.
pub async fn run(
    options: Options,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Expected, String> {
    let expected = options.file.as_ref().map(read).transpose()?;
    let console = options.at.clone().client(variable)?;
    let period = Period::since(options.since);
    let deadline = Instant::now() + options.within;
    loop {
        let seen = options.shapes(&console, period).await?;
        let is_over = Instant::now() >= deadline;
        match (&expected, seen.first()) {
            (None, Some((_, shape))) => {
                let text = shape.to_string();
                return Ok(Expected { text, is_so: true });
            }
            (Some(expected), _) => {
                if let Some((id, _)) = seen.iter().find(|(_, shape)| shape == expected) {
                    let text = format!("✔ trace {id} has the shape\n");
                    return Ok(Expected { text, is_so: true });
                }
            }
            (None, None) => {}
        }
        if is_over {
            return Ok(Expected {
                text: said(expected.as_ref(), &seen, options.within),
                is_so: false,
            });
        }
        sleep(PAUSE).await;
    }
}

impl Options {
    /// Returns the shapes of the traces that are meant, the newest first.
    async fn shapes(
        &self,
        console: &Asked,
        period: Period,
    ) -> Result<Vec<(String, Shape)>, String> {
        let ids: Vec<String> = if let Some(id) = self.trace {
            vec![id.to_string()]
        } else {
            let filter = self.filter.as_deref();
            let (summaries, _) = console.summaries(period, filter, MOST).await?;
            let ids = summaries.iter();
            ids.map(|summary| text(&summary["Id"]).to_owned()).collect()
        };
        let mut shapes = Vec::new();
        for some in ids.chunks(BATCH) {
            let answer = console
                .post("/Traces", &json!({ "TraceIds": some }))
                .await?;
            let traces = answer["Traces"].as_array().into_iter().flatten();
            shapes.extend(traces.map(|trace| (text(&trace["Id"]).to_owned(), shape(trace))));
        }
        // The answer may have them in another order.
        shapes.sort_by_key(|(id, _)| ids.iter().position(|asked| asked == id));
        Ok(shapes)
    }
}

fn shape(trace: &Value) -> Shape {
    let segments = trace["Segments"].as_array().into_iter().flatten();
    let documents = segments.filter_map(|segment| {
        let document = Document::decode(text(&segment["Document"])).ok()?;
        // Services that never sent a segment are the console's guess.
        (!document.inferred).then_some(document)
    });
    Shape::of(&documents.collect::<Vec<_>>())
}

fn said(expected: Option<&Shape>, seen: &[(String, Shape)], within: Duration) -> String {
    let expected = expected.map_or(String::new(), |expected| {
        format!("expected\n\n{expected}\n")
    });
    match seen {
        [] => format!("✘ within {within:?} {expected}no trace was seen\n"),
        [(id, shape), others @ ..] => {
            let more = match others.len() {
                0 => String::new(),
                more => format!(" ({more} older ones have not the shape either)"),
            };
            format!("✘ within {within:?} {expected}and saw in trace {id}{more}\n\n{shape}")
        }
    }
}

fn read(file: &PathBuf) -> Result<Shape, String> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    if text.trim().is_empty() {
        return Err(format!(
            "{} says no shape; --print writes one",
            file.display()
        ));
    }
    Ok(Shape::parse(&text))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
