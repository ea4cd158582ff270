//! Mistakes in a configuration: where they are, what is wrong, and what would mend it.

use std::fmt;
use std::io;

use super::path::Path;
use super::tree::Origin;

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    origin: Origin,
    message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.origin {
            Origin::Default => f.write_str(&self.message),
            _ => write!(f, "{}: {}", self.origin, self.message),
        }
    }
}

/// The mistakes found so far. What only follows from one of them is not told.
#[derive(Debug, Default)]
pub(super) struct Found {
    problems: Vec<Problem>,
    /// The values that have been told to be wrong.
    refused: Vec<Path>,
    /// The lines that are no TOML.
    broken: Vec<Origin>,
}

impl Found {
    /// Tells of a line that is no TOML, once.
    pub(super) fn refuse_line(&mut self, origin: Origin, message: impl Into<String>) {
        if !self.broken.contains(&origin) {
            self.broken.push(origin.clone());
            let message = message.into();
            self.problems.push(Problem { origin, message });
        }
    }

    /// Tells that the value at `path`, written at `origin`, will not do, unless it is known already.
    pub(super) fn refuse(&mut self, path: Path, origin: &Origin, message: impl Into<String>) {
        let known = self.refused.iter().any(|refused| path.is_within(refused));
        // What is read from a line that is no TOML was not written so.
        if !known && !self.broken.contains(origin) {
            self.problems.push(Problem {
                origin: origin.clone(),
                message: message.into(),
            });
        }
        self.refused.push(path);
    }

    /// Whether something was wrong with the value at `path` or in it: what it says now is not what was meant.
    pub(super) fn doubts(&self, path: &Path) -> bool {
        let mut refused = self.refused.iter();
        refused.any(|refused| path.is_within(refused) || refused.is_within(path))
    }

    pub(super) fn into_result(mut self) -> Result<(), ConfigError> {
        if self.problems.is_empty() {
            return Ok(());
        }
        self.problems
            .sort_by(|one, other| one.origin.cmp(&other.origin));
        let problems = self.problems;
        Err(ConfigError { problems })
    }
}

/// All mistakes of a configuration, one in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    problems: Vec<Problem>,
}

impl ConfigError {
    pub(super) fn unreadable(file: &std::path::Path, error: &io::Error) -> Self {
        let remedy = match error.kind() {
            io::ErrorKind::InvalidData => "save it as UTF-8",
            io::ErrorKind::PermissionDenied => "let this user read it",
            _ => "name another with `--config FILE`",
        };
        Self {
            problems: vec![Problem {
                origin: Origin::File(file.display().to_string()),
                message: format!("cannot be read: {error}; {remedy}"),
            }],
        }
    }

    /// The mistakes: those of the file in its order, then those of the environment.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, problem) in self.problems.iter().enumerate() {
            if n > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}
