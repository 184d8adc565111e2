//! The table of a statement in `PartiQL`, which DynamoDB takes in place of a table's name.
//!
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html>

/// Returns the table that a statement reads or writes: what follows `FROM`, `INTO` or `UPDATE`. An index that is named behind it
/// is left out.
pub(crate) fn table(statement: &str) -> Option<&str> {
    let mut words = Words(statement);
    words.find(|word| {
        ["FROM", "INTO", "UPDATE"]
            .iter()
            .any(|keyword| word.eq_ignore_ascii_case(keyword))
    })?;
    let name = words.next()?;
    let name = match name.strip_prefix('"') {
        Some(quoted) => quoted.strip_suffix('"')?,
        None => name,
    };
    Some(name).filter(|name| !name.is_empty() && name.bytes().all(is_of_a_name))
}

/// The words, names in quotes and values in quotes of a statement; what is between them is left out.
struct Words<'s>(&'s str);

impl<'s> Iterator for Words<'s> {
    type Item = &'s str;

    fn next(&mut self) -> Option<&'s str> {
        let start = self
            .0
            .find(|letter: char| is_quote(letter) || is_of_a_word(letter))?;
        let rest = &self.0[start..];
        let quote = rest.chars().next().filter(|first| is_quote(*first));
        let end = match quote {
            Some(quote) => rest[1..].find(quote)? + 2,
            None => rest
                .find(|letter| !is_of_a_word(letter))
                .unwrap_or(rest.len()),
        };
        let (word, rest) = rest.split_at(end);
        self.0 = rest;
        Some(word)
    }
}

fn is_quote(letter: char) -> bool {
    matches!(letter, '\'' | '"')
}

fn is_of_a_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '-')
}

/// Whether a table's name may have this.
fn is_of_a_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_each_statement_is_found() {
        for (statement, expected) in [
            ("SELECT * FROM orders WHERE id = ?", Some("orders")),
            (
                r#"select "from", id from "my.orders"."by day" where a = 'FROM x'"#,
                Some("my.orders"),
            ),
            (
                "SELECT 'it''s FROM here', a FROM orders-2026",
                Some("orders-2026"),
            ),
            ("INSERT INTO \"orders\" VALUE {'id': '1'}", Some("orders")),
            (
                "  update\n orders\nSET a='INTO x' WHERE id=1",
                Some("orders"),
            ),
            ("DELETE FROM orders", Some("orders")),
            ("EXISTS(SELECT * FROM orders WHERE id = 1)", Some("orders")),
            ("SELECT * FROM 'orders'", None),
            ("SELECT * FROM \"a customer's\"", None),
            ("SELECT * FROM \"orders", None),
            ("SELECT * FROM", None),
            ("SELECT 'FROM orders", None),
            ("ü'\"", None),
            ("", None),
        ] {
            assert_eq!(table(statement), expected, "{statement}");
        }
    }
}
