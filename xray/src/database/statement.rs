//! Statements without what is written into them.

use std::{borrow::Cow, ops::Range};

use segment::Seen;

thread_local! {
    /// Statements in which nothing is to be replaced, of each dialect.
    static PLAIN: [Seen; Dialect::COUNT] = const { [const { Seen::new() }; Dialect::COUNT] };
}

/// Replaces texts and numbers in a statement by `?`. What is quoted for a name stays, and so do comments and
/// placeholders; a text that does not end takes the rest with it.
pub(super) fn without_literals<'s>(statement: &'s str, system: &str) -> Cow<'s, str> {
    let dialect = Dialect::of(system);
    // While the thread is being destroyed, nothing is remembered.
    let is_plain = PLAIN.try_with(|plain| plain[dialect as usize].contains(statement));
    if is_plain.unwrap_or(false) {
        return Cow::Borrowed(statement);
    }
    let mut clean = String::new();
    let mut copied = 0;
    while let Some(literal) = dialect.next_literal(statement, copied) {
        clean.push_str(&statement[copied..literal.start]);
        clean.push('?');
        copied = literal.end;
    }
    if copied == 0 {
        let _ = PLAIN.try_with(|plain| plain[dialect as usize].insert(statement));
        return Cow::Borrowed(statement);
    }
    clean.push_str(&statement[copied..]);
    Cow::Owned(clean)
}

/// Returns the word with which a statement begins, as `SELECT`.
pub(super) fn operation(statement: &str) -> &str {
    let text = statement.trim_ascii_start();
    let end = text.bytes().position(|byte| !byte.is_ascii_alphabetic());
    match &text[..end.unwrap_or(text.len())] {
        "" => "query",
        word => word,
    }
}

/// How texts are written.
#[derive(Clone, Copy)]
enum Dialect {
    /// Texts in single quotes, names in double quotes.
    Standard,
    /// As before, and names stand in brackets as well.
    Brackets,
    /// As the standard, and a text may have delimiters of its own: `q'[it's]'`.
    Oracle,
    /// A backslash hides a quote.
    Escapes,
    /// As before, and texts stand in double quotes as well, and `#` begins a comment.
    MySql,
    /// As before, without such comments.
    Spark,
    /// JSON: what stands in double quotes is the name of a member in front of a colon, else a text.
    Json,
}

impl Dialect {
    const COUNT: usize = 7;

    fn of(system: &str) -> Self {
        match system {
            "mysql" | "mariadb" | "tidb" | "singlestore" | "memsql" | "gcp.bigquery"
            | "bigquery" | "gcp.spanner" | "spanner" => Self::MySql,
            "hive" | "spark" | "databricks" | "impala" => Self::Spark,
            "mongodb" | "elasticsearch" | "opensearch" | "couchdb" | "aws.dynamodb" | "neo4j" => {
                Self::Json
            }
            "clickhouse" | "snowflake" | "aws.redshift" | "redshift" => Self::Escapes,
            "microsoft.sql_server" | "mssql" | "sqlite" => Self::Brackets,
            "oracle.db" | "oracle" => Self::Oracle,
            _ => Self::Standard,
        }
    }

    fn has_escapes(self) -> bool {
        !matches!(self, Self::Standard | Self::Brackets | Self::Oracle)
    }

    /// Returns the place of the next literal from `from` on, where none has begun. All that it looks for is ASCII, so that
    /// literals begin and end between characters.
    fn next_literal(self, statement: &str, from: usize) -> Option<Range<usize>> {
        let bytes = statement.as_bytes();
        let mut at = from;
        while let Some(byte) = bytes.get(at) {
            let rest = &bytes[at..];
            let (length, is_literal) = match byte {
                b'E' | b'e' if rest.get(1) == Some(&b'\'') => (1 + quoted(&rest[1..], true), true),
                b'q' | b'Q' | b'n' | b'N' if matches!(self, Self::Oracle) => {
                    delimited(rest).map_or_else(|| (word(rest), false), |length| (length, true))
                }
                b'0'..=b'9' => (number(rest), true),
                byte if IS_OF_WORD[usize::from(*byte)] => (word(rest), false),
                b'\'' => (quoted(rest, self.has_escapes()), true),
                b'"' => self.double_quoted(rest),
                b'`' => (quoted(rest, false), false),
                b'-' if rest.starts_with(b"--") => (line(rest), false),
                b'#' if matches!(self, Self::MySql) => (line(rest), false),
                b'/' if rest.starts_with(b"/*") => comment(rest),
                b'[' if matches!(self, Self::Brackets) => (until(rest, b"]"), false),
                b'$' if rest.get(1).is_some_and(u8::is_ascii_digit) => (word(rest), false),
                b'$' => match dollar_quoted(rest) {
                    Some(length) => (length, true),
                    None => (1, false),
                },
                b'?' | b':' | b'@' => (1 + word(&rest[1..]), false),
                _ => (1, false),
            };
            if is_literal {
                return Some(at..at + length);
            }
            at += length;
        }
        None
    }

