//! Where a value stands in the configuration: the keys that lead to it.

use std::fmt;

/// Keys from the root, such as `agents`, `a`, `model`; what is in a list is counted from 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Path(Vec<String>);

impl Path {
    /// The place of this key, or of the item of this number, in what is here.
    pub(super) fn child(&self, key: impl fmt::Display) -> Self {
        let mut keys = self.0.clone();
        keys.push(key.to_string());
        Self(keys)
    }

    pub(super) fn children<'a>(&self, keys: impl IntoIterator<Item = &'a str>) -> Self {
        let keys = keys.into_iter().map(str::to_owned);
        Self(self.0.iter().cloned().chain(keys).collect())
    }

    /// What this is in, and its key there; nothing for the root.
    pub(super) fn split_last(&self) -> Option<(Self, &str)> {
        let (last, above) = self.0.split_last()?;
        Some((Self(above.to_vec()), last))
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    pub(super) fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this is `other` or something in it.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }
}

/// Written with dots, for keys that the program knows.
impl From<&str> for Path {
    fn from(dotted: &str) -> Self {
        Self(dotted.split('.').map(str::to_owned).collect())
    }
}

/// As TOML writes it.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, key) in self.keys().enumerate() {
            if n > 0 {
                f.write_str(".")?;
            }
            // What escapes keys has no name of its own.
            let line = toml::Table::from_iter([(key.to_owned(), false.into())]).to_string();
            f.write_str(line.trim_end().strip_suffix(" = false").unwrap_or(key))?;
        }
        Ok(())
    }
}
