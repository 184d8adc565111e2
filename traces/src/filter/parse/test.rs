//! What follows a keyword: operators and values.

use super::{Parsed, Parser};
use crate::filter::{
    expression::{AnnotationTest, Expression, NumberKey, Order, TextKey, TextTest},
    token::Token,
};

const TEXT_OPERATOR: &str = "=, !=, CONTAINS, BEGINSWITH or ENDSWITH";

/// An operator.
#[derive(Debug, Clone, Copy)]
enum Operator {
    Order(Order),
    Contains,
    BeginsWith,
    EndsWith,
}

impl Parser<'_> {
    pub(super) fn number(&mut self, key: NumberKey) -> Parsed {
        let at = self.next;
        let test = match self.operator() {
            None => None,
            Some(Operator::Order(order)) => Some((order, self.plain_number()?)),
            Some(_) => return self.fail_at(at, "=, !=, <, <=, > or >="),
        };
        Ok(Expression::Number(key, test))
    }

    pub(super) fn text(&mut self, key: TextKey) -> Parsed {
        let at = self.next;
        let test = match self.operator() {
            None => None,
            Some(Operator::Order(order)) if !matches!(order, Order::Equal | Order::Different) => {
                return self.fail_at(at, TEXT_OPERATOR);
            }
            Some(operator) => Some(operator.on_text(self.quoted()?)),
        };
        Ok(Expression::Text(key, test))
    }

    /// Any operator accepts any value here. String operators take numbers and booleans as they are written.
    pub(super) fn annotation(&mut self, key: String) -> Parsed {
        let Some(operator) = self.operator() else {
            return Ok(Expression::Annotation(key, AnnotationTest::Set));
        };
        let test = match (self.peek(), operator) {
            (Token::Text(_), operator) => AnnotationTest::Text(operator.on_text(self.quoted()?)),
            (Token::Number(_), Operator::Order(order)) => {
                AnnotationTest::Number(order, self.plain_number()?)
            }
            (Token::Number(_), operator) => {
                AnnotationTest::Text(operator.on_text(self.plain_number()?.to_string()))
            }
            (Token::Word(_), Operator::Order(order)) => AnnotationTest::Bool(order, self.bool()?),
            (Token::Word(_), operator) => {
                AnnotationTest::Text(operator.on_text(self.bool()?.to_string()))
            }
            _ => return self.fail("a text in quotation marks, a number, true or false"),
        };
        Ok(Expression::Annotation(key, test))
    }

    /// Skips an operator, if one is next.
    fn operator(&mut self) -> Option<Operator> {
        let operator = match self.peek() {
            Token::Sign("=") => Operator::Order(Order::Equal),
            Token::Sign("!=") => Operator::Order(Order::Different),
            Token::Sign("<") => Operator::Order(Order::Less),
            Token::Sign("<=") => Operator::Order(Order::AtMost),
            Token::Sign(">") => Operator::Order(Order::More),
            Token::Sign(">=") => Operator::Order(Order::AtLeast),
            Token::Word(word) if word.eq_ignore_ascii_case("CONTAINS") => Operator::Contains,
            Token::Word(word) if word.eq_ignore_ascii_case("BEGINSWITH") => Operator::BeginsWith,
            Token::Word(word) if word.eq_ignore_ascii_case("ENDSWITH") => Operator::EndsWith,
            _ => return None,
        };
        self.step();
        Some(operator)
    }

    fn plain_number(&mut self) -> Parsed<f64> {
        match *self.peek() {
            Token::Number(number) => {
                self.step();
                Ok(number)
            }
            _ => self.fail("a number"),
        }
    }
}

impl Operator {
    fn on_text(self, wanted: String) -> TextTest {
        match self {
            Self::Order(order) => TextTest::Compared(order, wanted),
            Self::Contains => TextTest::Contains(wanted),
            Self::BeginsWith => TextTest::BeginsWith(wanted),
            Self::EndsWith => TextTest::EndsWith(wanted),
        }
    }
}
