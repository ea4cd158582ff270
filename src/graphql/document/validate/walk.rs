//! The walk through a document, in graphql-js' order. It is as deep as the parser let the text be.

use super::super::syntax::ast::*;

/// A node of the tree, as rules meet it.
#[derive(Debug, Clone, Copy)]
pub enum Node<'a> {
    Document(&'a Document<'a>),
    Operation(&'a Operation<'a>),
    Fragment(&'a Fragment<'a>),
    VariableDefinition(&'a VariableDefinition<'a>),
    /// A selection set, and whether it is an inline fragment's.
    SelectionSet(&'a SelectionSet<'a>, bool),
    Field(&'a Field<'a>),
    Spread(&'a Spread<'a>),
    Inline(&'a Inline<'a>),
    /// A directive, and the kind of place it stands at.
    Directive(&'a Directive<'a>, &'static str),
    Argument(&'a Argument<'a>),
    NamedType(Name<'a>),
    Value(&'a Value<'a>),
    ObjectField(&'a Argument<'a>),
}

impl<'a> Node<'a> {
    /// The node's directives, if it is one that can have some.
    pub fn directives(self) -> &'a [Directive<'a>] {
        match self {
            Self::Operation(node) => &node.directives,
            Self::Fragment(node) => &node.directives,
            Self::VariableDefinition(node) => &node.directives,
            Self::Field(node) => &node.directives,
            Self::Spread(node) => &node.directives,
            Self::Inline(node) => &node.directives,
            _ => &[],
        }
    }
}

/// Who walks along.
pub trait Visitor<'a> {
    /// Before a node's children; `false` leaves them out.
    fn enter(&mut self, node: Node<'a>) -> bool;
    /// After them.
    fn leave(&mut self, node: Node<'a>);
}

pub fn walk_document<'a>(document: &'a Document<'a>, visitor: &mut dyn Visitor<'a>) {
    let node = Node::Document(document);
    if visitor.enter(node) {
        for definition in &document.definitions {
            walk_definition(definition, visitor);
        }
    }
    visitor.leave(node);
}

pub fn walk_definition<'a>(definition: &'a Definition<'a>, visitor: &mut dyn Visitor<'a>) {
    match definition {
        Definition::Operation(operation) => walk_operation(operation, visitor),
        Definition::Fragment(fragment) => {
            let node = Node::Fragment(fragment);
            if visitor.enter(node) {
                walk_named_type(fragment.on, visitor);
                walk_directives(&fragment.directives, "FRAGMENT_DEFINITION", visitor);
                walk_selection_set(&fragment.selection, false, visitor);
            }
            visitor.leave(node);
        }
        // Refused as such; what it consists of is nobody's business.
        Definition::System(_) => {}
    }
}

fn walk_operation<'a>(operation: &'a Operation<'a>, visitor: &mut dyn Visitor<'a>) {
    let node = Node::Operation(operation);
    if visitor.enter(node) {
        for definition in &operation.variables {
            walk_variable_definition(definition, visitor);
        }
        let place = match operation.kind {
            OperationKind::Query => "QUERY",
            OperationKind::Mutation => "MUTATION",
            OperationKind::Subscription => "SUBSCRIPTION",
        };
        walk_directives(&operation.directives, place, visitor);
        walk_selection_set(&operation.selection, false, visitor);
    }
    visitor.leave(node);
}

fn walk_variable_definition<'a>(
    definition: &'a VariableDefinition<'a>,
    visitor: &mut dyn Visitor<'a>,
) {
    let node = Node::VariableDefinition(definition);
    if visitor.enter(node) {
        walk_named_type(definition.ty.name(), visitor);
        if let Some(default) = &definition.default {
            walk_value(default, visitor);
        }
        walk_directives(&definition.directives, "VARIABLE_DEFINITION", visitor);
    }
    visitor.leave(node);
}

fn walk_named_type<'a>(name: Name<'a>, visitor: &mut dyn Visitor<'a>) {
    visitor.enter(Node::NamedType(name));
    visitor.leave(Node::NamedType(name));
}

fn walk_selection_set<'a>(set: &'a SelectionSet<'a>, inline: bool, visitor: &mut dyn Visitor<'a>) {
    let node = Node::SelectionSet(set, inline);
    if visitor.enter(node) {
        for item in &set.items {
            match item {
                Selection::Field(field) => walk_field(field, visitor),
                Selection::Spread(spread) => {
                    let node = Node::Spread(spread);
                    if visitor.enter(node) {
                        walk_directives(&spread.directives, "FRAGMENT_SPREAD", visitor);
                    }
                    visitor.leave(node);
                }
                Selection::Inline(inline) => walk_inline(inline, visitor),
            }
        }
    }
    visitor.leave(node);
}

fn walk_field<'a>(field: &'a Field<'a>, visitor: &mut dyn Visitor<'a>) {
    let node = Node::Field(field);
    if visitor.enter(node) {
        walk_arguments(&field.arguments, visitor);
        walk_directives(&field.directives, "FIELD", visitor);
        if let Some(set) = &field.selection {
            walk_selection_set(set, false, visitor);
        }
    }
    visitor.leave(node);
}

fn walk_inline<'a>(inline: &'a Inline<'a>, visitor: &mut dyn Visitor<'a>) {
    let node = Node::Inline(inline);
    if visitor.enter(node) {
        if let Some(on) = inline.on {
            walk_named_type(on, visitor);
        }
        walk_directives(&inline.directives, "INLINE_FRAGMENT", visitor);
        walk_selection_set(&inline.selection, true, visitor);
    }
    visitor.leave(node);
}

fn walk_directives<'a>(
    directives: &'a [Directive<'a>],
    place: &'static str,
    visitor: &mut dyn Visitor<'a>,
) {
    for directive in directives {
        let node = Node::Directive(directive, place);
        if visitor.enter(node) {
            walk_arguments(&directive.arguments, visitor);
        }
        visitor.leave(node);
    }
}

fn walk_arguments<'a>(arguments: &'a [Argument<'a>], visitor: &mut dyn Visitor<'a>) {
    for argument in arguments {
        let node = Node::Argument(argument);
        if visitor.enter(node) {
            walk_value(&argument.value, visitor);
        }
        visitor.leave(node);
    }
}

fn walk_value<'a>(value: &'a Value<'a>, visitor: &mut dyn Visitor<'a>) {
    let node = Node::Value(value);
    if visitor.enter(node) {
        match &value.kind {
            ValueKind::List(items) => items.iter().for_each(|item| walk_value(item, visitor)),
            ValueKind::Object(fields) => {
                for field in fields {
                    let node = Node::ObjectField(field);
                    if visitor.enter(node) {
                        walk_value(&field.value, visitor);
                    }
                    visitor.leave(node);
                }
            }
            _ => {}
        }
    }
    visitor.leave(node);
}
