//! `console trace`: a trace as a timeline in the terminal, for ssh and for logs of CI.

mod bars;
mod draw;
mod rows;
mod source;

use std::{
    error::Error,
    io::Read as _,
    path::{Path, PathBuf},
};

use clap::Args;
use segment::TraceId;
use serde_json::json;

use super::{
    ask::{Asked, Where},
    terminal::{Colours, Style},
};
use source::{Collected, Found};

/// What `console trace` was asked for.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// The trace: 1-5f84c7a1-e7d1852db8c4fd35d88bf49a, or 32 hexadecimal digits. A file with one trace
    /// needs none.
    #[arg(value_name = "TRACE ID", required_unless_present = "file", value_parser = trace_id)]
    id: Option<TraceId>,

    #[command(flatten)]
    at: Where,

    /// A saved trace instead, `-` for standard input: an answer of `BatchGetTraces`, or segment documents, one
    /// in each line or in a JSON array.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,

    /// Columns to fill; by default the terminal's, 100 where there is none. At least 20.
    #[arg(long, value_name = "COLUMNS")]
    width: Option<u16>,

    /// Whether to write colours. `auto` follows the terminal and `NO_COLOR`.
    #[arg(long, value_enum, default_value_t)]
    color: Colours,
}

/// What is written: the timeline, and for the error output what could not be shown.
#[derive(Debug)]
pub struct Shown {
    /// The timeline.
    pub timeline: String,
    /// A sentence for each thing that was skipped.
    pub warnings: Vec<String>,
}

/// Reads the trace and draws it. `variable` is the environment.
///
/// # Errors
///
/// If the trace is not found, or nothing can be read; the sentence says where it was looked for.
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
    let mut bytes = Vec::new();
    let read = if file.as_os_str() == "-" {
        std::io::stdin().read_to_end(&mut bytes).map(drop)
    } else {
        std::fs::read(file).map(|read| bytes = read)
    };
    read.map_err(|error| format!("{} cannot be read: {error}", named(file)))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn named(file: &Path) -> String {
    if file.as_os_str() == "-" {
        return "the standard input".to_owned();
    }
    file.display().to_string()
}

fn trace_id(text: &str) -> Result<TraceId, String> {
    TraceId::in_either_spelling(text).map_err(|error| error.to_string())
}
