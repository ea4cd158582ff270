//! Finds where names stand: graphql-parser tells the place of a definition, not of the names in it.
use graphql_tools::parser::{TokenKind, spanned_tokens};

use super::{Name, Source};
use crate::error::Location;

/// Walks over the names of a file, forward only.
pub struct Cursor<'a> {
    file: &'a str,
    names: Vec<(usize, usize, &'a str)>,
    next: usize,
}

impl<'a> Cursor<'a> {
    /// Starts at the top of `source`.
    pub fn new(source: &'a Source) -> Self {
        let text = source.text.as_str();
        let (mut line, mut line_start, mut scanned) = (1, 0, 0);
        let mut names = Vec::new();
        for (kind, span) in spanned_tokens(text).unwrap_or_default() {
            let Some(gap) = text.get(scanned..span.start) else {
                continue;
            };
            line += gap.matches('\n').count();
            line_start = gap.rfind('\n').map_or(line_start, |at| scanned + at + 1);
            scanned = span.start;
            if kind == TokenKind::Name
                && let (Some(before), Some(name)) =
                    (text.get(line_start..span.start), text.get(span))
            {
                names.push((line, before.chars().count() + 1, name));
            }
        }
        Self {
            file: &source.path,
            names,
            next: 0,
        }
    }

    /// Skips what stands before a place.
    pub fn seek(&mut self, line: usize, column: usize) {
        let place = (line, column);
        self.next = self
            .names
            .partition_point(|(line, column, _)| (*line, *column) < place);
    }

    /// The next place where `name` stands; if there is none, the place where the search began.
    pub fn find(&mut self, name: &str) -> Name {
        let found = self
            .names
            .iter()
            .skip(self.next)
            .position(|(_, _, text)| *text == name);
        let index = self.next + found.unwrap_or(0);
        let (line, column) = self
            .names
            .get(index)
            .map_or((1, 1), |(line, column, _)| (*line, *column));
        self.next = index + usize::from(found.is_some());
        Name {
            text: name.to_owned(),
            at: Location {
                file: self.file.to_owned(),
                line,
                column,
            },
        }
    }
}
