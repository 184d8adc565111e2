//! `console trace`: a trace as a timeline in the terminal, for SSH and CI logs.

mod bars;
mod draw;
mod rows;
mod source;

use std::{
    error::Error,
    io::Read,
    path::{Path, PathBuf},
};

use clap::Args;
use segment::TraceId;
use serde_json::json;

use super::{
    ask::{Asked, Where},
    pasted::trace_id,
    terminal::{Colours, Style},
};
use source::{Collected, Found};

/// The largest file that is read; it has room for several of the largest traces. A device or a pipe may never end.
const MAX_FILE: u64 = 64 * 1024 * 1024;

/// What `console trace` was asked for.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// The trace id: 1-5f84c7a1-e7d1852db8c4fd35d88bf49a, or 32 hexadecimal digits; also as part of a header, a URL or a log
    /// line. Optional with a file that contains one trace.
    #[arg(value_name = "TRACE ID", required_unless_present = "file", value_parser = trace_id)]
    id: Option<TraceId>,

    #[command(flatten)]
    at: Where,

    /// A file with a saved trace, `-` for standard input, instead of a console: an answer of `BatchGetTraces`, or
    /// segment documents, one per line or in a JSON array.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,

    /// Width of the output in columns, at least 20; by default that of the terminal, or 100 without one.
    #[arg(long, value_name = "COLUMNS")]
    width: Option<u16>,

    /// When to use colours. `auto` depends on the terminal and `NO_COLOR`.
    #[arg(long, value_enum, default_value_t)]
    color: Colours,
}

/// The output: the timeline, and warnings for standard error.
#[derive(Debug)]
pub struct Shown {
    /// The timeline.
    pub timeline: String,
    /// One warning for each document that was skipped.
    pub warnings: Vec<String>,
}

/// Reads the trace and draws it. `variable` looks up an environment variable.
///
/// # Errors
///
/// Returns an error if the trace is not found or cannot be read; it says where the trace was looked for.
pub async fn run(
    options: Options,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Shown, Box<dyn Error>> {
    let style = Style::of_stdout(options.width, options.color, &variable);
    let (collected, whence) = if let Some(file) = &options.file {
        (source::collect(&text_of(file)?), named(file))
    } else {
        let console = options.at.client(variable)?;
        (from_console(&console, options.id).await?, console.base())
    };
    let Found { trace, skipped } = collected.find(options.id, &whence)?;
    Ok(Shown {
        timeline: draw::draw(&trace, style),
        warnings: skipped,
    })
}

async fn from_console(console: &Asked, id: Option<TraceId>) -> Result<Collected, Box<dyn Error>> {
    let ids: Vec<_> = id.iter().map(ToString::to_string).collect();
    let answer = console.post("/Traces", &json!({ "TraceIds": ids })).await?;
    Ok(source::collect(&answer.to_string()))
}

fn text_of(file: &Path) -> Result<String, String> {
    let cannot = |error| format!("{} cannot be read: {error}", named(file));
    let opened: Box<dyn Read> = if file.as_os_str() == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(file).map_err(cannot)?)
    };
    let mut bytes = Vec::new();
    let mut beginning = opened.take(MAX_FILE + 1);
    let length = beginning.read_to_end(&mut bytes).map_err(cannot)?;
    if length as u64 > MAX_FILE {
        return Err(format!(
            "{} has more than {} MiB; save the traces that are wanted alone",
            named(file),
            MAX_FILE / 1024 / 1024
        ));
    }
    Ok(source::text(&bytes))
}

fn named(file: &Path) -> String {
    if file.as_os_str() == "-" {
        return "the standard input".to_owned();
    }
    file.display().to_string()
}
