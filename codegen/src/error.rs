//! What is wrong, and where: errors are collected and shown together.
use std::fmt;

/// A place in a file, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The path relative to the project.
    pub file: String,
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// Where; files as a whole have no location.
    pub location: Option<Location>,
    /// What is wrong, with what was probably meant.
    pub message: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.location {
            Some(location) => write!(f, "{location}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// All that is wrong, sorted by place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Errors(pub Vec<Diagnostic>);

impl Errors {
    /// Notes a mistake at a place.
    pub fn at(&mut self, location: &Location, message: impl Into<String>) {
        self.0.push(Diagnostic {
            location: Some(location.clone()),
            message: message.into(),
        });
    }

    /// Notes a mistake that has no place in a file.
    pub fn general(&mut self, message: impl Into<String>) {
        self.0.push(Diagnostic {
            location: None,
            message: message.into(),
        });
    }

    /// Takes over the mistakes of `result`, leaving its value.
    pub fn absorb<T>(&mut self, result: Result<T, Errors>) -> Option<T> {
        result.map_err(|errors| self.0.extend(errors.0)).ok()
    }

    /// `value`, unless something is wrong.
    pub fn or<T>(mut self, value: T) -> Result<T, Errors> {
        if self.0.is_empty() {
            return Ok(value);
        }
        self.0.sort();
        self.0.dedup();
        Err(self)
    }
}

impl From<String> for Errors {
    fn from(message: String) -> Self {
        Errors(vec![Diagnostic {
            location: None,
            message,
        }])
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, diagnostic) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{diagnostic}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Errors {}

/// `; did you mean "…"?` if one of `candidates` is close to `name`, else nothing.
pub fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    let near = candidates
        .into_iter()
        .filter(|candidate| *candidate != name)
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(&name.to_lowercase(), &candidate.to_lowercase()),
                candidate,
            )
        })
        .min_by_key(|(distance, _)| *distance);
    match near {
        Some((distance, candidate)) if distance <= 1 + name.len() / 4 => {
            format!("; did you mean \"{candidate}\"?")
        }
        _ => String::new(),
    }
}
