//! Incremental delivery on a schema made for it: whatever a query defers and streams, a client that merges the payloads must
//! end with what the same query gives without the directives.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use async_graphql::{
    EmptyMutation, EmptySubscription, Error, Object, Request, Schema, SimpleObject, Variables,
};
use futures_util::{FutureExt, StreamExt, stream};
use serde_json::{Map, Value, json};

use super::{Answer, run};
use crate::graphql::deferred::Deferred;
use crate::graphql::plan;
use crate::graphql::streamed::Streamed;

#[derive(SimpleObject)]
struct Node {
    id: i32,
    name: String,
    words: Streamed<String>,
    children: Streamed<Node>,
    late: Deferred<Leaf>,
    fails: Deferred<Option<Broken>>,
    maybe: Streamed<Option<Broken>>,
    breaks: Streamed<String>,
    own: Leaf,
}

#[derive(SimpleObject)]
struct Leaf {
    text: String,
    letters: Streamed<String>,
    deeper: Deferred<String>,
}

/// Fails where it is asked.
struct Broken(bool);

#[Object]
impl Broken {
    async fn value(&self) -> Result<i32, Error> {
        if self.0 {
            Err("it broke".into())
        } else {
            Ok(7)
        }
    }
}

fn leaf(text: &str) -> Leaf {
    let letters: Vec<String> = text.chars().map(String::from).collect();
    let deeper = format!("deep {text}");
    Leaf {
        text: text.to_owned(),
        letters: Streamed::new(slowly(letters)),
        deeper: Deferred::new(async move {
            tokio::task::yield_now().await;
            deeper
        }),
    }
}

fn slowly<T: Send + 'static>(items: Vec<T>) -> impl futures_util::Stream<Item = T> + Send {
    stream::iter(items).then(|item| async move {
        tokio::task::yield_now().await;
        item
    })
}

fn node(id: i32, depth: usize) -> Node {
    Node {
        id,
        name: format!("node {id}"),
        words: Streamed::new(slowly(vec!["a".into(), "b".into(), "c".into()])),
        children: Streamed::new(
            slowly((0..if depth > 0 { 3 } else { 0 }).collect())
                .map(move |child| node(id * 10 + child, depth - 1)),
        ),
        late: Deferred::new(async move {
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
            leaf("xyz")
        }),
        fails: Deferred::ready(Some(Broken(true))),
        maybe: Streamed::new(stream::iter([
            Some(Broken(false)),
            None,
            Some(Broken(true)),
        ])),
        breaks: Streamed::try_new(stream::iter([
            Ok("fine".to_owned()),
            Err(Error::new("the stream broke")),
            Ok("never seen".to_owned()),
        ])),
        own: leaf("own"),
    }
}

struct Root;

#[Object]
impl Root {
    async fn node(&self) -> Node {
        node(1, 2)
    }
}

/// All payloads of a query, the first one first.
async fn payloads(query: &str, variables: Value) -> Vec<Value> {
    let schema = Schema::build(Root, EmptyMutation, EmptySubscription)
        .validation_mode(async_graphql::ValidationMode::Fast)
        .finish();
    let document = async_graphql::parser::parse_query(query).unwrap();
    let given: Map<String, Value> = variables.as_object().cloned().unwrap_or_default();
    let operation = document.operations.iter().next().unwrap().1;
    let plan = plan::plan(&document, operation, &given);
    let request = Request::new("").variables(Variables::from_json(variables));
    match run(&schema, &plan, request).await {
        Answer::Plain(json) => vec![serde_json::from_str(&json).unwrap()],
        Answer::Incremental(payloads) => {
            payloads
                .map(|payload| serde_json::from_str(&payload.0).unwrap())
                .collect()
                .await
        }
        Answer::NotAcceptable => panic!("nothing was refused"),
    }
}

