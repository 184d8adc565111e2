//! What stands behind a keyword: operators and values.

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
            Some(operator) => match operator.on_text() {
                Some(test) => Some(test(self.quoted()?)),
                None => return self.fail_at(at, TEXT_OPERATOR),
            },
        };
        Ok(Expression::Text(key, test))
    }

    pub(super) fn annotation(&mut self, key: String) -> Parsed {
        let at = self.next;
        let test = match self.operator() {
            None => AnnotationTest::Set,
            Some(operator) => match (self.peek(), operator) {
                (Token::Text(_), operator) => match operator.on_text() {
                    Some(test) => AnnotationTest::Text(test(self.quoted()?)),
                    None => return self.fail_at(at, TEXT_OPERATOR),
                },
                (Token::Number(_), Operator::Order(order)) => {
                    AnnotationTest::Number(order, self.plain_number()?)
                }
                (Token::Word(_), Operator::Order(order @ (Order::Equal | Order::Different))) => {
                    AnnotationTest::Bool(order, self.bool()?)
                }
                (_, Operator::Order(_)) => {
                    return self.fail("a text in quotation marks, a number, true or false");
                }
                (_, _) => return self.fail("a text in quotation marks"),
            },
        };
        Ok(Expression::Annotation(key, test))
    }

    /// Steps over an operator, if one comes next.
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
    fn on_text(self) -> Option<fn(String) -> TextTest> {
        match self {
            Self::Order(Order::Equal) => Some(TextTest::Equal),
            Self::Order(Order::Different) => Some(TextTest::Different),
            Self::Order(_) => None,
            Self::Contains => Some(TextTest::Contains),
            Self::BeginsWith => Some(TextTest::BeginsWith),
            Self::EndsWith => Some(TextTest::EndsWith),
        }
    }
}
