//! Takes the data of server-sent events, and their names, out of the bytes of a stream, without a copy where an event arrives
//! whole.
//!
//! By the WHATWG's rules, but for one: what stands after the last blank line counts too, as upstream 1.75.0 takes it.

use bytes::{Bytes, BytesMut};

/// A line is longer than it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::agents) struct TooLong;

/// The state between two chunks.
#[derive(Debug)]
pub(in crate::agents) struct Lines {
    /// What is left of the last chunk.
    chunk: Bytes,
    /// The beginning of a line whose end has not come.
    begun: Vec<u8>,
    /// The data of the event whose end has not come.
    data: Option<Data>,
    /// Its name, if it has one.
    name: Bytes,
    /// The name of the event that was given last.
    given_name: Bytes,
    /// The longest line, and the longest data of an event.
    limit: usize,
    /// Whether a line feed that comes next belongs to a line that has ended.
    after_return: bool,
    /// Whether nothing has come yet, and a byte order mark may.
    fresh: bool,
}

/// The data of an event, line by line.
#[derive(Debug)]
enum Data {
    /// One line, where it arrived.
    Line(Bytes),
    /// Several, joined in place: what there is is not copied for each line that comes.
    Lines(BytesMut),
}

impl Data {
    fn len(&self) -> usize {
        match self {
            Self::Line(line) => line.len(),
            Self::Lines(lines) => lines.len(),
        }
    }

    fn with(self, line: &[u8]) -> Self {
        let mut lines = match self {
            Self::Line(first) => BytesMut::from(&first[..]),
            Self::Lines(lines) => lines,
        };
        lines.extend_from_slice(b"\n");
        lines.extend_from_slice(line);
        Self::Lines(lines)
    }

    fn whole(self) -> Bytes {
        match self {
            Self::Line(line) => line,
            Self::Lines(lines) => lines.freeze(),
        }
    }
}

impl Lines {
    pub(in crate::agents) fn new(limit: usize) -> Self {
        Self {
            chunk: Bytes::new(),
            begun: Vec::new(),
            data: None,
            name: Bytes::new(),
            given_name: Bytes::new(),
            limit,
            after_return: false,
            fresh: true,
        }
    }

    /// Takes the next chunk in. The one before must be used up: [`Self::next`] gave nothing.
    pub(in crate::agents) fn push(&mut self, chunk: Bytes) {
        debug_assert!(self.chunk.is_empty(), "a chunk is lost");
        self.chunk = chunk;
    }

    /// The data of the next event; nothing if another chunk is needed for it.
    pub(in crate::agents) fn next(&mut self) -> Result<Option<Bytes>, TooLong> {
        loop {
            if self.after_return && !self.chunk.is_empty() {
                self.after_return = false;
                if self.chunk[0] == b'\n' {
                    let _ = self.chunk.split_to(1);
                }
            }
            let end = self
                .chunk
                .iter()
                .position(|byte| matches!(byte, b'\n' | b'\r'));
            let length = self.begun.len() + end.unwrap_or(self.chunk.len());
            if length > self.limit {
                return Err(TooLong);
            }
            let Some(end) = end else {
                self.begun.extend_from_slice(&self.chunk);
                self.chunk = Bytes::new();
                return Ok(None);
            };
            self.after_return = self.chunk[end] == b'\r';
            let mut line = self.chunk.split_to(end);
            let _ = self.chunk.split_to(1);
            if !self.begun.is_empty() {
                self.begun.extend_from_slice(&line);
                line = std::mem::take(&mut self.begun).into();
            }
            if let Some(data) = self.line(line)? {
                return Ok(Some(data));
            }
        }
    }

    /// The name of the event whose data was given last; empty if it has none.
    pub(in crate::agents) fn event_name(&self) -> &[u8] {
        &self.given_name
    }

    /// What stands after the last blank line, at the end of a stream that ended well.
    pub(in crate::agents) fn finish(&mut self) -> Result<Option<Bytes>, TooLong> {
        let rest = std::mem::take(&mut self.begun);
        if !rest.is_empty() {
            self.line(rest.into())?;
        }
        Ok(self.whole())
    }

    /// The event that has begun, as it is.
    fn whole(&mut self) -> Option<Bytes> {
        self.given_name = std::mem::take(&mut self.name);
        self.data.take().map(Data::whole)
    }

