//! Tokens to a tree. Recursive, but never deeper than it is told: a document that nests deeper or goes on longer is
//! refused where it crosses the line, before anything costs more than reading the text up to there.

use super::super::error::Fault;
use super::ast::*;
use super::lexer::{Kind, Token, next_token};

/// How long and how deep a text may be.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Tokens in the whole text.
    pub tokens: usize,
    /// Brackets of any kind inside each other.
    pub depth: usize,
}

impl Bounds {
    /// For the project's own texts.
    pub const NONE: Self = Self {
        tokens: usize::MAX,
        depth: 100,
    };
}

/// Parses a document, executable or SDL.
pub fn parse(text: &str, bounds: Bounds) -> Result<Document<'_>, Fault> {
    let start = Token {
        kind: Kind::Start,
        start: 0,
        end: 0,
        value: "".into(),
    };
    let mut parser = Parser {
        text,
        bounds,
        token: start,
        tokens: 0,
        depth: 0,
    };
    parser.advance()?;
    let mut definitions = vec![parser.definition()?];
    while parser.token.kind != Kind::End {
        definitions.push(parser.definition()?);
    }
    Ok(Document { definitions })
}

/// What parsing yields.
pub type Parsed<T> = Result<T, Fault>;

pub struct Parser<'t> {
    pub text: &'t str,
    pub bounds: Bounds,
    /// The token to be read next.
    pub token: Token<'t>,
    tokens: usize,
    pub depth: usize,
}

impl<'t> Parser<'t> {
    /// Goes to the next token and returns the one left behind.
    pub fn advance(&mut self) -> Parsed<Token<'t>> {
        let next = next_token(self.text, self.token.end)?;
        if next.kind != Kind::End {
            self.tokens += 1;
            if self.tokens > self.bounds.tokens {
                let limit = self.bounds.tokens;
                let message = format!(
                    "The document has more than {limit} tokens, the limit of this server (limits.query_tokens). \
                     Ask for less in one request."
                );
                return Err(Fault::invalid(message, [next.start]));
            }
        }
        Ok(std::mem::replace(&mut self.token, next))
    }

    pub fn peek(&self, spelling: &'static str) -> bool {
        self.token.kind == Kind::Punctuator(spelling)
    }

    pub fn peek_keyword(&self, word: &str) -> bool {
        self.token.kind == Kind::Name && self.token.value == word
    }

    pub fn take(&mut self, spelling: &'static str) -> Parsed<bool> {
        let found = self.peek(spelling);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    pub fn take_keyword(&mut self, word: &str) -> Parsed<bool> {
        let found = self.peek_keyword(word);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    pub fn expect(&mut self, spelling: &'static str) -> Parsed<Token<'t>> {
        if self.peek(spelling) {
            return self.advance();
        }
        Err(self.expected(&Kind::Punctuator(spelling).describe()))
    }

    pub fn expect_keyword(&mut self, word: &str) -> Parsed<Token<'t>> {
        if self.peek_keyword(word) {
            return self.advance();
        }
        Err(self.expected(&format!("\"{word}\"")))
    }

    pub fn name(&mut self) -> Parsed<Name<'t>> {
        if self.token.kind != Kind::Name {
            return Err(self.expected("Name"));
        }
        let token = self.advance()?;
        Ok(Name {
            text: &self.text[token.start..token.end],
            at: token.start,
        })
    }

    fn expected(&self, what: &str) -> Fault {
        Fault::syntax(
            self.token.start,
            format!("Expected {what}, found {}.", self.token.describe()),
        )
    }

    pub fn unexpected(&self, token: &Token<'_>) -> Fault {
        Fault::syntax(token.start, format!("Unexpected {}.", token.describe()))
    }

    /// Reads what stands between two brackets, which counts as one level of nesting.
    pub fn nested<T>(
        &mut self,
        open: &'static str,
        read: impl FnOnce(&mut Self) -> Parsed<T>,
    ) -> Parsed<T> {
        let at = self.expect(open)?.start;
        self.depth += 1;
        if self.depth > self.bounds.depth {
            return Err(Fault::invalid(too_deep(self.bounds.depth), [at]));
        }
        let inner = read(self)?;
        self.depth -= 1;
        Ok(inner)
    }

    /// At least one item up to the closing bracket.
    pub fn many<T>(
        &mut self,
        open: &'static str,
        close: &'static str,
        mut item: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        self.nested(open, |parser| {
            let mut items = vec![item(parser)?];
            while !parser.take(close)? {
                items.push(item(parser)?);
            }
            Ok(items)
        })
    }

    /// As `many`, or nothing if the bracket does not open.
    pub fn optional_many<T>(
        &mut self,
        open: &'static str,
        close: &'static str,
        item: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        if self.peek(open) {
            self.many(open, close, item)
        } else {
            Ok(Vec::new())
        }
    }

    /// Any number of items up to the closing bracket.
    pub fn any<T>(
        &mut self,
        open: &'static str,
        close: &'static str,
        mut item: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        self.nested(open, |parser| {
            let mut items = Vec::new();
            while !parser.take(close)? {
                items.push(item(parser)?);
            }
            Ok(items)
        })
    }
}

/// What a client is told whose document nests too deep, in the text or through fragments.
pub fn too_deep(limit: usize) -> String {
    format!(
        "The document nests deeper than {limit} levels, the limit of this server (limits.query_depth). \
         Select fewer levels."
    )
}