    /// Returns the length of what stands in double quotes, and whether it is a literal.
    fn double_quoted(self, bytes: &[u8]) -> (usize, bool) {
        let length = quoted(bytes, self.has_escapes());
        let is_literal = match self {
            Self::Standard | Self::Brackets | Self::Oracle | Self::Escapes => false,
            Self::MySql | Self::Spark => true,
            Self::Json => {
                let mut behind = bytes[length..].iter();
                behind.find(|byte| !byte.is_ascii_whitespace()) != Some(&b':')
            }
        };
        (length, is_literal)
    }
}

/// Returns the length of what begins with a quote. A quote that is written twice is one within.
fn quoted(bytes: &[u8], has_escapes: bool) -> usize {
    let quote = bytes[0];
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        if *byte == b'\\' && has_escapes {
            at += 2;
        } else if *byte != quote {
            at += 1;
        } else if bytes.get(at + 1) == Some(&quote) {
            at += 2;
        } else {
            return at + 1;
        }
    }
    bytes.len()
}

/// Returns the length of PostgreSQL's `$tag$…$tag$`, if it is one.
fn dollar_quoted(bytes: &[u8]) -> Option<usize> {
    let tag = 1 + bytes[1..]
        .iter()
        .take_while(|byte| IS_OF_WORD[usize::from(**byte)])
        .count();
    let tag = (bytes.get(tag) == Some(&b'$')).then(|| &bytes[..=tag])?;
    Some(tag.len() + until(&bytes[tag.len()..], tag))
}

/// Returns how far it is to behind `end`, or to the end of all.
fn until(bytes: &[u8], end: &[u8]) -> usize {
    let mut windows = bytes.windows(end.len());
    windows
        .position(|window| window == end)
        .map_or(bytes.len(), |at| at + end.len())
}

/// Returns the length of a comment, and whether it is left out. Where another begins within it, databases do not agree on its end: then
/// nothing of the rest is kept.
fn comment(bytes: &[u8]) -> (usize, bool) {
    let length = 2 + until(&bytes[2..], b"*/");
    let has_another = until(&bytes[2..length], b"/*") < length - 2;
    (if has_another { bytes.len() } else { length }, has_another)
}

/// Returns the length of Oracle's `q'[…]'`, if it is one; `nq'[…]'` is one, too.
fn delimited(bytes: &[u8]) -> Option<usize> {
    let prefix = bytes.iter().position(|byte| *byte == b'\'')?;
    let is_quote = [&b"q"[..], b"nq"]
        .iter()
        .any(|word| bytes[..prefix].eq_ignore_ascii_case(word));
    let begin = *bytes.get(prefix + 1).filter(|_| is_quote)?;
    let end = match begin {
        b'[' => b']',
        b'(' => b')',
        b'{' => b'}',
        b'<' => b'>',
        // A character beyond ASCII may be one as well; then nothing of the rest is kept.
        128.. => return Some(bytes.len()),
        other => other,
    };
    let within = prefix + 2;
    Some(within + until(&bytes[within..], &[end, b'\'']))
}

fn line(bytes: &[u8]) -> usize {
    until(bytes, b"\n")
}

fn word(bytes: &[u8]) -> usize {
    let is_of_word = |byte: &u8| IS_OF_WORD[usize::from(*byte)] || *byte == b'$';
    let end = bytes.iter().position(|byte| !is_of_word(byte));
    end.unwrap_or(bytes.len())
}

/// Returns the length of a number: `7`, `1.5e-3`, `0x1F`, `1_000`.
fn number(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let is_exponent = matches!(bytes[at.saturating_sub(1)], b'e' | b'E') && at > 0;
        if IS_OF_WORD[usize::from(*byte)]
            || *byte == b'.'
            || (is_exponent && matches!(byte, b'+' | b'-'))
        {
            at += 1;
        } else {
            break;
        }
    }
    at
}