    /// Takes one line in. The event's data, if it ends an event.
    fn line(&mut self, mut line: Bytes) -> Result<Option<Bytes>, TooLong> {
        if std::mem::take(&mut self.fresh) && line.starts_with(b"\xef\xbb\xbf") {
            let _ = line.split_to(3);
        }
        if line.is_empty() {
            return Ok(self.whole());
        }
        // Ids and comments say nothing to agents' clients.
        if line.starts_with(b"data:") {
            let space = usize::from(line.get(5) == Some(&b' '));
            let value = line.slice(5 + space..);
            self.data = Some(match self.data.take() {
                None => Data::Line(value),
                Some(data) if data.len() + value.len() >= self.limit => return Err(TooLong),
                Some(data) => data.with(&value),
            });
        } else if line.starts_with(b"event:") {
            let space = usize::from(line.get(6) == Some(&b' '));
            self.name = line.slice(6 + space..);
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// The data of all events of a stream that comes in these chunks.
    fn read(chunks: &[&[u8]], limit: usize) -> Result<Vec<String>, TooLong> {
        let mut lines = Lines::new(limit);
        let mut found = Vec::new();
        for chunk in chunks {
            lines.push(Bytes::copy_from_slice(chunk));
            while let Some(data) = lines.next()? {
                found.push(data);
            }
        }
        found.extend(lines.finish()?);
        let text = |data: Bytes| String::from_utf8(data.to_vec()).unwrap();
        Ok(found.into_iter().map(text).collect())
    }

    #[test]
    fn events_are_found_wherever_the_stream_is_cut() {
        let stream = "\u{feff}: hello\n\ndata: {\"a\":\"é\"}\n\nid: 7\nevent: x\ndata:two\r\ndata: lines\r\n\r\n\n\ndata\rdata: cr\r\rdata:  x\n\ndata: last";
        let expected = ["{\"a\":\"é\"}", "two\nlines", "cr", " x", "last"];
        let bytes = stream.as_bytes();
        assert_eq!(read(&[bytes], 100).unwrap(), expected);
        for cut in 0..bytes.len() {
            let (head, tail) = bytes.split_at(cut);
            assert_eq!(read(&[head, tail], 100).unwrap(), expected, "cut at {cut}");
        }
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(read(&single, 100).unwrap(), expected);
    }

    #[test]
    fn an_event_has_the_name_that_stands_before_its_end() {
        let mut lines = Lines::new(100);
        lines.push(Bytes::from_static(
            b"event: values|a:1\ndata: {}\n\ndata: 2\nevent:x\n\nevent: lost\n\ndata: 3\n\n",
        ));
        let mut found = Vec::new();
        while let Some(data) = lines.next().unwrap() {
            found.push((data, lines.event_name().to_vec()));
        }
        let expected = [("{}", "values|a:1"), ("2", "x"), ("3", "")];
        let expected = expected.map(|(data, name)| (Bytes::from(data), name.as_bytes().to_vec()));
        assert_eq!(found, expected);
    }

    #[test]
    fn an_event_that_arrives_whole_is_not_copied() {
        let chunk = Bytes::from_static(b"data: {}\n\ndata: {}\n\n");
        let mut lines = Lines::new(100);
        lines.push(chunk.clone());
        let data = lines.next().unwrap().unwrap();
        assert_eq!(data.as_ptr(), chunk[6..].as_ptr());
    }

    /// Where the data of an event that has not ended stands in memory.
    fn place(lines: &Lines) -> Option<*const u8> {
        match lines.data.as_ref()? {
            Data::Line(line) => Some(line.as_ptr()),
            Data::Lines(lines) => Some(lines.as_ptr()),
        }
    }

    #[test]
    fn many_short_lines_of_one_event_are_not_copied_for_each_other() {
        let limit = 1 << 20;
        let mut lines = Lines::new(limit);
        let mut places = Vec::new();
        for _ in 0..limit {
            lines.push(Bytes::from_static(b"data:\n"));
            assert_eq!(lines.next(), Ok(None));
            places.extend(place(&lines));
            places.dedup();
        }
        // Memory grows by doubling, so that the data moves a few times and not with each line.
        assert!(places.len() < 64, "moved {} times", places.len());
        lines.push(Bytes::from_static(b"\n"));
        assert_eq!(lines.next().unwrap().unwrap().len(), limit - 1);
    }

    #[test]
    fn a_line_longer_than_allowed_is_refused_before_it_is_kept() {
        assert_eq!(read(&[b"data: 0123\n\n"], 10).unwrap(), ["0123"]);
        assert_eq!(read(&[b"data: 01234\n\n"], 10), Err(TooLong));
        assert_eq!(read(&[b"data: 0", b"1234"], 10), Err(TooLong));
        assert_eq!(read(&[b"data: 01234"], 10), Err(TooLong));
        assert_eq!(
            read(&[b"data: 0123\n", b"data: 4567\n", b"data: 8\n\n"], 10),
            Err(TooLong)
        );
    }

    #[test]
    fn a_stream_without_data_has_no_events() {
        assert_eq!(read(&[], 10).unwrap(), [""; 0]);
        assert_eq!(read(&[b"\n\n\n: x\n\nid: 4\n\n"], 10).unwrap(), [""; 0]);
    }
}
