//! The operations in upstream's client: template literals in its code, and what urql makes of them on the wire.

use graphql_parser::query::{
    Definition, Document, Field, OperationDefinition, Selection, SelectionSet, parse_query,
};

/// One operation of a client.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Operation {
    /// Its name.
    pub name: String,
    /// As it is written in the client's code.
    pub document: String,
    /// As it is sent: printed anew, with `__typename` wherever something is selected.
    pub wire: String,
}

/// The operations in a file of JavaScript or TypeScript, in order.
pub fn operations(code: &str) -> Vec<Operation> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some((_, after)) = rest.split_once('`') {
        let Some((literal, behind)) = after.split_once('`') else {
            break;
        };
        match operation(literal) {
            Some(operation) => {
                found.push(operation);
                rest = behind;
            }
            // Any other literal, or the space between two of them.
            None => rest = after,
        }
    }
    found
}

fn operation(literal: &str) -> Option<Operation> {
    let document = parse_query::<String>(literal).ok()?.into_static();
    let [Definition::Operation(definition)] = document.definitions.as_slice() else {
        return None;
    };
    let name = match definition {
        OperationDefinition::Query(query) => query.name.clone(),
        OperationDefinition::Mutation(mutation) => mutation.name.clone(),
        OperationDefinition::Subscription(subscription) => subscription.name.clone(),
        OperationDefinition::SelectionSet(_) => None,
    }?;
    Some(Operation {
        name,
        document: dedented(literal),
        wire: wire(document),
    })
}

/// The text without the indentation that all of its lines share, and with one newline at its end.
fn dedented(literal: &str) -> String {
    let lines: Vec<&str> = literal.lines().map(str::trim_end).collect();
    let indented = lines.iter().filter(|line| !line.is_empty());
    let shared = indented
        .map(|line| line.len() - line.trim_start().len())
        .min()
        .unwrap_or(0);
    let text: Vec<&str> = lines
        .iter()
        .map(|line| line.get(shared..).unwrap_or_default())
        .collect();
    format!("{}\n", text.join("\n").trim_matches('\n'))
}

/// What urql sends: `__typename` goes to the end of each selection that has none, but for the operation's own.
fn wire(mut document: Document<'static, String>) -> String {
    for definition in &mut document.definitions {
        let selection = match definition {
            Definition::Operation(OperationDefinition::Query(query)) => &mut query.selection_set,
            Definition::Operation(OperationDefinition::Mutation(mutation)) => {
                &mut mutation.selection_set
            }
            Definition::Operation(OperationDefinition::Subscription(subscription)) => {
                &mut subscription.selection_set
            }
            Definition::Operation(OperationDefinition::SelectionSet(selection)) => selection,
            Definition::Fragment(fragment) => {
                add_typename(&mut fragment.selection_set);
                continue;
            }
        };
        selection.items.iter_mut().for_each(inside);
    }
    document.to_string().trim_end().to_owned()
}

fn inside(selection: &mut Selection<'static, String>) {
    match selection {
        Selection::Field(field) if !field.selection_set.items.is_empty() => {
            add_typename(&mut field.selection_set)
        }
        Selection::InlineFragment(fragment) => add_typename(&mut fragment.selection_set),
        Selection::Field(_) | Selection::FragmentSpread(_) => {}
    }
}

fn add_typename(selection: &mut SelectionSet<'static, String>) {
    selection.items.iter_mut().for_each(inside);
    let is_typename = |item: &Selection<'static, String>| matches!(item, Selection::Field(field) if field.name == "__typename" && field.alias.is_none());
    if !selection.items.iter().any(is_typename) {
        let (start, _) = selection.span;
        selection.items.push(Selection::Field(Field {
            position: start,
            alias: None,
            name: "__typename".to_owned(),
            arguments: Vec::new(),
            directives: Vec::new(),
            selection_set: SelectionSet {
                span: (start, start),
                items: Vec::new(),
            },
        }));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn operations_are_found_among_other_literals() {
        let code = "const odd = `it's ${a ? `b` : 1}`; // a ` here\nconst q = graphql(/** GraphQL **/ `\n  query one {\n    a {\n      b\n    }\n\n    c\n  }\n`);\n\
                    const m = graphql(`mutation two($x: Int) { f(x: $x) @skip(if: true) { __typename ... on T @defer { g } } }`);\nconst anonymous = `{ a }`;";
        let found = operations(code);
        let names: Vec<_> = found
            .iter()
            .map(|operation| operation.name.as_str())
            .collect();
        assert_eq!(names, ["one", "two"]);
        assert_eq!(
            found[0].document,
            "query one {\n  a {\n    b\n  }\n\n  c\n}\n"
        );
        assert_eq!(
            found[0].wire,
            "query one {\n  a {\n    b\n    __typename\n  }\n  c\n}"
        );
        let wire = "mutation two($x: Int) {\n  f(x: $x) @skip(if: true) {\n    __typename\n    ... on T @defer {\n      g\n      __typename\n    }\n  }\n}";
        assert_eq!(found[1].wire, wire);
    }

    #[test]
    fn what_is_vendored_is_what_is_found() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema/operations");
        let mut seen = 0;
        for version in std::fs::read_dir(root).unwrap() {
            for file in std::fs::read_dir(version.unwrap().path()).unwrap() {
                let path = file.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                let Some(name) = name
                    .strip_suffix(".graphql")
                    .filter(|name| !name.ends_with(".wire"))
                else {
                    continue;
                };
                let document = std::fs::read_to_string(&path).unwrap();
                let indented: String = document.lines().map(|line| format!("  {line}\n")).collect();
                let found = operations(&format!("export const q = graphql(`\n{indented}`);"));
                assert_eq!(found.len(), 1);
                assert_eq!(
                    (found[0].name.as_str(), &found[0].document),
                    (name, &document)
                );
                assert_eq!(
                    found[0].wire,
                    std::fs::read_to_string(path.with_extension("wire.graphql")).unwrap()
                );
                seen += 1;
            }
        }
        assert!(seen >= 7);
    }
}
