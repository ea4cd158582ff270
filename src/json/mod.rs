//! JSON as JavaScript reads it: what clients were tried against.

mod syntax;

use std::borrow::Cow;

use serde_json::Value;

pub(crate) use syntax::complaint;

/// What some editors and libraries write before a text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The body without its byte order mark.
pub(crate) fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body)
}

/// Parses JSON as JavaScript does: half of a surrogate pair, as a text that was cut inside of an emoji ends with, is a
/// character there. Here it becomes U+FFFD.
pub(crate) fn parse(body: &[u8]) -> serde_json::Result<Value> {
    serde_json::from_slice(body).or_else(|error| match mend_surrogates(body) {
        Some(mended) => serde_json::from_slice(&mended),
        None => Err(error),
    })
}

/// The same of a body whose mistakes are told as V8 tells them. What is no UTF-8 becomes U+FFFD, as a `TextDecoder` has it.
pub(crate) fn parse_as_v8(body: &[u8]) -> Result<Value, String> {
    let text: Cow<'_, str> = String::from_utf8_lossy(without_mark(body));
    parse(text.as_bytes()).map_err(|error| complaint(&text).unwrap_or_else(|| error.to_string()))
}

/// The text with U+FFFD for each escape of a lone surrogate; `None` if there is none.
fn mend_surrogates(body: &[u8]) -> Option<Vec<u8>> {
    let mut mended: Option<Vec<u8>> = None;
    let mut at = 0;
    while at + 1 < body.len() {
        if body[at] != b'\\' {
            at += 1;
            continue;
        }
        let next = at + 6;
        match (escaped(body, at), escaped(body, next)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => at = next + 6,
            (Some(0xD800..=0xDFFF), _) => {
                mended.get_or_insert_with(|| body.to_vec())[at..next].copy_from_slice(b"\\ufffd");
                at = next;
            }
            // Any other escape is two bytes at least, so a backslash that is itself escaped starts none.
            _ => at += 2,
        }
    }
    mended
}

/// The code unit of the `\uXXXX` at this place.
fn escaped(body: &[u8], at: usize) -> Option<u16> {
    let hex = body.get(at..at + 6)?.strip_prefix(b"\\u")?;
    u16::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn half_an_emoji_is_a_character() {
        for (json, text) in [
            (r#""cut \ud83d""#, "cut \u{FFFD}"),
            (
                r#""\ude00 \ud83d\ude00 \uD83D\ud83d\uDE00""#,
                "\u{FFFD} 😀 \u{FFFD}😀",
            ),
            (r#""\\ud83d \ud83d!""#, "\\ud83d \u{FFFD}!"),
        ] {
            assert_eq!(parse(json.as_bytes()).unwrap(), text, "{json}");
        }
        assert!(parse(br#""\ud8"#).is_err());
    }

    #[test]
    fn a_mark_and_what_is_no_text_are_read_as_a_text_decoder_reads_them() {
        assert_eq!(parse_as_v8(b"\xef\xbb\xbf\"a\xff\"").unwrap(), "a\u{FFFD}");
        assert!(parse_as_v8(b"\xef\xbb\xbf\xef\xbb\xbf1").is_err());
    }
}
