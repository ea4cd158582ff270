//! Takes lines out of the bytes of a stream.

use bytes::{Buf, Bytes, BytesMut};

/// A line is longer than it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLong;

/// The state between two chunks.
#[derive(Debug)]
pub(super) struct Lines {
    begun: BytesMut,
    /// So much of what has begun has no end of a line.
    searched: usize,
    limit: usize,
}

impl Lines {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            begun: BytesMut::new(),
            searched: 0,
            limit,
        }
    }

    /// Takes the next chunk in.
    pub(super) fn push(&mut self, chunk: &[u8]) {
        self.begun.extend_from_slice(chunk);
    }

    /// The next whole line that says something.
    pub(super) fn next(&mut self) -> Result<Option<Bytes>, TooLong> {
        loop {
            let end = self.begun[self.searched..]
                .iter()
                .position(|byte| *byte == b'\n');
            let Some(end) = end.map(|end| self.searched + end) else {
                self.searched = self.begun.len();
                return self.fits(self.searched).map(|()| None);
            };
            self.fits(end)?;
            let line = self.begun.split_to(end).freeze();
            self.begun.advance(1);
            self.searched = 0;
            if !line.trim_ascii().is_empty() {
                return Ok(Some(line));
            }
        }
    }

    /// What stands after the last end of a line, at the end of the stream.
    pub(super) fn finish(&mut self) -> Option<Bytes> {
        self.searched = 0;
        let rest = self.begun.split().freeze();
        (!rest.trim_ascii().is_empty()).then_some(rest)
    }

    fn fits(&self, length: usize) -> Result<(), TooLong> {
        if length > self.limit {
            Err(TooLong)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn read(chunks: &[&[u8]], limit: usize) -> Result<Vec<String>, TooLong> {
        let mut lines = Lines::new(limit);
        let mut found = Vec::new();
        for chunk in chunks {
            lines.push(chunk);
            while let Some(line) = lines.next()? {
                found.push(line);
            }
        }
        found.extend(lines.finish());
        let text = |line: Bytes| String::from_utf8(line.to_vec()).unwrap();
        Ok(found.into_iter().map(text).collect())
    }

    #[test]
    fn lines_are_found_wherever_the_stream_is_cut() {
        let stream = "{\"a\":\"é\"}\n\r\n \ntwo\nthree".as_bytes();
        for cut in 0..stream.len() {
            let (head, tail) = stream.split_at(cut);
            let found = read(&[head, tail], 20).unwrap();
            assert_eq!(found, ["{\"a\":\"é\"}", "two", "three"], "cut at {cut}");
        }
    }

    #[test]
    fn a_line_longer_than_allowed_is_refused_before_its_end() {
        assert_eq!(read(&[b"0123\n"], 4).unwrap(), ["0123"]);
        assert_eq!(read(&[b"01", b"234"], 4), Err(TooLong));
        assert_eq!(read(&[b"01234\n"], 4), Err(TooLong));
    }
}
