//! String literals: escapes and block strings.

use std::borrow::Cow;

use super::super::error::Fault;
use super::lexer::{Kind, Token};

/// A `"…"` literal starting at `start`.
pub fn string(text: &str, start: usize) -> Result<Token<'_>, Fault> {
    let bytes = text.as_bytes();
    let mut value = Cow::Borrowed("");
    let mut chunk = start + 1;
    let mut at = chunk;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => {
                append(&mut value, &text[chunk..at]);
                return Ok(Token {
                    kind: Kind::String,
                    start,
                    end: at + 1,
                    value,
                });
            }
            b'\n' | b'\r' => break,
            b'\\' => {
                append(&mut value, &text[chunk..at]);
                let (escaped, size) = escape(text, at)?;
                value.to_mut().push(escaped);
                at += size;
                chunk = at;
            }
            _ => at += 1,
        }
    }
    Err(Fault::syntax(at, "Unterminated string."))
}

fn append<'t>(value: &mut Cow<'t, str>, chunk: &'t str) {
    if value.is_empty() {
        *value = Cow::Borrowed(chunk);
    } else {
        value.to_mut().push_str(chunk);
    }
}

/// The character an escape at `at` stands for, and how many bytes it is long.
fn escape(text: &str, at: usize) -> Result<(char, usize), Fault> {
    let plain = match text.as_bytes().get(at + 1) {
        Some(b'u') if text.as_bytes().get(at + 2) == Some(&b'{') => {
            return braced_unicode(text, at);
        }
        Some(b'u') => return fixed_unicode(text, at),
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        _ => {
            let message = format!(
                "Invalid character escape sequence: \"{}\".",
                units(text, at, 2)
            );
            return Err(Fault::syntax(at, message));
        }
    };
    Ok((plain, 2))
}

/// `\u{…}`, one to eight hexadecimal digits.
fn braced_unicode(text: &str, at: usize) -> Result<(char, usize), Fault> {
    const LONGEST: usize = 12;
    let mut point: u32 = 0;
    let mut size = 3;
    while size < LONGEST {
        let byte = text.as_bytes().get(at + size).copied();
        size += 1;
        match (byte, byte.and_then(hex)) {
            (_, Some(digit)) if point < 1 << 27 => point = point << 4 | digit,
            (Some(b'}'), _) if size >= 5 => match char::from_u32(point) {
                Some(c) => return Ok((c, size)),
                None => break,
            },
            _ => break,
        }
    }
    Err(bad_unicode(text, at, size))
}

/// `\uXXXX`, or two of them as a surrogate pair.
fn fixed_unicode(text: &str, at: usize) -> Result<(char, usize), Fault> {
    const SIZE: usize = 6;
    let first = four_digits(text, at + 2);
    if let Some(c) = first.and_then(char::from_u32) {
        return Ok((c, SIZE));
    }
    let paired = text.as_bytes()[at..].get(SIZE..SIZE + 2) == Some(b"\\u");
    let second = if paired {
        four_digits(text, at + SIZE + 2)
    } else {
        None
    };
    if let (Some(high @ 0xd800..=0xdbff), Some(low @ 0xdc00..=0xdfff)) = (first, second)
        && let Some(c) = char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))
    {
        return Ok((c, 2 * SIZE));
    }
    Err(bad_unicode(text, at, SIZE))
}

fn four_digits(text: &str, at: usize) -> Option<u32> {
    let digits = text.as_bytes().get(at..at + 4)?;
    digits
        .iter()
        .try_fold(0, |point, &digit| Some(point << 4 | hex(digit)?))
}

fn hex(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(16)
}

fn bad_unicode(text: &str, at: usize, size: usize) -> Fault {
    Fault::syntax(
        at,
        format!(
            "Invalid Unicode escape sequence: \"{}\".",
            units(text, at, size)
        ),
    )
}

/// The next `count` UTF-16 units, or fewer if they would split a character.
fn units(text: &str, at: usize, count: usize) -> &str {
    let rest = &text[at..];
    let mut left = count;
    let end = rest.char_indices().find(|(_, c)| {
        let fits = c.len_utf16() <= left;
        left = left.saturating_sub(c.len_utf16());
        !fits
    });
    &rest[..end.map_or(rest.len(), |(end, _)| end)]
}

/// A `"""…"""` literal starting at `start`.
pub fn block_string(text: &str, start: usize) -> Result<Token<'_>, Fault> {
    let bytes = text.as_bytes();
    let mut at = start + 3;
    while at < bytes.len() {
        if bytes[at..].starts_with(b"\"\"\"") {
            let value = Cow::Owned(dedent(&text[start + 3..at].replace("\\\"\"\"", "\"\"\"")));
            return Ok(Token {
                kind: Kind::BlockString,
                start,
                end: at + 3,
                value,
            });
        }
        at += if bytes[at..].starts_with(b"\\\"\"\"") {
            4
        } else {
            1
        };
    }
    Err(Fault::syntax(bytes.len(), "Unterminated string."))
}

/// Takes away the indentation all lines but the first share, and blank lines at both ends.
fn dedent(raw: &str) -> String {
    let unified = raw.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = unified.split('\n').collect();
    let indent = |line: &str| {
        line.bytes()
            .take_while(|b| matches!(b, b' ' | b'\t'))
            .count()
    };
    let blank = |line: &&str| indent(line) == line.len();
    let common = lines
        .iter()
        .skip(1)
        .filter(|line| !blank(line))
        .map(|line| indent(line))
        .min();
    let Some(first) = lines.iter().position(|line| !blank(line)) else {
        return String::new();
    };
    let last = lines.iter().rposition(|line| !blank(line)).unwrap_or(first);
    let cut = |(at, line): (usize, &&'_ str)| match (at, common) {
        (0, _) | (_, None) => (*line).to_owned(),
        (_, Some(common)) => line.get(common..).unwrap_or_default().to_owned(),
    };
    let kept: Vec<String> = lines
        .iter()
        .enumerate()
        .map(cut)
        .skip(first)
        .take(last + 1 - first)
        .collect();
    kept.join("\n")
}
