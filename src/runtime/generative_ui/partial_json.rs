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

    fn read(&mut self, delta: &str, tell: &mut impl FnMut(Piece<'_>)) -> Result<(), Unreadable> {
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
    fn value(&mut self, next: char, tell: &mut impl FnMut(Piece<'_>)) -> Result<State, Unreadable> {
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
mod tests;
