//! Whatever JSON stands in the open places of an event comes out as it went in.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::types::Event;

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let list = prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from);
        let map = prop::collection::btree_map(".{0,6}", inner, 0..4);
        prop_oneof![
            list,
            map.prop_map(|map| map.into_iter().collect::<Map<_, _>>().into())
        ]
    })
}

proptest! {
    #[test]
    fn nothing_is_lost(value in any_json(), key in "[a-z]{1,3}[A-Z]?", text in ".{0,20}", tag in "[A-Z_]{1,12}", at in 0usize..4) {
        let mut entries = vec![
            ("type".to_owned(), json!("CUSTOM")), ("name".to_owned(), json!(text)), ("value".to_owned(), value.clone()),
            ("rawEvent".to_owned(), value.clone()),
        ];
        entries.rotate_left(at);
        let mut event: Map<_, _> = entries.into_iter().collect();
        event.entry(key).or_insert(value);
        for tag in [json!("CUSTOM"), json!(format!("X_{tag}"))] {
            event.insert("type".to_owned(), tag);
            let event = Value::from(event.clone());
            let read: Event = serde_json::from_str(&event.to_string()).unwrap();
            prop_assert_eq!(serde_json::to_value(&read).unwrap(), event);
        }
    }
}
