//! Guardrails kept here: lists of words, patterns, and a length. No text leaves the server for them.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use regex::{RegexSet, RegexSetBuilder};

use super::{Guardrail, GuardrailError, Question, Verdict};

/// Rules on a user's text.
///
/// ```
/// use agui_runtime::runtime::guardrails::Rules;
///
/// let rules = Rules::new(&[], &["password".to_owned()], &[r"\d{16}".to_owned()], Some(2000))?;
/// assert_eq!(rules.objection("Which password is safe?"), Some("This is not allowed here."));
/// assert_eq!(rules.objection("Passwords, passwords!"), None);
/// # Ok::<(), agui_runtime::runtime::guardrails::RuleError>(())
/// ```
#[derive(Debug)]
pub struct Rules {
    allowed: RegexSet,
    denied: RegexSet,
    longest: Option<usize>,
}

/// A rule that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {reason}")]
pub struct RuleError {
    /// The key of the configuration.
    pub key: &'static str,
    /// What is wrong.
    pub reason: String,
}

/// What users are told.
const NOT_ALLOWED: &str = "This is not allowed here.";
const OFF_TOPIC: &str = "This is not what this assistant is for.";
const TOO_LONG: &str = "The message is too long.";

/// How much memory a set of patterns may take, in bytes.
const PATTERN_BYTES: usize = 10 << 20;

impl Rules {
    /// Rules that deny a text without any of the `allowed` words or phrases (if there are any), with one of the `denied`, one
    /// that a pattern matches, and one of more than so many characters. Words are whole words, and neither they nor patterns
    /// look at upper and lower case.
    ///
    /// # Errors
    /// If a pattern is no regular expression.
    pub fn new(
        allowed: &[String],
        denied: &[String],
        patterns: &[String],
        longest: Option<usize>,
    ) -> Result<Self, RuleError> {
        let denied = denied.iter().map(|phrase| whole(phrase));
        Ok(Self {
            allowed: set("allow", allowed.iter().map(|phrase| whole(phrase)))?,
            denied: set("deny_patterns", denied.chain(patterns.iter().cloned()))?,
            longest,
        })
    }

    /// Why a text is not allowed, for its user.
    pub fn objection(&self, text: &str) -> Option<&'static str> {
        if self
            .longest
            .is_some_and(|longest| text.chars().count() > longest)
        {
            Some(TOO_LONG)
        } else if self.denied.is_match(text) {
            Some(NOT_ALLOWED)
        } else if !self.allowed.is_empty() && !self.allowed.is_match(text) {
            Some(OFF_TOPIC)
        } else {
            None
        }
    }
}

impl Guardrail for Rules {
    fn judge<'a>(
        &'a self,
        question: &'a Question,
    ) -> BoxFuture<'a, Result<Verdict, GuardrailError>> {
        let verdict = match self.objection(&question.text) {
            Some(reason) => Verdict::Denied(reason.to_owned()),
            None => Verdict::Allowed,
        };
        async { Ok(verdict) }.boxed()
    }
}

/// A pattern for a phrase that is not a part of longer words, however its words are spaced.
fn whole(phrase: &str) -> String {
    let words: Vec<String> = phrase.split_whitespace().map(regex::escape).collect();
    let words = words.join(r"\s+");
    // Where a phrase begins or ends with a sign there is no edge of a word.
    let edge = |character: Option<char>| match character {
        Some(character) if character.is_alphanumeric() => r"\b",
        _ => "",
    };
    let trimmed = phrase.trim();
    let (start, end) = (edge(trimmed.chars().next()), edge(trimmed.chars().last()));
    format!("{start}{words}{end}")
}

fn set(
    key: &'static str,
    patterns: impl IntoIterator<Item = String>,
) -> Result<RegexSet, RuleError> {
    let built = RegexSetBuilder::new(patterns)
        .case_insensitive(true)
        .size_limit(PATTERN_BYTES)
        .build();
    built.map_err(|error| RuleError {
        key,
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn rules(allowed: &[&str], denied: &[&str], patterns: &[&str]) -> Rules {
        let own = |texts: &[&str]| texts.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        Rules::new(&own(allowed), &own(denied), &own(patterns), Some(40)).unwrap()
    }

    #[test]
    fn words_are_whole_and_phrases_may_be_spaced() {
        let rules = rules(&[], &["ass", "credit card", "größe", "c++"], &[]);
        for denied in [
            "ass",
            "What an ASS!",
            "my Credit \n CARD",
            "Welche GRÖSSE? GRÖßE!",
            "I like C++.",
        ] {
            assert_eq!(rules.objection(denied), Some(NOT_ALLOWED), "{denied}");
        }
        for allowed in ["a class", "assistant", "credit", "creditcard", "c+", ""] {
            assert_eq!(rules.objection(allowed), None, "{allowed}");
        }
    }

    #[test]
    fn what_is_denied_is_denied_though_it_is_about_what_is_allowed() {
        let rules = rules(&["weather", "rain"], &["bomb"], &[r"\b\d{16}\b"]);
        assert_eq!(rules.objection("Will it rain?"), None);
        assert_eq!(rules.objection("Who are you?"), Some(OFF_TOPIC));
        assert_eq!(rules.objection("Rain on a bomb"), Some(NOT_ALLOWED));
        assert_eq!(rules.objection("rain 1234567812345678"), Some(NOT_ALLOWED));
        let long = "rain ".repeat(9);
        assert_eq!(rules.objection(&long), Some(TOO_LONG));
    }

    #[test]
    fn a_pattern_that_is_none_says_so() {
        let error = Rules::new(&[], &[], &["(".to_owned()], None).unwrap_err();
        assert_eq!(error.key, "deny_patterns");
        assert!(error.reason.contains("unclosed group"), "{error}");
    }
}
