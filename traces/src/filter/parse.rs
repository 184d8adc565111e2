//! Parses tokens into an expression.

mod keyword;
mod test;

use super::{
    FilterError, MAX_EXPRESSION, MAX_NESTING, NamedFilter,
    expression::{Element, Expression, Flag, Reference},
    token::{self, Placed, Token},
};
use keyword::{Keyword, keyword};

/// Parses an expression.
pub(super) fn parse(text: &str, groups: &[NamedFilter]) -> Result<Expression, FilterError> {
    if text.len() > MAX_EXPRESSION {
        return Err(FilterError {
            position: MAX_EXPRESSION,
            expected: format!("an expression of at most {MAX_EXPRESSION} bytes"),
            found: format!("one of {} bytes", text.len()),
        });
    }
    let mut parser = Parser::of(text, groups)?;
    let expression = parser.any()?;
    match parser.peek() {
        Token::End => Ok(expression),
        _ => parser.fail("AND, OR, another condition, or the end"),
    }
}

/// Parses a single `id(…)`; `None` if it is something else.
pub(super) fn reference(text: &str) -> Result<Option<Reference>, FilterError> {
    let mut parser = Parser::of(text, &[])?;
    if !matches!(parser.peek(), Token::Word(word) if word.eq_ignore_ascii_case("id")) {
        return Ok(None);
    }
    let reference = parser.reference()?;
    match parser.peek() {
        Token::End => Ok(reference),
        _ => parser.fail("the end"),
    }
}

struct Parser<'g> {
    tokens: Vec<Placed>,
    next: usize,
    nesting: usize,
    scope: Scope,
    groups: &'g [NamedFilter],
}

/// The kind of braces around a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Trace,
    Service,
    Edge,
    Cause(Element),
}

type Parsed<T = Expression> = Result<T, FilterError>;

const CONDITION: &str = "a condition: a keyword like fault or responsetime, service(…), edge(…), annotation.key, ! or (";

impl<'g> Parser<'g> {
    fn of(text: &str, groups: &'g [NamedFilter]) -> Parsed<Self> {
        Ok(Self {
            tokens: token::cut(text)?,
            next: 0,
            nesting: 0,
            scope: Scope::Trace,
            groups,
        })
    }

    fn peek(&self) -> &Token {
        &self.tokens[self.next].token
    }

    /// Moves to the next token; does not move past the end.
    fn step(&mut self) {
        self.next = (self.next + 1).min(self.tokens.len() - 1);
    }

    fn fail<T>(&self, expected: impl Into<String>) -> Parsed<T> {
        self.fail_at(self.next, expected)
    }

    fn fail_at<T>(&self, token: usize, expected: impl Into<String>) -> Parsed<T> {
        let Placed { token, position } = &self.tokens[token];
        Err(FilterError {
            position: *position,
            expected: expected.into(),
            found: token.describe().chars().take(64).collect(),
        })
    }

    /// Skips a sign if it is next.
    fn accept(&mut self, sign: &'static str) -> bool {
        let takes = *self.peek() == Token::Sign(sign);
        if takes {
            self.step();
        }
        takes
    }

    fn must_take(&mut self, sign: &'static str) -> Parsed<()> {
        if self.accept(sign) {
            Ok(())
        } else {
            self.fail(sign)
        }
    }

    /// Skips a word if it is next, ignoring case.
    fn accept_word(&mut self, wanted: &str) -> bool {
        let takes = matches!(self.peek(), Token::Word(word) if word.eq_ignore_ascii_case(wanted));
        if takes {
            self.step();
        }
        takes
    }

    fn any(&mut self) -> Parsed {
        let mut parts = vec![self.all()?];
        while self.accept_word("OR") {
            parts.push(self.all()?);
        }
        Ok(one_or(parts, Expression::Any))
    }

    fn all(&mut self) -> Parsed {
        let mut parts = vec![self.one()?];
        // Two adjacent conditions must both match, as if joined by AND.
        while self.accept_word("AND") || self.begins_condition() {
            parts.push(self.one()?);
        }
        Ok(one_or(parts, Expression::All))
    }

    fn begins_condition(&self) -> bool {
        match self.peek() {
            Token::Word(word) => !word.eq_ignore_ascii_case("OR"),
            Token::Annotation(_) | Token::Sign("!" | "(") => true,
            _ => false,
        }
    }

    fn one(&mut self) -> Parsed {
        if self.nesting >= MAX_NESTING {
            return self.fail(format!("at most {MAX_NESTING} nested conditions"));
        }
        self.nesting += 1;
        let expression = if self.accept("!") {
            Expression::Not(Box::new(self.one()?))
        } else if self.accept("(") {
            let expression = self.any()?;
            self.must_take(")")?;
            expression
        } else {
            self.condition()?
        };
        self.nesting -= 1;
        Ok(expression)
    }