/// Merges payloads as urql does, and insists that every path exists before something is put there.
fn merge(payloads: &[Value]) -> Value {
    let mut data = payloads[0]["data"].clone();
    let last = payloads.len() - 1;
    for (at, payload) in payloads.iter().enumerate().skip(1) {
        assert_eq!(payload["hasNext"], json!(at < last), "{payload}");
        for record in payload["incremental"].as_array().into_iter().flatten() {
            let mut place = &mut data;
            let path = record["path"].as_array().unwrap();
            let (index, parents) = match record.get("items") {
                Some(_) => (path.last(), &path[..path.len() - 1]),
                None => (None, &path[..]),
            };
            for step in parents {
                place = match step {
                    Value::String(name) => place.get_mut(name),
                    step => place.get_mut(step.as_u64().unwrap() as usize),
                }
                .unwrap_or_else(|| panic!("nothing at {step} yet: {record}"));
            }
            match index {
                Some(index) => {
                    let list = place.as_array_mut().expect("a list");
                    assert_eq!(
                        Some(list.len() as u64),
                        index.as_u64(),
                        "in order: {record}"
                    );
                    list.extend(record["items"].as_array().into_iter().flatten().cloned());
                }
                None => merge_object(place, &record["data"]),
            }
        }
    }
    data
}

