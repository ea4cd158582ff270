//! What may be written to a terminal.

use std::borrow::Cow;
use std::io::{IsTerminal, Write, stdout};

/// Without control characters: a model's words must not steer the terminal.
pub fn plain(text: &str) -> Cow<'_, str> {
    let steers = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    if text.contains(steers) {
        Cow::Owned(text.replace(steers, "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Writes at once, without a line's end, and tells whether anybody still reads. A pipe gets the text as it is.
pub fn write(text: &str) -> bool {
    let mut out = stdout().lock();
    let text = if out.is_terminal() {
        plain(text)
    } else {
        Cow::Borrowed(text)
    };
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn control_characters_are_taken_out() {
        assert_eq!(plain("a\tb\n🦀"), "a\tb\n🦀");
        assert_eq!(
            plain("\u{1b}[2Jx\r\0\u{9b}"),
            "\u{fffd}[2Jx\u{fffd}\u{fffd}\u{fffd}"
        );
    }
}
