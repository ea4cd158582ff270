//! What a client is told when a document or its variables are refused, and where in the text it went wrong.

use serde_json::{Value, json};

/// The document does not parse.
pub const PARSE_FAILED: &str = "GRAPHQL_PARSE_FAILED";
/// The document parses, but does not fit the schema or the limits.
pub const VALIDATION_FAILED: &str = "GRAPHQL_VALIDATION_FAILED";
/// The document has no operation of the wanted name, or several and no name was given.
pub const OPERATION_RESOLUTION: &str = "OPERATION_RESOLUTION_FAILURE";

/// A place in a document; both numbers start at 1, columns count UTF-16 units as JavaScript does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Location {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// One reason why a document or its variables are refused, worded as upstream's clients know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentError {
    /// For the reader.
    pub message: String,
    /// The nodes concerned; empty if the error belongs to no place.
    pub locations: Vec<Location>,
    /// `extensions.code`; errors of variables have none.
    pub code: Option<&'static str>,
}

impl DocumentError {
    /// The error as it stands in a response's `errors`, keys in upstream's order.
    pub fn to_json(&self) -> Value {
        let mut error = json!({ "message": self.message });
        if !self.locations.is_empty() {
            let places = self.locations.iter();
            error["locations"] = places
                .map(|l| json!({ "line": l.line, "column": l.column }))
                .collect();
        }
        if let Some(code) = self.code {
            error["extensions"] = json!({ "code": code });
        }
        error
    }
}

/// An error that still speaks of byte offsets; they become lines and columns only if somebody is told.
#[derive(Debug)]
pub(super) struct Fault {
    pub message: String,
    pub at: Vec<usize>,
    pub code: Option<&'static str>,
}

impl Fault {
    pub fn syntax(at: usize, message: impl AsRef<str>) -> Self {
        let message = format!("Syntax Error: {}", message.as_ref());
        Self {
            message,
            at: vec![at],
            code: Some(PARSE_FAILED),
        }
    }

    pub fn invalid(message: impl Into<String>, at: impl Into<Vec<usize>>) -> Self {
        Self {
            message: message.into(),
            at: at.into(),
            code: Some(VALIDATION_FAILED),
        }
    }

    pub fn locate(mut self, lines: &Lines<'_>) -> DocumentError {
        cut(&mut self.message);
        let locations = self.at.iter().map(|&at| lines.locate(at)).collect();
        DocumentError {
            message: self.message,
            locations,
            code: self.code,
        }
    }
}

/// Shortens a message that quotes a name of a megabyte: what the client sent need not come back, least of all many times.
pub(super) fn cut(message: &mut String) {
    const LONGEST: usize = 20_000;
    if message.len() > LONGEST {
        message.truncate(message.floor_char_boundary(LONGEST));
        message.push('…');
    }
}

/// Where the lines of a text start.
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub fn of(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|&(at, byte)| match byte {
            b'\n' => true,
            // "\r\n" ends one line, not two.
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        let starts = std::iter::once(0)
            .chain(ends.map(|(at, _)| at + 1))
            .collect();
        Self { text, starts }
    }

    pub fn locate(&self, at: usize) -> Location {
        let line = self.starts.partition_point(|&start| start <= at);
        let start = self.starts[line.saturating_sub(1)];
        let column = self
            .text
            .get(start..at)
            .map_or(0, |before| before.encode_utf16().count())
            + 1;
        Location { line, column }
    }
}
