//! Values that a statement inserts into columns by a secret's name: `INSERT INTO users (name, password) VALUES ('a', 'b')`.

use std::ops::Range;

use super::{literal::is_placeholder, name, secret::HIDDEN};

/// Returns the statement with the literals of such columns hidden; `None` if it has none.
pub(super) fn without_values(statement: &str) -> Option<String> {
    let columns =
        behind_word(statement, 0, "insert").or_else(|| behind_word(statement, 0, "replace"))?;
    let open = columns + statement[columns..].find('(')?;
    let (columns, mut at) = parts(statement, open)?;
    let is_secret = |column: &Range<usize>| {
        let column = statement[column.clone()].trim_matches([' ', '\n', '"', '`', '[', ']']);
        name::is_secret_key(column)
    };
    let secret: Vec<_> = (0..columns.len())
        .filter(|index| is_secret(&columns[*index]))
        .collect();
    if secret.is_empty() {
        return None;
    }
    at = behind_word(statement, at, "values").or_else(|| behind_word(statement, at, "value"))?;
    let mut hidden = String::new();
    let mut done = 0;
    // One row after another, `(…), (…)`.
    while let Some((row, end)) = parts(
        statement,
        behind(statement, at, &[' ', '\n', '\r', '\t', ',']),
    ) {
        for place in secret.iter().filter_map(|index| row.get(*index)) {
            if let Some(literal) = literal(statement, place) {
                hidden.push_str(&statement[done..literal.start]);
                hidden.push_str(HIDDEN);
                done = literal.end;
            }
        }
        at = end;
    }
    hidden.push_str(&statement[done..]);
    (done > 0).then_some(hidden)
}

/// Returns where what is behind a word begins, if the word, in any case, is what comes next.
fn behind_word(text: &str, at: usize, word: &str) -> Option<usize> {
    let start = behind(text, at, &[' ', '\n', '\r', '\t']);
    let next = text.get(start..start + word.len())?;
    next.eq_ignore_ascii_case(word)
        .then_some(start + word.len())
}

fn behind(text: &str, at: usize, skipped: &[char]) -> usize {
    text.len() - text[at..].trim_start_matches(skipped).len()
}

/// Returns what stands between the commas of a list in brackets that begins at `open`, and where it ends.
fn parts(text: &str, open: usize) -> Option<(Vec<Range<usize>>, usize)> {
    let mut parts = Vec::new();
    let (mut depth, mut start, mut quote) = (0, open + 1, None);
    if !text[open..].starts_with('(') {
        return None;
    }
    for (at, byte) in text.bytes().enumerate().skip(open) {
        match (quote, byte) {
            // A quote that is written twice closes and opens.
            (Some(open), byte) => quote = Some(open).filter(|open| *open != byte),
            (None, b'\'' | b'"' | b'`') => quote = Some(byte),
            (None, b'(') => depth += 1,
            (None, b')') if depth == 1 => {
                parts.push(start..at);
                return Some((parts, at + 1));
            }
            (None, b')') => depth -= 1,
            (None, b',') if depth == 1 => {
                parts.push(start..at);
                start = at + 1;
            }
            _ => {}
        }
    }
    None
}

/// Returns the place of the literal within a part: what is quoted in it, or a number.
fn literal(statement: &str, part: &Range<usize>) -> Option<Range<usize>> {
    let text = &statement[part.clone()];
    let range = match (text.find('\''), text.rfind('\'')) {
        (Some(open), Some(close)) if open < close => open + 1..close,
        _ => {
            let start = text.len() - text.trim_start().len();
            start..start + text.trim().len()
        }
    };
    let literal = &text[range.clone()];
    let is_quoted = range.start > 0 && text[..range.start].ends_with('\'');
    let is_number = literal.starts_with(|first: char| first.is_ascii_digit());
    let is_secret = !literal.is_empty() && !is_placeholder(literal) && (is_quoted || is_number);
    is_secret.then(|| part.start + range.start..part.start + range.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_hidden_by_the_name_of_its_column() {
        for (statement, expected) in [
            (
                "INSERT INTO users (name, password) VALUES ('alice', 'hunter2')",
                "INSERT INTO users (name, password) VALUES ('alice', '***')",
            ),
            (
                "insert into `u` (`api_key`,`n`) values ('a''b, (c)', 7), ('d', 8) RETURNING id",
                "insert into `u` (`api_key`,`n`) values ('***', 7), ('***', 8) RETURNING id",
            ),
            (
                "REPLACE INTO u(id, password) VALUES(1, crypt('hunter2', gen_salt('bf')))",
                "REPLACE INTO u(id, password) VALUES(1, crypt('***')))",
            ),
            (
                "INSERT INTO u (\"password\") VALUES (1234)",
                "INSERT INTO u (\"password\") VALUES (***)",
            ),
        ] {
            assert_eq!(without_values(statement).as_deref(), Some(expected));
        }
        for innocent in [
            "INSERT INTO users (name) VALUES ('password')",
            "INSERT INTO users (name, password) VALUES ($1, $2)",
            "INSERT INTO users (name, password) VALUES (?, NULL)",
            "INSERT INTO users (password) SELECT x FROM y",
            "INSERT INTO users VALUES ('a', 'b')",
            "INSERT INTO users (password) VALUES ('a",
            "SELECT 1",
            "",
            "insert",
            "ü",
        ] {
            assert_eq!(without_values(innocent), None, "{innocent}");
        }
    }
}
