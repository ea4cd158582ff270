//! What may be written to a terminal.

use std::borrow::Cow;
use std::io::{self, ErrorKind, IsTerminal, Write, stdout};

use super::failure::Failure;

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
    try_write(text).is_ok()
}

/// Writes an answer and ends its line. That nobody reads on, as behind `| head`, is no failure; a full disk is.
pub fn print(text: &str) -> Result<(), Failure> {
    printed(try_write(&format!("{text}\n")))
}

fn printed(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::failed(format!(
            "cannot write to standard output: {error}"
        ))),
        _ => Ok(()),
    }
}

fn try_write(text: &str) -> io::Result<()> {
    let mut out = stdout().lock();
    let text = if out.is_terminal() {
        plain(text)
    } else {
        Cow::Borrowed(text)
    };
    out.write_all(text.as_bytes()).and_then(|()| out.flush())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_left_is_no_failure_and_a_full_disk_is() {
        assert!(printed(Ok(())).is_ok());
        assert!(printed(Err(ErrorKind::BrokenPipe.into())).is_ok());
        assert!(printed(Err(ErrorKind::StorageFull.into())).is_err());
    }

    #[test]
    fn control_characters_are_taken_out() {
        assert_eq!(plain("a\tb\n🦀"), "a\tb\n🦀");
        assert_eq!(
            plain("\u{1b}[2Jx\r\0\u{9b}"),
            "\u{fffd}[2Jx\u{fffd}\u{fffd}\u{fffd}"
        );
    }
}
