//! A JSON document that is still being written, as far as it is there.

use serde_json::{Map, Value};

use super::partial_json::{Kind, Piece};

/// An object or array that is not whole yet.
#[derive(Debug)]
enum Open {
    /// Its whole entries, and the key of the one that is being written.
    Object(Map<String, Value>, String),
    Array(Vec<Value>),
}

/// What pieces have made of a document.
#[derive(Debug, Default)]
pub(super) struct Tree {
    open: Vec<Open>,
    text: String,
    whole: Option<Value>,
}

impl Tree {
    pub(super) fn take(&mut self, piece: Piece<'_>) {
        match piece {
            Piece::Open(Kind::Object) => self.open.push(Open::Object(Map::new(), String::new())),
            Piece::Open(Kind::Array) => self.open.push(Open::Array(Vec::new())),
            Piece::Close => match self.open.pop() {
                Some(Open::Object(entries, _)) => self.put(entries.into()),
                Some(Open::Array(items)) => self.put(items.into()),
                None => {}
            },
            Piece::Key(key) => {
                if let Some(Open::Object(_, current)) = self.open.last_mut() {
                    *current = key;
                }
            }
            Piece::Text(text) => self.text.push_str(text),
            Piece::TextEnd => {
                let text = std::mem::take(&mut self.text);
                self.put(text.into());
            }
            Piece::Scalar(value) => self.put(value),
        }
    }

    fn put(&mut self, value: Value) {
        match self.open.last_mut() {
            Some(Open::Object(entries, key)) => {
                entries.insert(std::mem::take(key), value);
            }
            Some(Open::Array(items)) => items.push(value),
            None => self.whole = Some(value),
        }
    }

    #[cfg(test)]
    pub(super) fn whole(&self) -> Option<&Value> {
        self.whole.as_ref()
    }

    /// The value under a key of the document, if it is whole.
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        match self.open.first() {
            Some(Open::Object(entries, _)) => entries.get(key),
            _ => self.whole.as_ref()?.get(key),
        }
    }

    /// The whole items of the array under a key of the object under another, whether or not these two are whole.
    pub(super) fn items(&self, outer: &str, inner: &str) -> &[Value] {
        if let Some(object) = self.get(outer) {
            return match object.get(inner) {
                Some(Value::Array(items)) => items,
                _ => &[],
            };
        }
        match &self.open[..] {
            [
                Open::Object(_, first),
                Open::Object(_, second),
                Open::Array(items),
                ..,
            ] if first == outer && second == inner => items,
            [Open::Object(_, first), Open::Object(entries, _), ..] if first == outer => {
                match entries.get(inner) {
                    Some(Value::Array(items)) => items,
                    _ => &[],
                }
            }
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::partial_json::Reader;
    use super::*;

    fn tree(json: &str) -> Tree {
        let mut tree = Tree::default();
        assert_eq!(
            Reader::default().feed(json, &mut |piece| tree.take(piece)),
            Ok(())
        );
        tree
    }

    #[test]
    fn values_are_there_once_they_are_whole() {
        let begun = tree(r#"{"a": "x", "b": {"a": 1}, "c": [1"#);
        assert_eq!(begun.get("a"), Some(&json!("x")));
        assert_eq!(begun.get("b"), Some(&json!({"a": 1})));
        assert_eq!(begun.get("c"), None);
        let whole = tree(r#"{"a": 1}"#);
        assert_eq!((whole.get("a"), whole.get("b")), (Some(&json!(1)), None));
        assert_eq!(tree("[1]").get("a"), None);
    }

    #[test]
    fn items_are_there_one_by_one() {
        for (json, items) in [
            (r#"{"d": {"i": [1, {"x": 2"#, &[1][..]),
            (r#"{"d": {"i": [1, 2], "#, &[1, 2]),
            (r#"{"d": {"i": [1, 2], "j": [3, "#, &[1, 2]),
            (r#"{"d": {"i": [1, 2]}"#, &[1, 2]),
            (r#"{"d": {"i": [1, 2]}}"#, &[1, 2]),
            (r#"{"e": {"i": [1, 2"#, &[]),
            (r#"{"d": {"j": [1, 2"#, &[]),
            (r#"{"d": [{"i": [1, 2"#, &[]),
        ] {
            let tree = tree(json);
            let found: Vec<&Value> = tree.items("d", "i").iter().collect();
            assert_eq!(json!(found), json!(items), "{json}");
        }
    }
}
