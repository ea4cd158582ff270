//! Reads JSON that is still being written, piece by piece: what a model has said of a tool call's arguments so far.
//!
//! Every character is looked at once, whatever the deltas are. What is read does not depend on where they were cut, except
//! that the text of a value comes in as many parts.

use serde_json::Value;

/// The most bytes of one document that are read.
const BYTES: usize = 4 << 20;

/// How deep a document may become; an activity's content has to fit into the run's events with it.
const DEPTH: usize = 80;

/// The longest number or literal, in bytes.
const SCALAR_BYTES: usize = 64;

/// Something that a document holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece<'a> {
    /// The beginning of an object or array.
    Open(Kind),
    /// The end of the innermost one.
    Close,
    /// The key of what comes next.
    Key(String),
    /// More of a value that is a text.
    Text(&'a str),
    /// The end of a text.
    TextEnd,
    /// A number, `true`, `false` or `null`.
    Scalar(Value),
}

/// What holds other values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    Array,
}

/// Why nothing more of a document is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("the arguments are no JSON")]
    Malformed,
    #[error("the arguments are nested deeper than {DEPTH} levels")]
    TooDeep,
    #[error("the arguments are larger than {BYTES} bytes")]
    TooLarge,
}

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Value,
    ValueOrClose,
    Key,
    KeyOrClose,
    Colon,
    InKey(Escape),
    InText(Escape),
    InScalar,
    CommaOrClose,
    End,
    Broken(Unreadable),
}

/// How far an escape sequence of a text has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escape {
    None,
    Begun,
    /// How many digits of a `\u` there are, and their number.
    Unicode(u8, u16),
}

/// Reads one document.
#[derive(Debug)]
pub(super) struct Reader {
    state: State,
    stack: Vec<Kind>,
    /// The key or scalar that is being read.
    token: String,
    /// The first half of a character that `\u` writes in two.
    half: Option<u16>,
    bytes: usize,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            state: State::Value,
            stack: Vec::new(),
            token: String::new(),
            half: None,
            bytes: 0,
        }
    }
}