fn merge_object(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                match into.get_mut(key) {
                    Some(there) => merge_object(there, value),
                    None => {
                        into.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (into, from) => *into = from.clone(),
    }
}

/// The query without its incremental directives.
fn plain(query: &str) -> String {
    let mut plain = query.to_owned();
    for directive in ["@stream", "@defer"] {
        while let Some(start) = plain.find(directive) {
            let mut end = start + directive.len();
            if plain[end..].starts_with('(') {
                end += plain[end..].find(')').unwrap() + 1;
            }
            plain.replace_range(start..end, "");
        }
    }
    plain
}

async fn same_as_plain(query: &str) -> Vec<Value> {
    let parts = payloads(query, json!({})).await;
    let whole = payloads(&plain(query), json!({})).await;
    assert_eq!(whole.len(), 1);
    assert_eq!(merge(&parts), whole[0]["data"], "{query}\n{parts:#?}");
    parts
}

#[tokio::test]
async fn merged_payloads_equal_the_plain_answer() {
    for query in [
        "{ node { id words @stream } }",
        "{ node { id words @stream(initialCount: 2) } }",
        "{ node { id children @stream { id words @stream } } }",
        "{ node { children @stream { children @stream(initialCount: 1) { id words @stream } } } }",
        "{ node { id ... @defer { name } } }",
        "{ node { id ... @defer { late { text } } } }",
        "{ node { ... @defer { late { text letters @stream ... @defer { deeper } } } } }",
        "{ node { ... @defer { id children @stream { id ... @defer { late { text } } } } } }",
        "{ node { ... @defer { own { text letters @stream } name } id } }",
        "{ node { ... @defer { id ... @defer { name ... @defer { own { text } } } } } }",
        "{ node { ...Late @defer words } } fragment Late on Node { late { text } name }",
        "{ node { ...Late children @stream { ...Late } } } fragment Late on Node { id ... @defer { late { text } } }",
        "{ node { ... on Node @defer { children { id words @stream } } } }",
        "{ a: node { words @stream } b: node { other: words @stream words } }",
        "{ node { first: words @stream second: words @stream third: words } }",
        "{ node { ... @defer { late { text } } ... @defer { late { deeper } } late { letters } } }",
    ] {
        assert!(same_as_plain(query).await.len() > 1, "{query} came at once");
    }
}

#[tokio::test]
async fn a_field_streamed_twice_is_streamed_once() {
    let parts = same_as_plain(
        "{ node { children @stream { id } children @stream { name } ... on Node { children @stream { words @stream } } } }",
    )
    .await;
    let text = Value::Array(parts).to_string();
    assert_eq!(
        text.matches(r#""path":["node","children",0]"#).count(),
        1,
        "{text}"
    );
}

#[tokio::test]
async fn switches_are_read_from_variables() {
    let query = "query($on: Boolean!, $n: Int) { node { words @stream(if: $on, initialCount: $n) ... @defer(if: $on) { name } } }";
    let off = payloads(query, json!({"on": false})).await;
    assert_eq!(
        off,
        [json!({"data": {"node": {"words": ["a", "b", "c"], "name": "node 1"}}})]
    );
    let on = payloads(query, json!({"on": true, "n": 1})).await;
    assert_eq!(
        on[0],
        json!({"data": {"node": {"words": ["a"]}}, "hasNext": true})
    );
    assert_eq!(merge(&on), off[0]["data"]);
}

#[tokio::test]
async fn a_negative_count_is_refused() {
    let parts = payloads("{ node { words @stream(initialCount: -1) id } }", json!({})).await;
    assert_eq!(parts.len(), 1);
    let error = &parts[0]["errors"][0];
    assert_eq!(error["message"], "initialCount must be a positive integer");
    assert_eq!(error["path"], json!(["node", "words"]));
}

#[tokio::test]
async fn labels_come_back_where_they_were_given() {
    let query = r#"{ node { words @stream(label: "w") ... @defer(label: "n") { name } ... @defer { id } } }"#;
    let text = Value::Array(payloads(query, json!({})).await).to_string();
    assert_eq!(text.matches(r#""label":"w""#).count(), 3, "{text}");
    assert_eq!(text.matches(r#""label":"n""#).count(), 1, "{text}");
    assert_eq!(text.matches(r#""label""#).count(), 4, "{text}");
}

/// Every record of all payloads after the first.
fn records(payloads: &[Value]) -> Vec<Value> {
    let rest = payloads[1..].iter();
    rest.flat_map(|payload| {
        payload["incremental"]
            .as_array()
            .cloned()
            .unwrap_or_default()
    })
    .collect()
}

#[tokio::test]
async fn a_null_or_broken_item_of_a_nullable_list_does_not_end_the_stream() {
    let records = records(&payloads("{ node { maybe @stream { value } } }", json!({})).await);
    assert_eq!(records[0]["items"], json!([{"value": 7}]));
    assert_eq!(records[1]["items"], json!([null]));
    assert_eq!(records[2]["items"], json!([null]));
    assert_eq!(records[2]["errors"][0]["message"], "it broke");
    assert_eq!(
        records[2]["errors"][0]["path"],
        json!(["node", "maybe", 2, "value"])
    );
    assert_eq!(records.len(), 3);
}

#[tokio::test]
async fn a_stream_that_breaks_says_so_and_ends() {
    let records = records(&payloads("{ node { breaks @stream } }", json!({})).await);
    assert_eq!(records[0]["items"], json!(["fine"]));
    assert_eq!(records[1]["items"], json!(null));
    assert_eq!(records[1]["errors"][0]["message"], "the stream broke");
    assert_eq!(records[1]["path"], json!(["node", "breaks", 1]));
    assert_eq!(records.len(), 2);
}

#[tokio::test]
async fn an_error_in_a_deferred_fragment_comes_with_its_record() {
    let parts = payloads("{ node { id ... @defer { fails { value } } } }", json!({})).await;
    let record = &records(&parts)[0];
    assert_eq!(record["data"], json!({"fails": null}));
    assert_eq!(
        record["errors"][0]["path"],
        json!(["node", "fails", "value"])
    );
    assert!(parts[0].get("errors").is_none(), "{parts:#?}");
}

#[tokio::test]
async fn a_deferred_fragment_is_one_record() {
    let parts = payloads(
        "{ node { id ... @defer { name late { text } __typename } } }",
        json!({}),
    )
    .await;
    assert_eq!(
        records(&parts),
        [
            json!({"data": {"name": "node 1", "late": {"text": "xyz"}, "__typename": "Node"}, "path": ["node"]})
        ]
    );
}

#[tokio::test]
async fn an_unread_answer_does_no_work() {
    let schema = Schema::build(Endless, EmptyMutation, EmptySubscription)
        .validation_mode(async_graphql::ValidationMode::Fast)
        .finish();
    let document = async_graphql::parser::parse_query("{ numbers @stream }").unwrap();
    let operation = document.operations.iter().next().unwrap().1;
    let plan = plan::plan(&document, operation, &Map::new());
    let Answer::Incremental(mut payloads) = run(&schema, &plan, Request::new("")).await else {
        panic!("a stream is incremental");
    };
    // A stream that is always ready would fill any buffer; a payload of it is bounded.
    for _ in 0..3 {
        let payload = payloads
            .next()
            .now_or_never()
            .expect("always ready")
            .unwrap();
        assert!(payload.0.len() < 20_000, "{} bytes", payload.0.len());
    }
}

/// Notes when it is dropped, wherever it ended up.
#[derive(Clone)]
struct Witness(std::sync::Arc<()>);

/// Runs a query with a witness in its request's data, and gives what is left of it after `stop`.
async fn left_behind(query: &str, stop: impl AsyncFnOnce(Answer)) -> usize {
    let schema = Schema::build(Root, EmptyMutation, EmptySubscription)
        .validation_mode(async_graphql::ValidationMode::Fast)
        .finish();
    let document = async_graphql::parser::parse_query(query).unwrap();
    let operation = document.operations.iter().next().unwrap().1;
    let plan = plan::plan(&document, operation, &Map::new());
    let witness = Witness(Default::default());
    let request = Request::new("").data(witness.clone());
    stop(run(&schema, &plan, request).await).await;
    std::sync::Arc::strong_count(&witness.0) - 1
}

#[tokio::test]
async fn an_answer_that_is_dropped_frees_its_request() {
    let query = "{ node { id ... @defer { late { text letters @stream } } children @stream { words @stream late { text } } } }";
    assert_eq!(
        left_behind(query, async |answer| drop(answer)).await,
        0,
        "unread"
    );
    for read in 1..12 {
        let left = left_behind(query, async |answer| {
            let Answer::Incremental(mut payloads) = answer else {
                panic!("a stream is incremental");
            };
            for _ in 0..read {
                payloads.next().await;
            }
        });
        assert_eq!(left.await, 0, "after {read} payloads");
    }
}

#[tokio::test]
async fn an_execution_that_is_dropped_frees_its_request() {
    let schema = Schema::build(Root, EmptyMutation, EmptySubscription)
        .validation_mode(async_graphql::ValidationMode::Fast)
        .finish();
    let query = "{ node { words @stream ... @defer { id } late { deeper letters @stream } } }";
    let document = async_graphql::parser::parse_query(query).unwrap();
    let operation = document.operations.iter().next().unwrap().1;
    let plan = plan::plan(&document, operation, &Map::new());
    let witness = Witness(Default::default());
    let request = Request::new("").data(witness.clone());
    assert!(
        run(&schema, &plan, request).now_or_never().is_none(),
        "it waits for what is late"
    );
    assert_eq!(std::sync::Arc::strong_count(&witness.0), 1);
}

#[tokio::test]
async fn only_what_an_operation_reaches_makes_it_incremental() {
    for query in [
        "query A { node { id } } query B { ...F } fragment F on Root { node { words @stream } }",
        "{ node { id words @stream @skip(if: true) } }",
        "{ node { id ... @defer @include(if: false) { name } } }",
    ] {
        let document = async_graphql::parser::parse_query(query).unwrap();
        let mut operations = document.operations.iter();
        let operation = operations.find(|(name, _)| name.is_none_or(|name| name == "A"));
        let plan = plan::plan(&document, operation.unwrap().1, &Map::new());
        assert!(!plan.incremental, "{query}");
    }
}

struct Endless;

#[Object]
impl Endless {
    async fn numbers(&self) -> Streamed<i32> {
        Streamed::new(stream::iter(0..))
    }
}
