//! Operations and fragments.

use super::super::error::Fault;
use super::ast::*;
use super::lexer::{Kind, next_token};
use super::parser::{Parsed, Parser};

impl<'t> Parser<'t> {
    pub fn definition(&mut self) -> Parsed<Definition<'t>> {
        if self.peek("{") {
            return self.operation();
        }
        let described = matches!(self.token.kind, Kind::String | Kind::BlockString);
        let keyword = if described {
            next_token(self.text, self.token.end)?
        } else {
            self.token.clone()
        };
        if described && keyword.kind == Kind::Punctuator("{") {
            let message =
                "Unexpected description, descriptions are not supported on shorthand queries.";
            return Err(Fault::syntax(self.token.start, message));
        }
        match (keyword.kind, keyword.value.as_ref()) {
            (Kind::Name, "query" | "mutation" | "subscription") => self.operation(),
            (Kind::Name, "fragment") => self.fragment(),
            (
                Kind::Name,
                "schema" | "scalar" | "type" | "interface" | "union" | "enum" | "input"
                | "directive",
            ) => Ok(Definition::System(self.system()?)),
            (Kind::Name, _) if described => {
                let message =
                    "Unexpected description, only GraphQL definitions support descriptions.";
                Err(Fault::syntax(self.token.start, message))
            }
            (Kind::Name, "extend") => Ok(Definition::System(self.extension()?)),
            _ => Err(self.unexpected(&keyword)),
        }
    }

    fn operation(&mut self) -> Parsed<Definition<'t>> {
        let at = self.token.start;
        if self.peek("{") {
            return Ok(Definition::Operation(Operation {
                at,
                kind: OperationKind::Query,
                name: None,
                variables: Vec::new(),
                directives: Vec::new(),
                selection: self.selection_set()?,
            }));
        }
        self.description()?;
        let kind = self.operation_kind()?;
        let name = if self.token.kind == Kind::Name {
            Some(self.name()?)
        } else {
            None
        };
        Ok(Definition::Operation(Operation {
            at,
            kind,
            name,
            variables: self.optional_many("(", ")", Self::variable_definition)?,
            directives: self.directives(false)?,
            selection: self.selection_set()?,
        }))
    }

    pub fn operation_kind(&mut self) -> Parsed<OperationKind> {
        let name = self.token.clone();
        let kinds = [
            OperationKind::Query,
            OperationKind::Mutation,
            OperationKind::Subscription,
        ];
        let word = self.name()?;
        kinds
            .into_iter()
            .find(|kind| kind.keyword() == word.text)
            .ok_or_else(|| self.unexpected(&name))
    }

    fn variable_definition(&mut self) -> Parsed<VariableDefinition<'t>> {
        let at = self.token.start;
        self.description()?;
        self.expect("$")?;
        let name = self.name()?;
        self.expect(":")?;
        let ty = self.type_node()?;
        let default = if self.take("=")? {
            Some(self.value(true)?)
        } else {
            None
        };
        let directives = self.directives(true)?;
        Ok(VariableDefinition {
            at,
            name,
            ty,
            default,
            directives,
        })
    }

    fn fragment(&mut self) -> Parsed<Definition<'t>> {
        let at = self.token.start;
        self.description()?;
        self.expect_keyword("fragment")?;
        let name = self.fragment_name()?;
        self.expect_keyword("on")?;
        let on = self.name()?;
        let directives = self.directives(false)?;
        let selection = self.selection_set()?;
        Ok(Definition::Fragment(Fragment {
            at,
            name,
            on,
            directives,
            selection,
        }))
    }

    fn fragment_name(&mut self) -> Parsed<Name<'t>> {
        if self.token.value == "on" {
            return Err(self.unexpected(&self.token));
        }
        self.name()
    }

    fn selection_set(&mut self) -> Parsed<SelectionSet<'t>> {
        let at = self.token.start;
        let items = self.many("{", "}", Self::selection)?;
        Ok(SelectionSet { at, items })
    }

    fn selection(&mut self) -> Parsed<Selection<'t>> {
        let at = self.token.start;
        if !self.take("...")? {
            return self.field();
        }
        let conditional = self.take_keyword("on")?;
        if !conditional && self.token.kind == Kind::Name {
            let name = self.fragment_name()?;
            let directives = self.directives(false)?;
            return Ok(Selection::Spread(Spread {
                at,
                name,
                directives,
            }));
        }
        let on = if conditional {
            Some(self.name()?)
        } else {
            None
        };
        let directives = self.directives(false)?;
        let selection = self.selection_set()?;
        Ok(Selection::Inline(Inline {
            at,
            on,
            directives,
            selection,
        }))
    }

    fn field(&mut self) -> Parsed<Selection<'t>> {
        let first = self.name()?;
        let (alias, name) = if self.take(":")? {
            (Some(first), self.name()?)
        } else {
            (None, first)
        };
        let arguments = self.arguments(false)?;
        let directives = self.directives(false)?;
        let selection = if self.peek("{") {
            Some(self.selection_set()?)
        } else {
            None
        };
        Ok(Selection::Field(Field {
            at: first.at,
            alias,
            name,
            arguments,
            directives,
            selection,
        }))
    }
}
