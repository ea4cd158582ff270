//! Every case of `testdata/graphql_js.json`, which `testdata/record.mjs` recorded from graphql-yoga on graphql-js 16.15.

use serde_json::{Map, Value, json};

use super::super::{Checker, DocumentError, Limits};

/// Where we differ on purpose: the query, and why.
const DIFFERING: [(&str, &str); 4] = [
    (
        "schema { query: Q } { int }",
        "a type definition in a request is refused as such, what is wrong inside it is not told",
    ),
    (
        "{ int } type X { a: Int } extend type Y { b: Int } schema { query: Q } directive @x on FIELD enum E { A } \
         scalar S union U = A input I { a: Int } interface J { a: Int }",
        "the same",
    ),
    ("{ int } extend schema @x", "the same"),
    (
        "subscription ($a: Int!) { x(y: $a) }",
        "of subscriptions alone, newer releases of yoga give errors of variables a code",
    ),
];

fn checkers() -> [(&'static str, Checker); 2] {
    let kitchen = include_str!("../testdata/kitchen.graphql");
    let upstream = include_str!("../../../../schema/schema.graphql");
    [("kitchen", kitchen), ("upstream", upstream)]
        .map(|(name, sdl)| (name, Checker::new(&[sdl], Limits::default()).unwrap()))
}

/// What a response would say: errors, or the variables a resolver sees.
fn answer(checker: &Checker, case: &Value) -> Result<Value, Vec<DocumentError>> {
    let document = checker.check(case["query"].as_str().unwrap())?;
    let operation = document.operation(case["operationName"].as_str())?;
    let variables = case["variables"]
        .as_object()
        .cloned()
        .unwrap_or_else(Map::new);
    document.coerce(operation, variables).map(Value::Object)
}

/// Upstream runs the rule about conflicting fields twice, graphql-js' and its plugin's, and so says most of it twice.
fn once(errors: &Value) -> Value {
    let mut kept: Vec<&Value> = Vec::new();
    for error in errors.as_array().unwrap() {
        let conflict = error["message"].as_str().unwrap().starts_with("Fields \"");
        if !conflict || !kept.contains(&error) {
            kept.push(error);
        }
    }
    json!(kept)
}

#[test]
fn errors_read_as_graphql_js_words_them() {
    let checkers = checkers();
    let corpus: Vec<Value> =
        serde_json::from_str(include_str!("../testdata/graphql_js.json")).unwrap();
    assert!(corpus.len() > 600);
    let mut differing = Vec::new();
    let mut on_purpose = 0;
    for case in &corpus {
        let (_, checker) = checkers
            .iter()
            .find(|(name, _)| case["schema"] == *name)
            .unwrap();
        let ours = match answer(checker, case) {
            Ok(variables) if case["coerced"].is_object() => json!({ "coerced": variables }),
            Ok(_) => json!({}),
            Err(errors) => {
                json!({ "errors": errors.iter().map(DocumentError::to_json).collect::<Vec<_>>() })
            }
        };
        let recorded = match (&case["errors"], &case["coerced"]) {
            (Value::Null, Value::Null) => json!({}),
            (Value::Null, coerced) => json!({ "coerced": coerced }),
            (errors, _) => json!({ "errors": once(errors) }),
        };
        if ours == recorded {
            continue;
        }
        if DIFFERING.iter().any(|(query, _)| case["query"] == *query) {
            on_purpose += 1;
            continue;
        }
        let (query, variables) = (&case["query"], &case["variables"]);
        differing.push(format!(
            "{query} {variables}\n  recorded {recorded}\n  ours     {ours}"
        ));
    }
    assert!(
        differing.is_empty(),
        "{} of {} differ:\n{}",
        differing.len(),
        corpus.len(),
        differing.join("\n")
    );
    assert_eq!(
        on_purpose,
        DIFFERING.len(),
        "of what differs on purpose, something no longer differs"
    );
}
