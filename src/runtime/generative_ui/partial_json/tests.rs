use proptest::prelude::*;
use serde_json::json;

use super::super::partial_tree::Tree;
use super::*;

/// What is read of these deltas, texts joined, and how it ended.
fn read<'a>(deltas: impl IntoIterator<Item = &'a str>) -> (Vec<String>, Option<Unreadable>) {
    let mut reader = Reader::default();
    let mut told: Vec<String> = Vec::new();
    let mut error = None;
    for delta in deltas {
        let fed = reader.feed(delta, &mut |piece| match (piece, told.last_mut()) {
            (Piece::Text(text), Some(last)) if last.starts_with("text ") => last.push_str(text),
            (Piece::Text(text), _) => told.push(format!("text {text}")),
            (piece, _) => told.push(format!("{piece:?}")),
        });
        error = fed.err();
    }
    (told, error)
}

fn tree(json: &str) -> (Option<Value>, Option<Unreadable>) {
    let mut tree = Tree::default();
    let error = Reader::default().feed(json, &mut |piece| tree.take(piece));
    (tree.whole().cloned(), error.err())
}

/// The deltas between these places, where characters begin.
fn cut<'a>(json: &'a str, places: &[prop::sample::Index]) -> Vec<&'a str> {
    let mut ends: Vec<usize> = places
        .iter()
        .map(|place| json.floor_char_boundary(place.index(json.len() + 1)))
        .collect();
    ends.extend([0, json.len()]);
    ends.sort_unstable();
    ends.windows(2)
        .map(|ends| &json[ends[0]..ends[1]])
        .collect()
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e6..1e6).prop_map(Value::from),
        "\\PC{0,6}|[\"\\\\\n\u{1}é😀]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec(("[a-c\"é\\\\]{0,3}", inner), 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// JSON as an encoder that writes ASCII only has it.
fn ascii(json: &str) -> String {
    let escape = |next: char| match next.is_ascii() {
        true => next.to_string(),
        false => next
            .encode_utf16(&mut [0; 2])
            .iter()
            .map(|unit| format!("\\u{unit:04x}"))
            .collect(),
    };
    json.chars().map(escape).collect()
}

proptest! {
    #[test]
    fn every_chunking_reads_the_same(
        value in json(), pretty: bool, escaped: bool,
        places in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        noise in prop::option::of((any::<prop::sample::Index>(), "[\\[\\]{}\",:\\\\u0x ]")),
    ) {
        let value = json!({ "v": value });
        let mut json = if pretty { format!("{value:#}") } else { value.to_string() };
        if escaped {
            json = ascii(&json);
        }
        let clean = noise.is_none();
        if let Some((place, noise)) = noise {
            json.insert_str(json.floor_char_boundary(place.index(json.len() + 1)), &noise);
        }
        let whole = read([&*json]);
        prop_assert_eq!(&read(cut(&json, &places)), &whole);
        prop_assert_eq!(&read(json.split_inclusive(|_| true)), &whole);
        if clean {
            prop_assert_eq!(tree(&json), (Some(value), None));
        }
    }
}

#[test]
fn halves_of_characters_without_the_other_are_replaced() {
    for (json, text) in [
        (r#""\ud83d\ude00""#, "😀"),
        (r#""\ud83d""#, "\u{fffd}"),
        (r#""\ud83dx\ude00""#, "\u{fffd}x\u{fffd}"),
        (r#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"),
        (r#""\ud83d\n""#, "\u{fffd}\n"),
    ] {
        assert_eq!(tree(json), (Some(text.into()), None), "{json}");
    }
}

#[test]
fn what_is_no_json_is_not_read_further() {
    for json in [
        "{,",
        "{\"a\" 1",
        "[1 2",
        "[1,]",
        "{\"a\":1,}",
        "]",
        "nul,",
        "{} x",
        "\"\\x",
        "\"\\u00g",
        "[01,",
        "{\"a\":]",
    ] {
        assert_eq!(read([json, "1"]).1, Some(Unreadable::Malformed), "{json}");
    }
}

#[test]
fn documents_have_bounds() {
    let deep = "[".repeat(DEPTH + 1);
    assert_eq!(read([&*deep]).1, Some(Unreadable::TooDeep));
    assert_eq!(read([&deep[..DEPTH]]).1, None);
    let part = "x".repeat(BYTES / 2);
    assert_eq!(read(["\"", &part, &part[1..]]).1, None);
    assert_eq!(read(["\"", &part, &part]).1, Some(Unreadable::TooLarge));
    let long = format!("[1{}", "0".repeat(SCALAR_BYTES));
    assert_eq!(read([&*long]).1, Some(Unreadable::Malformed));
}
