//! The output of the subcommands: its width, its colours, and sanitized text.

mod text;

use std::io::{self, IsTerminal as _};

use clap::ValueEnum;

pub(crate) use text::{cut, pad, plain, width};

/// The width if the output is not a terminal: a file, a pipe, a CI log.
const DEFAULT_COLUMNS: usize = 100;
/// The smallest width of the layout.
const LEAST_COLUMNS: usize = 20;

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Colours {
    /// On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How to write to an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Style {
    /// Columns, at least 20.
    pub(crate) columns: usize,
    /// Whether to use colours.
    pub(crate) colours: bool,
}

/// A colour of the terminal's own palette, which is readable on the user's background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colour {
    Bold,
    Dim,
    Red,
    Green,
    Yellow,
    Blue,
    Magenta,
    Cyan,
}

impl Style {
    /// Inspects standard output. `columns` is the user's setting, if any.
    pub(crate) fn of_stdout(
        columns: Option<u16>,
        colours: Colours,
        variable: &impl Fn(&str) -> Option<String>,
    ) -> Self {
        let is_terminal = io::stdout().is_terminal();
        let seen = terminal_size::terminal_size().filter(|_| is_terminal);
        let columns = columns.or(seen.map(|(columns, _)| columns.0));
        Self {
            columns: columns
                .map_or(DEFAULT_COLUMNS, usize::from)
                .max(LEAST_COLUMNS),
            colours: wants_colours(colours, is_terminal, variable),
        }
    }

    /// Returns text in a colour, or unchanged.
    pub(crate) fn paint(self, colour: Colour, text: &str) -> String {
        if !self.colours || text.is_empty() {
            return text.to_owned();
        }
        let code = match colour {
            Colour::Bold => 1,
            Colour::Dim => 2,
            Colour::Red => 31,
            Colour::Green => 32,
            Colour::Yellow => 33,
            Colour::Blue => 34,
            Colour::Magenta => 35,
            Colour::Cyan => 36,
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

/// <https://no-color.org>: any value but an empty one.
fn wants_colours(
    colours: Colours,
    is_terminal: bool,
    variable: &impl Fn(&str) -> Option<String>,
) -> bool {
    let is_refused = || {
        variable("NO_COLOR").is_some_and(|value| !value.is_empty())
            || variable("TERM").is_some_and(|term| term == "dumb")
    };
    match colours {
        Colours::Always => true,
        Colours::Never => false,
        Colours::Auto => is_terminal && !is_refused(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_need_a_terminal_that_wants_them() {
        let none = |_: &str| None;
        let set = |name: &'static str, value: &'static str| {
            move |asked: &str| (asked == name).then(|| value.to_owned())
        };
        assert!(wants_colours(Colours::Auto, true, &none));
        assert!(wants_colours(Colours::Auto, true, &set("NO_COLOR", "")));
        assert!(!wants_colours(Colours::Auto, false, &none));
        assert!(!wants_colours(Colours::Auto, true, &set("NO_COLOR", "1")));
        assert!(!wants_colours(Colours::Auto, true, &set("TERM", "dumb")));
        assert!(wants_colours(Colours::Always, false, &set("NO_COLOR", "1")));
        assert!(!wants_colours(Colours::Never, true, &none));
    }

    #[test]
    fn a_width_that_was_said_counts_but_not_below_twenty() {
        let none = |_: &str| None;
        assert_eq!(
            Style::of_stdout(Some(72), Colours::Never, &none).columns,
            72
        );
        assert_eq!(Style::of_stdout(Some(3), Colours::Never, &none).columns, 20);
    }
}
