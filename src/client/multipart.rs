//! `multipart/mixed`, piece by piece as it arrives.
//!
//! A part is given out as soon as the delimiter after it is there, which is how servers tell that it is whole.

/// Reads one response's body.
#[derive(Debug)]
pub(super) struct Multipart {
    /// CRLF, two hyphens, the boundary.
    delimiter: Vec<u8>,
    /// What has arrived and was not given out; begins in a part's head or, at first, before the first delimiter.
    buffer: Vec<u8>,
    /// Up to here the buffer holds no delimiter.
    searched: usize,
    state: State,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    /// Before the first delimiter.
    Preamble,
    /// After a delimiter, before it is known whether it was the last one.
    Between,
    /// In a part, its head included.
    Part,
    /// After the last delimiter.
    End,
}

impl Multipart {
    /// A reader for the boundary of this content type, if it is a multipart one.
    pub(super) fn new(content_type: &str) -> Option<Self> {
        let (kind, parameters) = content_type.split_once(';')?;
        if !kind.trim().eq_ignore_ascii_case("multipart/mixed") {
            return None;
        }
        let boundary = parameters.split(';').find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.trim()
                .eq_ignore_ascii_case("boundary")
                .then(|| value.trim().trim_matches('"'))
        })?;
        Some(Self {
            delimiter: format!("\r\n--{boundary}").into_bytes(),
            // The first delimiter may stand at the very beginning, without its CRLF.
            buffer: b"\r\n".to_vec(),
            searched: 0,
            state: State::Preamble,
        })
    }

    /// Takes bytes as they arrive and gives the bodies of the parts that are complete with them.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        self.buffer.extend_from_slice(bytes);
        let mut parts = Vec::new();
        while self.step(&mut parts) {}
        parts
    }

    /// Whether the last delimiter has arrived.
    pub(super) fn is_complete(&self) -> bool {
        self.state == State::End
    }

    /// One transition; false when it takes more bytes.
    fn step(&mut self, parts: &mut Vec<Vec<u8>>) -> bool {
        match self.state {
            State::End => {
                self.buffer.clear();
                false
            }
            State::Between => {
                let Some(next) = self.buffer.get(..2) else {
                    return false;
                };
                self.state = if next == b"--" {
                    State::End
                } else {
                    State::Part
                };
                true
            }
            State::Preamble | State::Part => {
                let Some(at) = self.find_delimiter() else {
                    return false;
                };
                let rest = self.buffer.split_off(at + self.delimiter.len());
                let mut part = std::mem::replace(&mut self.buffer, rest);
                part.truncate(at);
                if self.state == State::Part {
                    parts.push(body(part));
                }
                self.searched = 0;
                self.state = State::Between;
                true
            }
        }
    }

    fn find_delimiter(&mut self) -> Option<usize> {
        let length = self.delimiter.len();
        let found = self.buffer[self.searched..]
            .windows(length)
            .position(|window| window == self.delimiter);
        let at = found.map(|offset| self.searched + offset);
        self.searched = self.buffer.len().saturating_sub(length - 1);
        at
    }
}

/// The part without its head.
fn body(mut part: Vec<u8>) -> Vec<u8> {
    const BLANK_LINE: &[u8] = b"\r\n\r\n";
    match part
        .windows(BLANK_LINE.len())
        .position(|window| window == BLANK_LINE)
    {
        Some(at) => part.split_off(at + BLANK_LINE.len()),
        None => part,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const BODY: &str = "\r\n---\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 18\r\n\r\n\
        {\"data\":\"--- \\r\\n\"}\r\n---\r\nContent-Type: application/json; charset=utf-8\r\n\r\n\
        {\"hasNext\":false}\r\n-----\r\n";

    fn reader() -> Multipart {
        Multipart::new("multipart/mixed; boundary=\"-\"").unwrap()
    }

    fn read(pieces: impl Iterator<Item = impl AsRef<[u8]>>) -> (Vec<String>, bool) {
        let mut reader = reader();
        let parts = pieces
            .flat_map(|piece| reader.push(piece.as_ref()))
            .collect::<Vec<_>>();
        (
            parts
                .into_iter()
                .map(|part| String::from_utf8(part).unwrap())
                .collect(),
            reader.is_complete(),
        )
    }

    #[test]
    fn parts_are_the_same_however_the_bytes_are_cut() {
        let expected = (
            vec![
                r#"{"data":"--- \r\n"}"#.to_owned(),
                r#"{"hasNext":false}"#.to_owned(),
            ],
            true,
        );
        for size in 1..=BODY.len() {
            assert_eq!(
                read(BODY.as_bytes().chunks(size)),
                expected,
                "in pieces of {size}"
            );
        }
    }

    #[test]
    fn a_part_is_there_with_the_delimiter_after_it() {
        let mut reader = reader();
        assert!(reader.push(b"\r\n---").is_empty());
        assert_eq!(
            reader.push(b"\r\nContent-Type: x\r\n\r\n{}\r\n---"),
            [b"{}"]
        );
        assert!(!reader.is_complete());
        assert!(reader.push(b"--").is_empty());
        assert!(reader.is_complete());
    }

    #[test]
    fn a_body_that_breaks_off_is_not_complete() {
        let (parts, complete) = read([&BODY[..BODY.len() - 6]].iter());
        assert_eq!((parts.len(), complete), (1, false));
    }

    #[test]
    fn the_first_delimiter_may_lack_its_line_break_or_have_a_preamble() {
        for start in ["", "\r\n", "preamble\r\n"] {
            let text = format!("{start}---\r\n\r\n1\r\n-----");
            assert_eq!(read([text].iter()), (vec!["1".to_owned()], true));
        }
    }

    #[test]
    fn the_boundary_is_found_in_the_content_type() {
        for (content_type, delimiter) in [
            ("multipart/mixed; boundary=abc", Some("\r\n--abc")),
            (
                "Multipart/Mixed; deferSpec=20220824; Boundary=\"ac\"",
                Some("\r\n--ac"),
            ),
            (
                "multipart/mixed;boundary=\"-\"; charset=utf-8",
                Some("\r\n---"),
            ),
            ("multipart/mixed", None),
            ("application/json; charset=utf-8", None),
        ] {
            let found = Multipart::new(content_type)
                .map(|reader| String::from_utf8(reader.delimiter).unwrap());
            assert_eq!(found.as_deref(), delimiter, "{content_type}");
        }
    }
}
