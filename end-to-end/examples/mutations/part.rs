//! What is changed, and which tests should notice.

use std::{
    fs,
    ops::Range,
    path::{Path, PathBuf},
    process::Stdio,
};

use end_to_end::{Result, root};
use tokio::process::Command;

use crate::mutant::Mutant;

/// The ports that the project speaks of; the last three are other numbers too, where no port is meant.
const PORTS: [&str; 5] = ["2000", "4317", "4318", "8080", "8081"];
const PORTS_BY_NAME: [&str; 3] = ["53", "80", "443"];

/// Files of one kind.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) name: &'static str,
    /// Arguments of `cargo test`.
    tests: &'static [&'static str],
    pub(crate) mutants: Vec<Mutant>,
}

impl Part {
    /// Finds every mutant, in an order that is always the same.
    pub(crate) fn all() -> Result<Vec<Self>> {
        Ok(vec![
            Self {
                name: "vectors",
                tests: &["-p", "segment", "--test", "vectors"],
                mutants: mutants(&["vectors"], "json", expected_numbers)?,
            },
            Self {
                name: "manifests",
                tests: &[
                    "--workspace",
                    "--test",
                    "end-to-end",
                    "--",
                    "manifests::",
                    "deploying::",
                ],
                mutants: [
                    mutants(&["k8s", "values", "compose.yaml"], "yaml", ports)?,
                    mutants(&["ecs"], "json", ports)?,
                    mutants(&["Dockerfile.frontend"], "frontend", ports)?,
                    mutants(&["Dockerfile.backend"], "backend", ports)?,
                    mutants(&["Dockerfile.console"], "console", ports)?,
                ]
                .into_iter()
                .flatten()
                .collect(),
            },
            Self {
                name: "readme",
                tests: &[
                    "--workspace",
                    "--test",
                    "end-to-end",
                    "--",
                    "readme::names::",
                ],
                mutants: mutants(&["README.md"], "md", variables)?,
            },
        ])
    }

    /// Runs the tests and returns the names of those that fail.
    pub(crate) async fn failing(&self) -> Result<Vec<String>> {
        let output = Command::new("cargo")
            .args(["test", "--quiet", "--locked"])
            .args(self.tests)
            .current_dir(root())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .output()
            .await?;
        if output.status.success() {
            return Ok(Vec::new());
        }
        let said = String::from_utf8_lossy(&output.stdout);
        let names = said
            .lines()
            .filter_map(|line| line.strip_prefix("---- ")?.strip_suffix(" stdout ----"));
        let failing: Vec<String> = names.map(str::to_owned).collect();
        if failing.is_empty() {
            let (tests, error) = (self.tests, String::from_utf8_lossy(&output.stderr));
            return Err(format!("{tests:?}: no test failed, and yet: {error}").into());
        }
        Ok(failing)
    }
}

type Find = fn(&str) -> Vec<(Range<usize>, String)>;

fn mutants(places: &[&str], extension: &str, find: Find) -> Result<Vec<Mutant>> {
    let mut files = Vec::new();
    for place in places {
        collect(Path::new(place), extension, &mut files)?;
    }
    let mut mutants = Vec::new();
    for file in files {
        let text = fs::read_to_string(root().join(&file))?;
        let found = find(&text).into_iter();
        mutants.extend(found.map(|(place, after)| Mutant::new(file.clone(), &text, place, after)));
    }
    Ok(mutants)
}

fn collect(place: &Path, extension: &str, files: &mut Vec<PathBuf>) -> Result<()> {
    let path = root().join(place);
    if path.is_dir() {
        let mut names = Vec::new();
        for entry in fs::read_dir(path)? {
            names.push(entry?.file_name());
        }
        names.sort();
        for name in names {
            collect(&place.join(name), extension, files)?;
        }
    } else if place.extension().is_some_and(|found| found == extension) {
        files.push(place.to_owned());
    }
    Ok(())
}

/// The runs of digits within what is expected, each with another last digit. Where `"expect_ours"` follows, `"expect"` is
/// what AWS's exporter answers, kept to be read. A placeholder's 16 is no number.
fn expected_numbers(text: &str) -> Vec<(Range<usize>, String)> {
    const OURS: &str = "\"expect_ours\":";
    const THEIRS: &str = "\"expect\":";
    let mut keys: Vec<(usize, &str)> = text.match_indices(THEIRS).collect();
    keys.extend(text.match_indices(OURS));
    keys.sort_unstable();
    let mut found = Vec::new();
    for (index, (at, key)) in keys.iter().enumerate() {
        let next = keys.get(index + 1);
        if *key == THEIRS && next.is_some_and(|(_, next)| *next == OURS) {
            continue;
        }
        let from = at + key.len();
        let value = from..from + value_length(&text[from..]);
        let numbers = numbers(text, value).into_iter();
        found.extend(numbers.filter(|place| !text[..place.start].ends_with("<hex")));
    }
    changed(text, found)
}

/// How long a JSON value is, with the space before it.
fn value_length(text: &str) -> usize {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<serde_json::Value>();
    values.next();
    values.byte_offset()
}

/// The ports, each with another last digit. Comments have none.
fn ports(text: &str) -> Vec<(Range<usize>, String)> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let code = line.split(" #").next().unwrap_or_default();
        if !code.trim_start().starts_with('#') {
            let is_named = code.to_lowercase().contains("port");
            found.extend(
                numbers(text, start..start + code.len())
                    .into_iter()
                    .filter(|place| {
                        let number = &text[place.clone()];
                        PORTS.contains(&number) || (is_named && PORTS_BY_NAME.contains(&number))
                    }),
            );
        }
        start += line.len();
    }
    changed(text, found)
}

/// The variables of the README's table, each with one more letter.
fn variables(text: &str) -> Vec<(Range<usize>, String)> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut is_table = false;
    for line in text.split_inclusive('\n') {
        is_table = line.starts_with("| variable |") || (is_table && line.starts_with('|'));
        if is_table {
            let cell = line.split('|').nth(1).unwrap_or_default();
            let mut at = start + 1;
            for (index, piece) in cell.split('`').enumerate() {
                if index % 2 == 1 {
                    found.push((at..at + piece.len(), format!("{piece}X")));
                }
                at += piece.len() + 1;
            }
        }
        start += line.len();
    }
    found
}

fn numbers(text: &str, within: Range<usize>) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for at in within {
        if !text.as_bytes()[at].is_ascii_digit() {
            continue;
        }
        match found.last_mut() {
            Some(last) if last.end == at => last.end += 1,
            _ => found.push(at..at + 1),
        }
    }
    found
}

fn changed(text: &str, places: Vec<Range<usize>>) -> Vec<(Range<usize>, String)> {
    let other = |number: &str| {
        let (rest, last) = number.split_at(number.len() - 1);
        let last = last.parse::<u8>().map_or(0, |digit| (digit + 1) % 10);
        format!("{rest}{last}")
    };
    let places = places.into_iter();
    places
        .map(|place| (place.clone(), other(&text[place])))
        .collect()
}
