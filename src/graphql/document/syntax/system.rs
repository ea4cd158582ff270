//! Definitions of the type system: the project's own SDL, and what a request is told it must not contain.

use super::super::error::Fault;
use super::ast::*;
use super::lexer::Kind;
use super::parser::{Parsed, Parser};

/// Whether a definition consists of nothing but its name.
fn is_empty(kind: &SystemKind<'_>) -> bool {
    match kind {
        SystemKind::Scalar => true,
        SystemKind::Schema(roots) => roots.is_empty(),
        SystemKind::Object { interfaces, fields }
        | SystemKind::Interface { interfaces, fields } => {
            interfaces.is_empty() && fields.is_empty()
        }
        SystemKind::Union(names) | SystemKind::Enum(names) => names.is_empty(),
        SystemKind::Input(inputs) => inputs.is_empty(),
        SystemKind::Directive { .. } => false,
    }
}

impl<'t> Parser<'t> {
    pub fn system(&mut self) -> Parsed<System<'t>> {
        let at = self.token.start;
        self.description()?;
        self.system_body(at, false)
    }

    pub fn extension(&mut self) -> Parsed<System<'t>> {
        let at = self.token.start;
        self.expect_keyword("extend")?;
        let known = [
            "schema",
            "scalar",
            "type",
            "interface",
            "union",
            "enum",
            "input",
        ];
        if !known.iter().any(|word| self.peek_keyword(word)) {
            return Err(self.unexpected(&self.token));
        }
        let system = self.system_body(at, true)?;
        // It must extend by something.
        if system.directives.is_empty() && is_empty(&system.kind) {
            return Err(self.unexpected(&self.token));
        }
        Ok(system)
    }

    fn system_body(&mut self, at: usize, extends: bool) -> Parsed<System<'t>> {
        let keyword = self.token.clone();
        let word = self.name()?.text;
        let name = match word {
            "schema" => None,
            "directive" => {
                self.expect("@")?;
                Some(self.name()?)
            }
            _ => Some(self.name()?),
        };
        if word == "directive" && !extends {
            let kind = self.directive_definition()?;
            return Ok(System {
                at,
                name,
                extends,
                directives: Vec::new(),
                kind,
            });
        }
        let interfaces = if matches!(word, "type" | "interface") {
            self.implements()?
        } else {
            Vec::new()
        };
        let directives = self.directives(true)?;
        let kind = match word {
            "schema" if extends => {
                SystemKind::Schema(self.optional_many("{", "}", Self::root_type)?)
            }
            "schema" => SystemKind::Schema(self.many("{", "}", Self::root_type)?),
            "scalar" => SystemKind::Scalar,
            "type" => SystemKind::Object {
                interfaces,
                fields: self.field_definitions()?,
            },
            "interface" => SystemKind::Interface {
                interfaces,
                fields: self.field_definitions()?,
            },
            "union" => SystemKind::Union(if self.take("=")? {
                self.separated("|")?
            } else {
                Vec::new()
            }),
            "enum" => SystemKind::Enum(self.optional_many("{", "}", Self::enum_value)?),
            "input" => SystemKind::Input(self.optional_many("{", "}", Self::input_definition)?),
            _ => return Err(self.unexpected(&keyword)),
        };
        Ok(System {
            at,
            name,
            extends,
            directives,
            kind,
        })
    }

    fn directive_definition(&mut self) -> Parsed<SystemKind<'t>> {
        let arguments = self.optional_many("(", ")", Self::input_definition)?;
        let repeatable = self.take_keyword("repeatable")?;
        self.expect_keyword("on")?;
        let locations = self.separated("|")?;
        Ok(SystemKind::Directive {
            arguments,
            repeatable,
            locations,
        })
    }

    fn root_type(&mut self) -> Parsed<(OperationKind, Name<'t>)> {
        let kind = self.operation_kind()?;
        self.expect(":")?;
        Ok((kind, self.name()?))
    }

    fn implements(&mut self) -> Parsed<Vec<Name<'t>>> {
        if self.take_keyword("implements")? {
            self.separated("&")
        } else {
            Ok(Vec::new())
        }
    }

    /// Names with a separator between them and, if one likes, before the first.
    fn separated(&mut self, separator: &'static str) -> Parsed<Vec<Name<'t>>> {
        self.take(separator)?;
        let mut names = vec![self.name()?];
        while self.take(separator)? {
            names.push(self.name()?);
        }
        Ok(names)
    }

    fn field_definitions(&mut self) -> Parsed<Vec<FieldDefinition<'t>>> {
        self.optional_many("{", "}", |parser| {
            parser.description()?;
            let name = parser.name()?;
            let arguments = parser.optional_many("(", ")", Self::input_definition)?;
            parser.expect(":")?;
            let ty = parser.type_node()?;
            parser.directives(true)?;
            Ok(FieldDefinition {
                name,
                arguments,
                ty,
            })
        })
    }

    fn input_definition(&mut self) -> Parsed<InputDefinition<'t>> {
        self.description()?;
        let name = self.name()?;
        self.expect(":")?;
        let ty = self.type_node()?;
        let default = if self.take("=")? {
            Some(self.value(true)?)
        } else {
            None
        };
        self.directives(true)?;
        Ok(InputDefinition { name, ty, default })
    }

    fn enum_value(&mut self) -> Parsed<Name<'t>> {
        self.description()?;
        if self.token.kind == Kind::Name
            && matches!(self.token.value.as_ref(), "true" | "false" | "null")
        {
            let token = self.token.clone();
            return Err(Fault::syntax(
                token.start,
                format!(
                    "{} is reserved and cannot be used for an enum value.",
                    token.describe()
                ),
            ));
        }
        let name = self.name()?;
        self.directives(true)?;
        Ok(name)
    }
}
