//! Values, types, arguments, directives: what operations and SDL share.

use super::super::error::Fault;
use super::ast::*;
use super::lexer::Kind;
use super::parser::{Parsed, Parser};

impl<'t> Parser<'t> {
    pub fn directives(&mut self, constant: bool) -> Parsed<Vec<Directive<'t>>> {
        let mut directives = Vec::new();
        while self.peek("@") {
            let at = self.advance()?.start;
            let name = self.name()?;
            let arguments = self.arguments(constant)?;
            directives.push(Directive {
                at,
                name,
                arguments,
            });
        }
        Ok(directives)
    }

    pub fn arguments(&mut self, constant: bool) -> Parsed<Vec<Argument<'t>>> {
        self.optional_many("(", ")", |parser| parser.argument(constant))
    }

    fn argument(&mut self, constant: bool) -> Parsed<Argument<'t>> {
        let name = self.name()?;
        self.expect(":")?;
        let value = self.value(constant)?;
        Ok(Argument { name, value })
    }

    pub fn value(&mut self, constant: bool) -> Parsed<Value<'t>> {
        let at = self.token.start;
        let kind = match self.token.kind {
            Kind::Punctuator("[") => {
                ValueKind::List(self.any("[", "]", |parser| parser.value(constant))?)
            }
            Kind::Punctuator("{") => {
                ValueKind::Object(self.any("{", "}", |parser| parser.argument(constant))?)
            }
            Kind::Punctuator("$") => return self.variable_value(constant),
            Kind::Int => ValueKind::Int(self.text_of_token()?),
            Kind::Float => ValueKind::Float(self.text_of_token()?),
            Kind::String => ValueKind::String {
                value: self.advance()?.value,
                block: false,
            },
            Kind::BlockString => ValueKind::String {
                value: self.advance()?.value,
                block: true,
            },
            Kind::Name => match self.text_of_token()? {
                "true" => ValueKind::Boolean(true),
                "false" => ValueKind::Boolean(false),
                "null" => ValueKind::Null,
                name => ValueKind::Enum(name),
            },
            _ => return Err(self.unexpected(&self.token)),
        };
        Ok(Value { at, kind })
    }

    fn text_of_token(&mut self) -> Parsed<&'t str> {
        let token = self.advance()?;
        Ok(&self.text[token.start..token.end])
    }

    fn variable_value(&mut self, constant: bool) -> Parsed<Value<'t>> {
        let dollar = self.expect("$")?;
        if constant {
            return Err(match self.token.kind {
                Kind::Name => {
                    let name = &self.token.value;
                    Fault::syntax(
                        dollar.start,
                        format!("Unexpected variable \"${name}\" in constant value."),
                    )
                }
                _ => self.unexpected(&dollar),
            });
        }
        Ok(Value {
            at: dollar.start,
            kind: ValueKind::Variable(self.name()?.text),
        })
    }

    pub fn type_node(&mut self) -> Parsed<TypeNode<'t>> {
        let at = self.token.start;
        let inner = if self.peek("[") {
            let item = self.nested("[", |parser| {
                let item = parser.type_node()?;
                parser.expect("]")?;
                Ok(item)
            })?;
            TypeNode::List(at, Box::new(item))
        } else {
            TypeNode::Named(self.name()?)
        };
        Ok(if self.take("!")? {
            TypeNode::NonNull(Box::new(inner))
        } else {
            inner
        })
    }

    /// Skips a description; returns whether there was one.
    pub fn description(&mut self) -> Parsed<bool> {
        let found = matches!(self.token.kind, Kind::String | Kind::BlockString);
        if found {
            self.advance()?;
        }
        Ok(found)
    }
}
