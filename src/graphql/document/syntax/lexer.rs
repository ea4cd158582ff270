//! Text to tokens, in one pass, with graphql-js' words for what is no token.

use std::borrow::Cow;

use super::super::error::Fault;
use super::strings;

/// The kinds of token; punctuators carry their spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Start,
    End,
    Punctuator(&'static str),
    Name,
    Int,
    Float,
    String,
    BlockString,
}

impl Kind {
    /// The kind as messages name it.
    pub fn describe(self) -> String {
        match self {
            Self::Start => "<SOF>".into(),
            Self::End => "<EOF>".into(),
            Self::Punctuator(spelling) => format!("\"{spelling}\""),
            Self::Name => "Name".into(),
            Self::Int => "Int".into(),
            Self::Float => "Float".into(),
            Self::String => "String".into(),
            Self::BlockString => "BlockString".into(),
        }
    }
}

/// A token: what it is, from where to where, and what it says (nothing for punctuators).
#[derive(Debug, Clone)]
pub struct Token<'t> {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
    pub value: Cow<'t, str>,
}

impl Token<'_> {
    /// The token as messages show it. An endless one is cut: nobody reads a megabyte.
    pub fn describe(&self) -> String {
        const SHOWN: usize = 1000;
        match self.kind {
            Kind::Start | Kind::End | Kind::Punctuator(_) => self.kind.describe(),
            kind => match self.value.char_indices().nth(SHOWN) {
                Some((cut, _)) => format!("{} \"{}…\"", kind.describe(), &self.value[..cut]),
                None => format!("{} \"{}\"", kind.describe(), self.value),
            },
        }
    }
}

/// The token that begins at or after `from`, past blanks, commas and comments.
pub fn next_token(text: &str, from: usize) -> Result<Token<'_>, Fault> {
    let bytes = text.as_bytes();
    let start = skip_ignored(text, from);
    let Some(&byte) = bytes.get(start) else {
        return Ok(token(Kind::End, text, start, start));
    };
    match byte {
        b'"' if bytes[start..].starts_with(b"\"\"\"") => strings::block_string(text, start),
        b'"' => strings::string(text, start),
        b'0'..=b'9' | b'-' => number(text, start),
        byte if is_name_start(byte) => {
            let length = bytes[start..]
                .iter()
                .take_while(|&&b| is_name_start(b) || b.is_ascii_digit())
                .count();
            Ok(token(Kind::Name, text, start, start + length))
        }
        b'.' if bytes[start..].starts_with(b"...") => Ok(punctuator("...", start)),
        b'\'' => {
            let message =
                "Unexpected single quote character ('), did you mean to use a double quote (\")?";
            Err(Fault::syntax(start, message))
        }
        byte => match PUNCTUATORS
            .iter()
            .find(|spelling| spelling.as_bytes() == [byte])
        {
            Some(spelling) => Ok(punctuator(spelling, start)),
            None => Err(Fault::syntax(
                start,
                format!("Unexpected character: {}.", show_char(text, start)),
            )),
        },
    }
}

const PUNCTUATORS: [&str; 13] = [
    "!", "$", "&", "(", ")", ":", "=", "@", "[", "]", "{", "|", "}",
];

fn punctuator(spelling: &'static str, start: usize) -> Token<'static> {
    let end = start + spelling.len();
    Token {
        kind: Kind::Punctuator(spelling),
        start,
        end,
        value: Cow::Borrowed(""),
    }
}

fn token(kind: Kind, text: &str, start: usize, end: usize) -> Token<'_> {
    Token {
        kind,
        start,
        end,
        value: Cow::Borrowed(&text[start..end]),
    }
}

fn skip_ignored(text: &str, from: usize) -> usize {
    const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
    let bytes = text.as_bytes();
    let mut at = from;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' | b',' | b'\n' | b'\r' => at += 1,
            b'#' => {
                at += bytes[at..]
                    .iter()
                    .take_while(|&&b| b != b'\n' && b != b'\r')
                    .count()
            }
            _ if bytes[at..].starts_with(BYTE_ORDER_MARK) => at += BYTE_ORDER_MARK.len(),
            _ => break,
        }
    }
    at
}

fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

/// The character at an offset as messages show it: printable ASCII quoted, the rest as a code point.
pub fn show_char(text: &str, at: usize) -> String {
    match text[at..].chars().next() {
        None => "<EOF>".into(),
        Some('"') => "'\"'".into(),
        Some(c @ ' '..='~') => format!("\"{c}\""),
        Some(c) => format!("U+{:04X}", u32::from(c)),
    }
}

fn number(text: &str, start: usize) -> Result<Token<'_>, Fault> {
    let bytes = text.as_bytes();
    let peek = |at: usize| bytes.get(at).copied().unwrap_or_default();
    let mut at = start + usize::from(peek(start) == b'-');
    let mut kind = Kind::Int;
    if peek(at) == b'0' {
        at += 1;
        if peek(at).is_ascii_digit() {
            let message = format!(
                "Invalid number, unexpected digit after 0: {}.",
                show_char(text, at)
            );
            return Err(Fault::syntax(at, message));
        }
    } else {
        at = digits(text, at)?;
    }
    if peek(at) == b'.' {
        kind = Kind::Float;
        at = digits(text, at + 1)?;
    }
    if matches!(peek(at), b'e' | b'E') {
        kind = Kind::Float;
        at += 1;
        at = digits(text, at + usize::from(matches!(peek(at), b'+' | b'-')))?;
    }
    if peek(at) == b'.' || is_name_start(peek(at)) {
        return Err(no_digit(text, at));
    }
    Ok(token(kind, text, start, at))
}

fn digits(text: &str, from: usize) -> Result<usize, Fault> {
    match text.as_bytes()[from..]
        .iter()
        .take_while(|b| b.is_ascii_digit())
        .count()
    {
        0 => Err(no_digit(text, from)),
        count => Ok(from + count),
    }
}

fn no_digit(text: &str, at: usize) -> Fault {
    Fault::syntax(
        at,
        format!(
            "Invalid number, expected digit but got: {}.",
            show_char(text, at)
        ),
    )
}
