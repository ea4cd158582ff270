//! Mistakes are found all at once, each with its place and what was probably meant.
#![allow(clippy::unwrap_used)]
use agui_codegen::{
    graphql::{Contract, generate},
    sdl::Source,
};

const UPSTREAM: &str = "\
type Query {
  thread(id: ID!): Thread!
  runs: [Run!]!
}

type Thread implements Entry {
  id: ID!
  state: State
}

interface Entry {
  id: ID!
}

type Run implements Entry {
  id: ID!
  status: Status!
}

enum Status {
  running
  done
}

input Filter {
  status: Status
}

scalar State
";

fn source(path: &str, text: &str) -> Source {
    Source {
        path: path.to_owned(),
        text: text.to_owned(),
    }
}

/// What is said about `schema` when `extensions` extend it and `operation` is sent.
fn messages(schema: &str, extensions: &str, operation: &str) -> Vec<String> {
    let contract = Contract {
        schemas: vec![
            source("schema.graphql", schema),
            source("extensions.graphql", extensions),
        ],
        operations: vec![source("operation.graphql", operation)],
        history: vec![],
    };
    match generate(&contract) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.to_string().lines().map(str::to_owned).collect(),
    }
}

const VALID: (&str, &str) = ("type Fine { ok: Boolean }", "{ runs { id } }");

#[test]
fn a_valid_contract_has_no_errors() {
    assert_eq!(messages(UPSTREAM, VALID.0, VALID.1), Vec::<String>::new());
}

#[test]
fn mistakes_in_extensions_are_all_found_and_located() {
    let extensions = "\
extend type Query {
  info: Strng!
  runs: Int
  find(filter: Filtre, filter: Filter): Thread
}

extend type Thraed {
  x: Int
}

extend input Run {
  x: Int
}

type Run {
  id: ID!
}

\"An entry with neither.\"
type Note implements Entry & Entri {
  identifier: ID!
  text: String!
  text: Int
}

enum Status2 {
  a
  b
  a
}

union Any = Thread | Status | Thread

input Save {
  thread: Thread!
  merge: Boolean = \"yes\"
  limit: Int! = null
}

type Bad implements Entry {
  id: String!
  of(first: Int): Filter
}

type Empty
";
    let expected = [
        "extensions.graphql:2:9: unknown type \"Strng\"; did you mean \"String\"?",
        "extensions.graphql:3:3: type \"Query\" has the field \"runs\" already, at schema.graphql:3:3; an extension may only add",
        "extensions.graphql:4:16: unknown type \"Filtre\"; did you mean \"Filter\"?",
        "extensions.graphql:4:24: field \"Query.find\" has the argument \"filter\" already, at extensions.graphql:4:8",
        "extensions.graphql:7:13: cannot extend unknown type \"Thraed\"; did you mean \"Thread\"?",
        "extensions.graphql:11:14: \"Run\" is no input; write `extend type Run`",
        "extensions.graphql:15:6: \"Run\" is defined at schema.graphql:15:6 already; write `extend type Run` to add to it",
        "extensions.graphql:20:6: type \"Note\" lacks the field \"id: ID!\" of interface \"Entry\"",
        "extensions.graphql:20:30: unknown type \"Entri\"; did you mean \"Entry\"?",
        "extensions.graphql:23:3: type \"Note\" has the field \"text\" already, at extensions.graphql:22:3",
        "extensions.graphql:29:3: enum \"Status2\" has the value \"a\" already, at extensions.graphql:27:3",
        "extensions.graphql:32:22: \"Status\" is an enum, but a type is needed here",
        "extensions.graphql:32:31: union \"Any\" has the member \"Thread\" already, at extensions.graphql:32:13",
        "extensions.graphql:35:11: \"Thread\" is a type, but an input, an enum or a scalar is needed here",
        "extensions.graphql:36:3: the default \"yes\" of \"merge\" is no \"Boolean\"",
        "extensions.graphql:37:3: the default null of \"limit\" is no \"Int!\"",
        "extensions.graphql:41:7: \"Bad.id\" is \"String!\", but interface \"Entry\" has \"ID!\": the types must be the same",
        "extensions.graphql:42:3: \"Bad.of\" takes arguments, which only the fields of the root types can",
        "extensions.graphql:42:19: \"Filter\" is an input, but something that a field can return is needed here",
        "extensions.graphql:45:6: type \"Empty\" has no fields",
    ];
    assert_eq!(messages(UPSTREAM, extensions, VALID.1), expected);
}