impl Reader {
    /// Reads on. After an error, nothing more is read, and the same error comes again.
    ///
    /// # Errors
    /// If the document is no JSON, too large or too deep. What was read before it was told.
    pub(super) fn feed(
        &mut self,
        delta: &str,
        tell: &mut impl FnMut(Piece<'_>),
    ) -> Result<(), Unreadable> {
        if let State::Broken(why) = self.state {
            return Err(why);
        }
        self.bytes += delta.len();
        let read = if self.bytes > BYTES {
            Err(Unreadable::TooLarge)
        } else {
            self.read(delta, tell)
        };
        read.inspect_err(|why| self.state = State::Broken(*why))
    }

    fn read(
        &mut self,
        delta: &str,
        tell: &mut impl FnMut(Piece<'_>),
    ) -> Result<(), Unreadable> {
        let mut rest = delta;
        while let Some(next) = rest.chars().next() {
            rest = match self.state {
                State::InKey(Escape::None) | State::InText(Escape::None) => self.plain(rest, tell),
                State::InKey(escape) | State::InText(escape) => {
                    self.escaped(escape, next, tell)?;
                    &rest[next.len_utf8()..]
                }
                State::InScalar => self.scalar(rest, tell)?,
                _ => {
                    self.structure(next, tell)?;
                    &rest[next.len_utf8()..]
                }
            };
        }
        Ok(())
    }

    /// One character between values.
    fn structure(
        &mut self,
        next: char,
        tell: &mut impl FnMut(Piece<'_>),
    ) -> Result<(), Unreadable> {
        self.state = match (self.state, next) {
            (state, ' ' | '\n' | '\r' | '\t') => state,
            (State::Key | State::KeyOrClose, '"') => State::InKey(Escape::None),
            (State::Colon, ':') => State::Value,
            (State::KeyOrClose, '}') | (State::ValueOrClose, ']') => self.close(tell),
            (State::Value | State::ValueOrClose, next) => self.value(next, tell)?,
            (State::CommaOrClose, next) => match (self.stack.last(), next) {
                (Some(Kind::Object), ',') => State::Key,
                (Some(Kind::Array), ',') => State::Value,
                (Some(Kind::Object), '}') | (Some(Kind::Array), ']') => self.close(tell),
                _ => return Err(Unreadable::Malformed),
            },
            _ => return Err(Unreadable::Malformed),
        };
        Ok(())
    }

    /// The first character of a value.
    fn value(
        &mut self,
        next: char,
        tell: &mut impl FnMut(Piece<'_>),
    ) -> Result<State, Unreadable> {
        let (kind, state) = match next {
            '{' => (Kind::Object, State::KeyOrClose),
            '[' => (Kind::Array, State::ValueOrClose),
            '"' => return Ok(State::InText(Escape::None)),
            '-' | '0'..='9' | 't' | 'f' | 'n' => {
                self.token.push(next);
                return Ok(State::InScalar);
            }
            _ => return Err(Unreadable::Malformed),
        };
        if self.stack.len() == DEPTH {
            return Err(Unreadable::TooDeep);
        }
        self.stack.push(kind);
        tell(Piece::Open(kind));
        Ok(state)
    }

    fn close(&mut self, tell: &mut impl FnMut(Piece<'_>)) -> State {
        self.stack.pop();
        tell(Piece::Close);
        self.after_value()
    }

    fn after_value(&self) -> State {
        match self.stack.is_empty() {
            true => State::End,
            false => State::CommaOrClose,
        }
    }

    /// More of a number or literal, and its end if something else follows. What is left.
    fn scalar<'a>(
        &mut self,
        rest: &'a str,
        tell: &mut impl FnMut(Piece<'_>),
    ) -> Result<&'a str, Unreadable> {
        let foreign = |next: char| !(next.is_ascii_alphanumeric() || "+-.".contains(next));
        let end = rest.find(foreign).unwrap_or(rest.len());
        if self.token.len() + end > SCALAR_BYTES {
            return Err(Unreadable::Malformed);
        }
        self.token.push_str(&rest[..end]);
        if end < rest.len() {
            let value = serde_json::from_str(&self.token).map_err(|_| Unreadable::Malformed)?;
            self.token.clear();
            tell(Piece::Scalar(value));
            self.state = self.after_value();
        }
        Ok(&rest[end..])
    }

    /// Text up to an escape sequence or its end. What is left. Line breaks are taken as they are: models forget to escape
    /// them.
    fn plain<'a>(&mut self, rest: &'a str, tell: &mut impl FnMut(Piece<'_>)) -> &'a str {
        let end = rest.find(['"', '\\']).unwrap_or(rest.len());
        if end > 0 {
            self.end_half(tell);
            self.say(&rest[..end], tell);
        }
        let ended = rest[end..].starts_with('"');
        self.state = match self.state {
            state if end == rest.len() => state,
            State::InKey(_) if ended => {
                self.end_half(tell);
                tell(Piece::Key(std::mem::take(&mut self.token)));
                State::Colon
            }
            _ if ended => {
                self.end_half(tell);
                tell(Piece::TextEnd);
                self.after_value()
            }
            State::InKey(_) => State::InKey(Escape::Begun),
            _ => State::InText(Escape::Begun),
        };
        rest.get(end + 1..).unwrap_or_default()
    }

    /// One character of an escape sequence.
    fn escaped(
        &mut self,
        escape: Escape,
        next: char,
        tell: &mut impl FnMut(Piece<'_>),
    ) -> Result<(), Unreadable> {
        let then = match escape {
            Escape::Unicode(digits, number) => {
                let digit = next.to_digit(16).ok_or(Unreadable::Malformed)?;
                let number = number << 4 | digit as u16;
                if digits < 3 {
                    Escape::Unicode(digits + 1, number)
                } else {
                    self.unit(number, tell);
                    Escape::None
                }
            }
            _ if next == 'u' => Escape::Unicode(0, 0),
            _ => {
                let meant = match next {
                    'n' => "\n",
                    't' => "\t",
                    'r' => "\r",
                    'b' => "\u{8}",
                    'f' => "\u{c}",
                    '"' => "\"",
                    '\\' => "\\",
                    '/' => "/",
                    _ => return Err(Unreadable::Malformed),
                };
                self.end_half(tell);
                self.say(meant, tell);
                Escape::None
            }
        };
        self.state = match self.state {
            State::InKey(_) => State::InKey(then),
            _ => State::InText(then),
        };
        Ok(())
    }

    /// One UTF-16 unit that `\u` wrote.
    fn unit(&mut self, unit: u16, tell: &mut impl FnMut(Piece<'_>)) {
        let units = self.half.take().into_iter().chain([unit]);
        for read in char::decode_utf16(units) {
            match read {
                Ok(character) => self.say(character.encode_utf8(&mut [0; 4]), tell),
                Err(half) if half.unpaired_surrogate() == unit && unit < 0xDC00 => {
                    self.half = Some(unit);
                }
                Err(_) => self.say(char::REPLACEMENT_CHARACTER.encode_utf8(&mut [0; 4]), tell),
            }
        }
    }

    /// The second half of a character did not come.
    fn end_half(&mut self, tell: &mut impl FnMut(Piece<'_>)) {
        if self.half.take().is_some() {
            self.say(char::REPLACEMENT_CHARACTER.encode_utf8(&mut [0; 4]), tell);
        }
    }

    fn say(&mut self, text: &str, tell: &mut impl FnMut(Piece<'_>)) {
        match self.state {
            State::InKey(_) => self.token.push_str(text),
            _ => tell(Piece::Text(text)),
        }
    }
}

#[cfg(test)]
mod tests {
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
        ends.windows(2).map(|ends| &json[ends[0]..ends[1]]).collect()
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
            "{,", "{\"a\" 1", "[1 2", "[1,]", "{\"a\":1,}", "]", "nul,", "{} x", "\"\\x", "\"\\u00g",
            "[01,", "{\"a\":]",
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
}
