//! Splits an expression into tokens.

use super::FilterError;

/// A token of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A keyword, or a part of one.
    Word(String),
    /// A string in quotation marks.
    Text(String),
    /// A number.
    Number(f64),
    /// `annotation[key]` or `annotation.key`.
    Annotation(String),
    /// The JSON after `#`.
    Json(serde_json::Value),
    /// Anything else: a parenthesis, an operator.
    Sign(&'static str),
    /// The end, after the last token.
    End,
}

/// A token and the number of characters before it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed {
    pub(super) token: Token,
    pub(super) position: usize,
}

/// A longer sign precedes those that it begins with.
const SIGNS: [&str; 14] = [
    "!=", "<=", ">=", "=", "<", ">", "!", "(", ")", "{", "}", ",", ":", "]",
];

/// Splits an expression into tokens, followed by [`Token::End`].
pub(super) fn cut(text: &str) -> Result<Vec<Placed>, FilterError> {
    let mut scanner = Scanner { text, at: 0 };
    let mut tokens = Vec::new();
    loop {
        scanner.skip_space();
        let position = scanner.position();
        let token = scanner.token()?;
        let is_end = token == Token::End;
        tokens.push(Placed { token, position });
        if is_end {
            return Ok(tokens);
        }
    }
}

impl Token {
    /// Returns a description of the token for an error.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Word(word) => word.clone(),
            Self::Text(text) => format!("\"{text}\""),
            Self::Number(number) => number.to_string(),
            Self::Annotation(key) => format!("annotation.{key}"),
            Self::Json(_) => "a JSON list".to_owned(),
            Self::Sign(sign) => (*sign).to_owned(),
            Self::End => "the end".to_owned(),
        }
    }
}

struct Scanner<'t> {
    text: &'t str,
    /// Position in bytes.
    at: usize,
}

impl<'t> Scanner<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn position(&self) -> usize {
        self.text[..self.at].chars().count()
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn token(&mut self) -> Result<Token, FilterError> {
        let Some(first) = self.rest().chars().next() else {
            return Ok(Token::End);
        };
        match first {
            '"' => self.quoted(),
            '#' => self.json(),
            '-' | '0'..='9' => self.number(),
            '.' if self.rest()[1..].starts_with(|next: char| next.is_ascii_digit()) => {
                self.number()
            }
            _ if is_word(first) => self.word(),
            _ => self.sign(first),
        }
    }

    fn sign(&mut self, first: char) -> Result<Token, FilterError> {
        let sign = SIGNS.into_iter().find(|sign| self.rest().starts_with(sign));
        // What word processors and other languages quote with.
        let expected = if "'`´‘’‚“”„«»".contains(first) {
            "straight quotation marks (\"…\") around a text"
        } else {
            "a keyword"
        };
        let sign = sign.ok_or_else(|| self.error(expected, &first.to_string()))?;
        self.at += sign.len();
        Ok(Token::Sign(sign))
    }

    fn word(&mut self) -> Result<Token, FilterError> {
        let word = self.take(is_word);
        if word.eq_ignore_ascii_case("annotation") && self.rest().starts_with('[') {
            self.at += 1;
            let key = self.take(|character| character != ']');
            if self.rest().is_empty() {
                return Err(self.error("]", "the end"));
            }
            self.at += 1;
            let key = key.trim();
            let bare = key.strip_prefix('"').and_then(|key| key.strip_suffix('"'));
            return Ok(Token::Annotation(bare.unwrap_or(key).to_owned()));
        }
        match word.split_at_checked("annotation.".len()) {
            Some((prefix, key))
                if prefix.eq_ignore_ascii_case("annotation.") && !key.is_empty() =>
            {
                Ok(Token::Annotation(key.to_owned()))
            }
            _ => Ok(Token::Word(word.to_owned())),
        }
    }

    fn quoted(&mut self) -> Result<Token, FilterError> {
        let mut text = String::new();
        let mut characters = self.rest().char_indices().skip(1);
        while let Some((_, character)) = characters.next() {
            match character {
                '"' => {
                    self.at += characters
                        .next()
                        .map_or(self.rest().len(), |(next, _)| next);
                    return Ok(Token::Text(text));
                }
                '\\' => match characters.next() {
                    Some((_, escaped @ ('"' | '\\'))) => text.push(escaped),
                    // Before any other character, a backslash stands for itself, as in Windows paths and patterns.
                    Some((_, other)) => text.extend(['\\', other]),
                    None => break,
                },
                _ => text.push(character),
            }
        }
        self.at = self.text.len();
        Err(self.error("the closing quotation mark", "the end"))
    }

    fn number(&mut self) -> Result<Token, FilterError> {
        let start = self.at;
        let text = self.take(|character| {
            character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '+' | '_')
        });
        let is_plain = text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b".-+eE".contains(&byte));
        match text.parse::<f64>() {
            Ok(number) if is_plain && number.is_finite() => Ok(Token::Number(number)),
            _ => {
                self.at = start;
                let has_unit = text.starts_with(|first: char| first.is_ascii_digit());
                let expected = match text.trim_start_matches(['-', '+']) {
                    name if name.starts_with(|first: char| first.is_ascii_alphabetic()) => {
                        "a number, or annotation[…] around a key with a hyphen"
                    }
                    _ if has_unit => "a number without a unit: times are in seconds",
                    _ => "a number",
                };
                Err(self.error(expected, text))
            }
        }
    }

    fn json(&mut self) -> Result<Token, FilterError> {
        let start = self.at;
        self.at += 1;
        let mut values = serde_json::Deserializer::from_str(self.rest()).into_iter();
        if let Some(Ok(value @ serde_json::Value::Array(_))) = values.next() {
            self.at += values.byte_offset();
            return Ok(Token::Json(value));
        }
        self.at = start;
        Err(self.error("a JSON list after #", "#"))
    }

    fn take(&mut self, wanted: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let end = rest
            .find(|character| !wanted(character))
            .unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn error(&self, expected: &str, found: &str) -> FilterError {
        FilterError {
            position: self.position(),
            expected: expected.to_owned(),
            found: found.chars().take(64).collect(),
        }
    }
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '.')
}