    fn condition(&mut self) -> Parsed {
        let start = self.next;
        let found = match self.peek() {
            Token::Annotation(key) => Some(Keyword::Annotation(key.clone())),
            Token::Word(word) => keyword(word),
            _ => None,
        };
        let Some(found) = found else {
            return self.fail(CONDITION);
        };
        if let Err(expected) = self.scope.allows(&found) {
            return self.fail(expected);
        }
        self.step();
        match found {
            Keyword::Flag(flag) => self.flag(flag),
            Keyword::Number(key) => self.number(key),
            Keyword::Text(key) => self.text(key),
            Keyword::Annotation(key) => self.annotation(key),
            Keyword::Service => self.service(),
            Keyword::Edge => self.edge(),
            Keyword::GroupName => self.group(start, |group| &group.name),
            Keyword::GroupArn => self.group(start, |group| &group.arn),
            Keyword::Cause(kind, element) => {
                let inner = self.braces(Scope::Cause(element))?;
                match inner {
                    Some(inner) => Ok(Expression::Cause(kind, element, inner)),
                    None => self.fail("{"),
                }
            }
            Keyword::CauseJson => self.cause_json(),
        }
    }

    fn flag(&mut self, flag: Flag) -> Parsed {
        let is_wanted = if self.accept("=") {
            self.bool()?
        } else if self.accept("!=") {
            !self.bool()?
        } else {
            true
        };
        let expression = Expression::Flag(flag);
        Ok(if is_wanted {
            expression
        } else {
            Expression::Not(Box::new(expression))
        })
    }

    fn bool(&mut self) -> Parsed<bool> {
        if self.accept_word("true") {
            Ok(true)
        } else if self.accept_word("false") {
            Ok(false)
        } else {
            self.fail("true or false")
        }
    }

    fn service(&mut self) -> Parsed {
        self.must_take("(")?;
        let reference = self.reference()?;
        if !self.accept(")") {
            return self.fail(if reference.is_some() {
                ")"
            } else {
                "the name of a service in quotation marks, id(…) or )"
            });
        }
        Ok(Expression::Service(reference, self.braces(Scope::Service)?))
    }

    fn edge(&mut self) -> Parsed {
        self.must_take("(")?;
        let from = self.reference()?;
        self.must_take(",")?;
        let to = self.reference()?;
        self.must_take(")")?;
        Ok(Expression::Edge(from, to, self.braces(Scope::Edge)?))
    }

    /// Parses an expression in braces, if it is next.
    fn braces(&mut self, scope: Scope) -> Parsed<Option<Box<Expression>>> {
        if !self.accept("{") {
            return Ok(None);
        }
        let outer = std::mem::replace(&mut self.scope, scope);
        let inner = self.any()?;
        self.scope = outer;
        self.must_take("}")?;
        Ok(Some(Box::new(inner)))
    }

    fn reference(&mut self) -> Parsed<Option<Reference>> {
        if let Token::Text(name) = self.peek() {
            let name = Some(name.clone());
            self.step();
            return Ok(Some(Reference {
                name,
                ..Reference::default()
            }));
        }
        if !self.accept_word("id") {
            return Ok(None);
        }
        self.must_take("(")?;
        let mut reference = Reference::default();
        loop {
            self.reference_member(&mut reference)?;
            if !self.accept(",") {
                break;
            }
        }
        self.must_take(")")?;
        Ok(Some(reference))
    }

    fn reference_member(&mut self, reference: &mut Reference) -> Parsed<()> {
        let member = match self.peek() {
            Token::Word(word) if word.eq_ignore_ascii_case("name") => &mut reference.name,
            Token::Word(word) if word.eq_ignore_ascii_case("type") => &mut reference.kind,
            Token::Word(word) if word.eq_ignore_ascii_case("account.id") => &mut reference.account,
            _ => return self.fail("name, type or account.id"),
        };
        self.step();
        self.must_take(":")?;
        *member = Some(self.quoted()?);
        Ok(())
    }

    fn group(&mut self, start: usize, member: impl Fn(&NamedFilter) -> &str) -> Parsed {
        let is_wanted = if self.accept("=") {
            true
        } else if self.accept("!=") {
            false
        } else {
            return self.fail("= or !=");
        };
        let at = self.next;
        let wanted = self.quoted()?;
        let Some(group) = self.groups.iter().find(|group| member(group) == wanted) else {
            let known: Vec<&str> = self.groups.iter().map(&member).collect();
            let known = known.join(", ");
            if known.is_empty() {
                return self.fail_at(start, "a condition that names no group");
            }
            return self.fail_at(at, format!("an existing group: {known}"));
        };
        let expression = match &group.filter {
            Some(filter) => Expression::Group(filter.0.clone()),
            None => Expression::Everything,
        };
        Ok(if is_wanted {
            expression
        } else {
            Expression::Not(Box::new(expression))
        })
    }

    fn cause_json(&mut self) -> Parsed {
        self.must_take("=")?;
        match self.peek() {
            Token::Json(serde_json::Value::Array(causes)) => {
                let causes = causes.clone();
                self.step();
                Ok(Expression::CauseJson(causes))
            }
            _ => self.fail("a JSON list after #"),
        }
    }

    fn quoted(&mut self) -> Parsed<String> {
        match self.peek() {
            Token::Text(text) => {
                let text = text.clone();
                self.step();
                Ok(text)
            }
            _ => self.fail("a text in quotation marks"),
        }
    }
}

fn one_or(mut parts: Vec<Expression>, many: impl Fn(Vec<Expression>) -> Expression) -> Expression {
    match parts.len() {
        1 => parts.remove(0),
        _ => many(parts),
    }
}
