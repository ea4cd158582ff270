//! The body of a chunked answer, as far as it has arrived.

/// Takes the chunks' framing off. A token may lie across two chunks: a relay passes on what it happens to have read.
#[derive(Default)]
pub struct Chunks {
    state: State,
}

#[derive(Default, Clone, Copy, PartialEq)]
enum State {
    /// In the line that says how long the next chunk is.
    #[default]
    Size,
    /// The same, with so much of the number read, and whether it is over.
    Digits(usize, bool),
    /// In a chunk, with so much left.
    Data(usize),
    /// Behind a chunk, with so many bytes of the line's end left.
    Behind(usize),
    /// In the lines after the last chunk; whether this one has something in it.
    Trailer(bool),
    End,
}

impl Chunks {
    /// Appends the body in these bytes to `body`; whether the answer is complete.
    pub fn read(&mut self, mut bytes: &[u8], body: &mut Vec<u8>) -> Result<bool, String> {
        while let Some((&first, rest)) = bytes.split_first() {
            if let State::Data(left) = self.state {
                let (data, behind) = bytes.split_at(left.min(bytes.len()));
                body.extend_from_slice(data);
                bytes = behind;
                self.state = match left - data.len() {
                    0 => State::Behind(2),
                    left => State::Data(left),
                };
                continue;
            }
            self.state = self.framing(first)?;
            bytes = rest;
        }
        Ok(self.state == State::End)
    }

    fn framing(&self, byte: u8) -> Result<State, String> {
        Ok(match (self.state, byte) {
            (State::Digits(0, _), b'\n') => State::Trailer(false),
            (State::Digits(size, _), b'\n') => State::Data(size),
            (State::Digits(size, _), b'\r' | b';') => State::Digits(size, true),
            (State::Digits(size, true), _) => State::Digits(size, true),
            (State::Size, digit) => State::Digits(hexadecimal(digit)?, false),
            (State::Digits(size, false), digit) => {
                State::Digits(size * 16 + hexadecimal(digit)?, false)
            }
            (State::Behind(2), _) => State::Behind(1),
            (State::Behind(_), _) => State::Size,
            (State::Trailer(false), b'\n') => State::End,
            (State::Trailer(true), b'\n') => State::Trailer(false),
            (State::Trailer(some), b'\r') => State::Trailer(some),
            (State::Trailer(_), _) => State::Trailer(true),
            (State::End | State::Data(_), _) => {
                return Err("there is more than the answer".to_owned());
            }
        })
    }
}

fn hexadecimal(digit: u8) -> Result<usize, String> {
    let digit = char::from(digit).to_digit(16);
    digit
        .map(|digit| digit as usize)
        .ok_or_else(|| "the answer's chunks are malformed".to_owned())
}