#[test]
fn operations_that_the_schema_would_not_answer_are_found() {
    let operation = "\
query q($id: ID, $filter: Filtr) {
  thread(id: $id) {
    idd
  }
  runs {
    ... on Status {
      x
    }
  }
}
";
    let expected = [
        "operation.graphql:1:1: Variable \"$filter\" is never used in operation \"q\"",
        "operation.graphql:1:9: Variable \"$id\" of type \"ID\" used in position expecting type \"ID!\"",
        "operation.graphql:1:18: Unknown type \"Filtr\"; did you mean \"Filter\"?",
        "operation.graphql:3:5: Cannot query field \"idd\" on type \"Thread\"; did you mean \"id\"?",
        "operation.graphql:6:9: Fragment cannot condition on non composite type \"Status\"",
        "operation.graphql:7:7: Cannot query field \"x\" on type \"Status\"",
    ];
    assert_eq!(messages(UPSTREAM, VALID.0, operation), expected);
}

#[test]
fn what_a_published_schema_answers_is_drift_and_no_mistake() {
    let contract = |operation: &str| Contract {
        schemas: vec![source(
            "schema.graphql",
            &UPSTREAM.replace("  state: State\n", ""),
        )],
        operations: vec![source("operation.graphql", operation)],
        history: vec![
            source("1.0.0.graphql", "not SDL"),
            source("1.1.0.graphql", UPSTREAM),
        ],
    };
    let drifted = generate(&contract("{ thread(id: 1) { id state } }"))
        .unwrap()
        .drift;
    assert_eq!(
        drifted.to_string(),
        "operation.graphql:1:22: Cannot query field \"state\" on type \"Thread\""
    );
    assert!(generate(&contract("{ thread(id: 1) { id status } }")).is_err());
}

#[test]
fn operations_may_stream_and_defer_where_that_is_possible() {
    let fine =
        "{ runs @stream(initialCount: 1) { id ... @defer(label: \"s\", if: true) { status } } }";
    assert_eq!(messages(UPSTREAM, VALID.0, fine), Vec::<String>::new());
    let wrong = messages(UPSTREAM, VALID.0, "{ runs @defer { id } }");
    assert!(
        wrong.len() == 1 && wrong[0].starts_with("operation.graphql:1:"),
        "{wrong:#?}"
    );
}

#[test]
fn syntax_errors_of_several_files_come_together() {
    let messages = messages("type Query {\n  a Int\n}\n", "enum {\n", VALID.1);
    let places: Vec<&str> = messages
        .iter()
        .filter_map(|message| message.split(": ").next())
        .collect();
    assert_eq!(
        places,
        ["extensions.graphql:1:6", "schema.graphql:2:5"],
        "{messages:#?}"
    );
}

#[test]
fn what_is_not_supported_is_said() {
    let extensions = "\
type Subscription {
  x: Int
}

interface Dated implements Entry {
  id: ID!
}

directive @upper on FIELD

enum Same {
  toDo
  TO_DO
}

type run {
  __x: Int
}
";
    let expected = ["extensions.graphql:9:12: directive definitions are not supported: \"@upper\""];
    assert_eq!(messages(UPSTREAM, extensions, VALID.1), expected);
    let expected = [
        "extensions.graphql:1:6: subscriptions are not supported: what comes late comes by @stream and @defer",
        "extensions.graphql:5:11: interface \"Dated\" implements another one, which is not supported",
        "extensions.graphql:5:11: interface \"Dated\" is implemented by no type",
        "extensions.graphql:13:3: \"toDo\" and \"TO_DO\" would both be `ToDo` in Rust",
        "extensions.graphql:16:6: \"Run\" and \"run\" would both be `Run` in Rust",
        "extensions.graphql:17:3: \"__x\": names that begin with \"__\" belong to introspection",
    ];
    assert_eq!(
        messages(
            UPSTREAM,
            &extensions.replace("directive @upper on FIELD", ""),
            VALID.1
        ),
        expected
    );
}

#[test]
fn a_schema_needs_queries() {
    assert_eq!(
        messages("scalar X", "scalar Y", ""),
        ["the schema has no type \"Query\""]
    );
}