/// Which bytes may stand in a name; those of characters beyond ASCII do.
static IS_OF_WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = byte.is_ascii_alphanumeric() || byte == b'_';
        table[byte as usize + 128] = true;
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use proptest::{prop_assert, prop_assert_eq, proptest};

    use super::*;

    #[test]
    fn what_is_written_into_a_statement_is_not_kept() {
        for (statement, expected) in [
            ("SELECT 1", "SELECT ?"),
            (
                "SELECT a FROM t1 WHERE b2 = $1 AND c = ?2 LIMIT 10",
                "SELECT a FROM t1 WHERE b2 = $1 AND c = ?2 LIMIT ?",
            ),
            (
                "INSERT INTO u VALUES ('carol', 'it''s', -1.5e-3)",
                "INSERT INTO u VALUES (?, ?, -?)",
            ),
            (r"SELECT E'it\'s', 'c:\', 7", r"SELECT ?, ?, ?"),
            ("SELECT $$it's$$, $a$ $$ $a$, x", "SELECT ?, ?, x"),
            (r#"SELECT "7" -- don't"#, r#"SELECT "7" -- don't"#),
            (
                "SELECT /* 'x */ 'y' FROM t WHERE id = :id OR id = @p1",
                "SELECT /* 'x */ ? FROM t WHERE id = :id OR id = @p1",
            ),
            ("SELECT 'hunter2", "SELECT ?"),
            ("SELECT x::int4, 'ü'", "SELECT x::int4, ?"),
            ("", ""),
        ] {
            assert_eq!(without_literals(statement, "postgresql"), expected);
        }
        let mysql = r#"SELECT `7`, "it\"s", 'a\'b' # don't"#;
        assert_eq!(without_literals(mysql, "mysql"), "SELECT `7`, ?, ? # don't");
    }

    #[test]
    fn what_only_some_databases_have_hides_nothing_and_shows_nothing() {
        for (system, statement, expected) in [
            (
                "oracle.db",
                "SELECT q'[it's hunter2]', NQ'!it's!', uniq FROM n WHERE q = 'x'",
                "SELECT ?, ?, uniq FROM n WHERE q = ?",
            ),
            ("oracle.db", "SELECT q'[it's hunter2", "SELECT ?"),
            ("oracle.db", "SELECT q'ü hunter2 ü', 1", "SELECT ?"),
            ("oracle.db", "SELECT q", "SELECT q"),
            (
                "microsoft.sql_server",
                "SELECT [it's] FROM t WHERE a = N'hunter2' AND b = @p",
                "SELECT [it's] FROM t WHERE a = N? AND b = @p",
            ),
            (
                "postgresql",
                "SELECT ARRAY['hunter2'], a[1]",
                "SELECT ARRAY[?], a[?]",
            ),
            (
                "postgresql",
                "SELECT 7 /* a /* b */ it's */, 'hunter2'",
                "SELECT ? ?",
            ),
            ("mysql", "SELECT 7 /*/*/ 'hunter2'", "SELECT ? ?"),
        ] {
            assert_eq!(
                without_literals(statement, system),
                expected,
                "{system}: {statement}"
            );
        }
    }

    #[test]
    fn a_backslash_hides_a_quote_where_the_database_says_so() {
        let statement = r"SELECT 'it\'s hunter2', x";
        for system in [
            "mysql",
            "tidb",
            "clickhouse",
            "snowflake",
            "aws.redshift",
            "gcp.bigquery",
            "databricks",
        ] {
            assert_eq!(
                without_literals(statement, system),
                "SELECT ?, x",
                "{system}"
            );
        }
        for system in ["postgresql", "sqlite", "microsoft.sql_server", "oracle.db"] {
            assert_eq!(
                without_literals(r"SELECT 'c:\', x", system),
                "SELECT ?, x",
                "{system}"
            );
        }
    }

    #[test]
    fn what_one_dialect_has_for_a_name_is_a_text_in_another() {
        let statement = r#"SELECT * FROM users WHERE name = "carol""#;
        for (system, expected) in [
            ("postgresql", statement),
            ("mysql", "SELECT * FROM users WHERE name = ?"),
        ] {
            for _ in 0..2 {
                assert_eq!(without_literals(statement, system), expected);
            }
        }
    }

    #[test]
    fn of_json_the_members_names_stay() {
        let statement = r#"{"find": "users", "filter" : {"mail": "a\"@b.c", "age": {"$gt": 7}}}"#;
        let clean = r#"{"find": ?, "filter" : {"mail": ?, "age": {"$gt": ?}}}"#;
        assert_eq!(without_literals(statement, "mongodb"), clean);
    }

    #[test]
    fn an_operation_is_a_word_and_nothing_of_the_rest() {
        for (statement, expected) in [
            ("  select 1", "select"),
            ("SELECT\n*", "SELECT"),
            ("EXEC[dbo].[p] 'hunter2'", "EXEC"),
            (r#"{"find":"users","mail":"hunter2"}"#, "query"),
            ("/* hunter2 */ SELECT 1", "query"),
            ("", "query"),
        ] {
            assert_eq!(operation(statement), expected, "{statement}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_to_its_end(text in "[\\PC'\"$`\\\\0-9/*-]{0,60}") {
            for system in ["postgresql", "mysql", "clickhouse", "sqlite", "oracle"] {
                let clean = without_literals(&text, system);
                prop_assert!(clean.len() <= text.len() + 1);
                // What is left has no literals.
                prop_assert_eq!(without_literals(&clean, system), clean.as_ref());
            }
        }
    }
}
