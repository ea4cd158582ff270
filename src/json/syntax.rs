//! Mistakes of syntax in V8's words (Node 20), for which developers search, and by which some clients tell them apart.

use std::ops::Range;

/// So many code units around a mistake are shown.
const CONTEXT: usize = 10;
/// What is turned to text by accident, and then told as a whole.
const ACCIDENTS: [&str; 4] = ["undefined", "NaN", "Infinity", "[object Object]"];

/// What V8 says of this text; `None` if it is JSON.
pub(crate) fn complaint(text: &str) -> Option<String> {
    let source: Vec<u16> = text.encode_utf16().collect();
    let mut scan = Scan {
        source: &source,
        at: 0,
    };
    scan.document().err().map(|mistake| scan.tell(mistake))
}

/// What is wrong at the place where the scan stands.
enum Mistake {
    /// Told with its position.
    Known(&'static str),
    /// Something that cannot stand there.
    Unexpected,
    /// The text ends within a word.
    End,
}

use Mistake::{End, Known, Unexpected};

type Scanned = Result<(), Mistake>;

struct Scan<'a> {
    source: &'a [u16],
    /// In UTF-16 code units.
    at: usize,
}

impl Scan<'_> {
    /// The code unit here, if it is ASCII; DEL, which JSON knows in strings only, for any other.
    fn peek(&self) -> Option<u8> {
        let unit = *self.source.get(self.at)?;
        Some(u8::try_from(unit).ok().filter(u8::is_ascii).unwrap_or(0x7f))
    }

    fn next(&mut self) -> Option<u8> {
        self.at += 1;
        self.peek()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Takes this token if it comes next.
    fn takes(&mut self, token: u8) -> bool {
        self.skip_space();
        let found = self.peek() == Some(token);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, token: u8, otherwise: &'static str) -> Scanned {
        match self.takes(token) {
            true => Ok(()),
            false => Err(Known(otherwise)),
        }
    }

    fn document(&mut self) -> Scanned {
        // Of every list or object that is open, whether it is an object.
        let mut open = Vec::new();
        loop {
            if self.begin(&mut open)? {
                continue;
            }
            while self.close(&mut open)? {}
            if open.is_empty() {
                break;
            }
        }
        self.skip_space();
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(Known("Unexpected non-whitespace character after JSON")),
        }
    }

    /// Reads up to the first value in a list or object, or a whole value: whether another one must follow.
    fn begin(&mut self, open: &mut Vec<bool>) -> Result<bool, Mistake> {
        self.skip_space();
        match self.peek() {
            Some(b'{') => {
                self.at += 1;
                if self.takes(b'"') {
                    self.string()?;
                    self.expect(b':', "Expected ':' after property name in JSON")?;
                    open.push(true);
                    return Ok(true);
                }
                self.expect(b'}', "Expected property name or '}' in JSON")?;
            }
            Some(b'[') => {
                self.at += 1;
                if !self.takes(b']') {
                    open.push(false);
                    return Ok(true);
                }
            }
            Some(b'"') => {
                self.at += 1;
                self.string()?;
            }
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word(b"true")?,
            Some(b'f') => self.word(b"false")?,
            Some(b'n') => self.word(b"null")?,
            _ => return Err(Unexpected),
        }
        Ok(false)
    }

    /// Reads what stands behind a value: whether it closed what the value was in.
    fn close(&mut self, open: &mut Vec<bool>) -> Result<bool, Mistake> {
        let Some(object) = open.last().copied() else {
            return Ok(false);
        };
        if self.takes(b',') {
            if object {
                self.expect(b'"', "Expected double-quoted property name in JSON")?;
                self.string()?;
                // V8 has words for the first property's only.
                if !self.takes(b':') {
                    return Err(Unexpected);
                }
            }
            return Ok(false);
        }
        match object {
            true => self.expect(b'}', "Expected ',' or '}' after property value in JSON")?,
            false => self.expect(b']', "Expected ',' or ']' after array element in JSON")?,
        }
        open.pop();
        Ok(true)
    }

    /// Behind the opening quote, up to the closing one.
    fn string(&mut self) -> Scanned {
        loop {
            match self.peek() {
                None => return Err(Known("Unterminated string in JSON")),
                Some(b'"') => break,
                Some(b'\\') => match self.next() {
                    None => return Err(End),
                    Some(b'u') => {
                        for _ in 0..4 {
                            if !self.next().is_some_and(|digit| digit.is_ascii_hexdigit()) {
                                return Err(Known("Bad Unicode escape in JSON"));
                            }
                        }
                    }
                    Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {}
                    // V8 has no word for those beyond Latin-1.
                    Some(_) if self.source[self.at] > 0xff => return Err(Unexpected),
                    Some(_) => return Err(Known("Bad escaped character in JSON")),
                },
                Some(0..0x20) => {
                    return Err(Known("Bad control character in string literal in JSON"));
                }
                Some(_) => {}
            }
            self.at += 1;
        }
        self.at += 1;
        Ok(())
    }

    fn number(&mut self) -> Scanned {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => {
                if self.next().is_some_and(|digit| digit.is_ascii_digit()) {
                    return Err(Unexpected);
                }
            }
            _ => self.digits("No number after minus sign in JSON")?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits("Unterminated fractional number in JSON")?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            if matches!(self.next(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits("Exponent part is missing a number in JSON")?;
        }
        Ok(())
    }

    fn digits(&mut self, otherwise: &'static str) -> Scanned {
        let from = self.at;
        while self.peek().is_some_and(|digit| digit.is_ascii_digit()) {
            self.at += 1;
        }
        match self.at > from {
            true => Ok(()),
            false => Err(Known(otherwise)),
        }
    }

    fn word(&mut self, word: &[u8]) -> Scanned {
        for letter in word {
            match self.peek() {
                None => return Err(End),
                Some(found) if found != *letter => return Err(Unexpected),
                Some(_) => self.at += 1,
            }
        }
        Ok(())
    }

    fn tell(&self, mistake: Mistake) -> String {
        let at = self.at;
        match mistake {
            Known(what) => format!("{what} at position {at}"),
            End => "Unexpected end of JSON input".to_owned(),
            Unexpected => match self.peek() {
                None => "Unexpected end of JSON input".to_owned(),
                Some(b'"') => format!("Unexpected string in JSON at position {at}"),
                Some(b'-' | b'0'..=b'9') => format!("Unexpected number in JSON at position {at}"),
                Some(_) => self.unexpected_token(),
            },
        }
    }

    fn unexpected_token(&self) -> String {
        let (at, length) = (self.at, self.source.len());
        let whole = self.text(0..length.min(2 * CONTEXT));
        if ACCIDENTS.contains(&whole.as_str()) {
            return format!("\"{whole}\" is not valid JSON");
        }
        let token = self.text(at..at + 1);
        let shown = if length <= 2 * CONTEXT {
            format!("\"{whole}\"")
        } else if at < CONTEXT {
            format!("\"{}\"...", self.text(0..at + CONTEXT))
        } else if at < length - CONTEXT {
            format!("...\"{}\"...", self.text(at - CONTEXT..at + CONTEXT))
        } else {
            format!("...\"{}\"", self.text(at - CONTEXT..length))
        };
        format!("Unexpected token '{token}', {shown} is not valid JSON")
    }

    fn text(&self, range: Range<usize>) -> String {
        let units = self.source.get(range).unwrap_or_default();
        String::from_utf16_lossy(units)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::Write as _;
    use std::process::{Command, Stdio};

    use super::complaint;

    #[test]
    fn mistakes_are_told_as_v8_tells_them() {
        for (text, told) in [
            ("", "Unexpected end of JSON input"),
            ("[1,", "Unexpected end of JSON input"),
            ("undefined", "\"undefined\" is not valid JSON"),
            (
                "not json",
                "Unexpected token 'o', \"not json\" is not valid JSON",
            ),
            (
                "/*x*/{\"threadId\": 1, \"b\": 2}",
                "Unexpected token '/', \"/*x*/{\"thr\"... is not valid JSON",
            ),
            (
                "{\"threadId\": 1, \"b\": x, \"c\": 2, \"d\": 3}",
                "Unexpected token 'x', ...\": 1, \"b\": x, \"c\": 2,\"... is not valid JSON",
            ),
            (
                "{\"threadId\": 1, \"b\": x, \"c\": 2}",
                "Unexpected token 'x', ...\": 1, \"b\": x, \"c\": 2}\" is not valid JSON",
            ),
            (
                "{'a': 1}",
                "Expected property name or '}' in JSON at position 1",
            ),
            (
                "{\"threadId\":\"a\"",
                "Expected ',' or '}' after property value in JSON at position 15",
            ),
            (
                "[1 2]",
                "Expected ',' or ']' after array element in JSON at position 3",
            ),
            (
                "{} x",
                "Unexpected non-whitespace character after JSON at position 3",
            ),
            ("01", "Unexpected number in JSON at position 1"),
        ] {
            assert_eq!(complaint(text).as_deref(), Some(told), "{text}");
        }
        assert_eq!(
            complaint(" {\"a\": [1, -2.5e+3, null, \"\\u00e9\"]} "),
            None
        );
    }

    /// Bodies with mistakes all over them: each place of some texts cut off, left out, or with something put in.
    fn mutated() -> Vec<String> {
        const TEXTS: [&str; 4] = [
            r#"{"threadId":"a","n":[1,-2.5e+3,0,true],"o":{"k":"v\n\u00e9"}}"#,
            r#"{"a":{"b":[{}, []]}}"#,
            r#"{"é🦀":"🦀🦀🦀🦀🦀🦀🦀"}"#,
            " [null , 0.1E5\n]\t",
        ];
        const PUT_IN: [&str; 16] = [
            "\"", "{", "]", ",", ":", "\\", "\\u", "\\x", "-", ".", "e", "01", "tru", "\u{1}",
            "🦀", "NaN",
        ];
        let mut all: Vec<String> = ["undefined", "[object Object]", "-", "1e", "tr\"", "nul1"]
            .map(str::to_owned)
            .into();
        for text in TEXTS {
            for (at, _) in text.char_indices() {
                let (head, tail) = text.split_at(at);
                let rest = tail.chars().skip(1).collect::<String>();
                all.extend([head.to_owned(), format!("{head}{rest}")]);
                all.extend(PUT_IN.map(|it| format!("{head}{it}{tail}")));
            }
        }
        all
    }

    /// What Node says of each text, nothing of those that are JSON; `None` if there is no Node 20.
    fn node(texts: &[String]) -> Option<Vec<String>> {
        const SCRIPT: &str = "
            let input = ''; process.stdin.setEncoding('utf8').on('data', it => input += it).on('end', () =>
              console.log(JSON.stringify(JSON.parse(input).map(text => {
                try { JSON.parse(text); return ''; } catch (error) { return error.message.toWellFormed(); }
              }))));";
        let version = Command::new("node").arg("--version").output().ok()?;
        if !version.stdout.starts_with(b"v20.") {
            return None;
        }
        let mut node = Command::new("node")
            .args(["-e", SCRIPT])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = serde_json::to_vec(texts).unwrap();
        node.stdin.take().unwrap().write_all(&input).unwrap();
        let told = node.wait_with_output().unwrap().stdout;
        Some(serde_json::from_slice(&told).unwrap())
    }

    #[test]
    fn node_says_the_same() {
        let texts = mutated();
        let Some(told) = node(&texts) else {
            eprintln!("not compared: there is no Node 20");
            return;
        };
        assert_eq!(told.len(), texts.len());
        for (text, told) in texts.iter().zip(told) {
            assert_eq!(complaint(text).unwrap_or_default(), told, "{text:?}");
        }
    }
}
