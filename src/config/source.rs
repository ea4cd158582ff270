//! Where a configuration is read from.

use std::path::{Path, PathBuf};

use super::problem::Found;
use super::tree::Tree;
use super::{Config, ConfigError, DEFAULT_FILE};

/// A file, the environment over it, and the command line over both. What is read from it may be another thing each time.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// The file; without one [`DEFAULT_FILE`], if it is there.
    pub file: Option<PathBuf>,
    /// What the command line says.
    pub arguments: Vec<Argument>,
}

/// A key that the command line sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// How it was said, such as `--port`.
    pub flag: &'static str,
    /// The key, such as `server.port`.
    pub key: &'static str,
    /// Its value.
    pub value: String,
}

impl Source {
    /// This file, or [`DEFAULT_FILE`] if it is there, and the environment.
    pub fn of(file: Option<&Path>) -> Self {
        Self {
            file: file.map(Path::to_owned),
            arguments: Vec::new(),
        }
    }

    /// Reads the configuration.
    ///
    /// # Errors
    /// All that is wrong with what is written.
    pub fn load(&self) -> Result<Config, ConfigError> {
        let mut found = Found::default();
        let (config, _) = self.read(&mut found)?;
        found.into_result().map(|()| config)
    }

    /// Reads what [`Self::load`] reads, for a server that is to run here.
    ///
    /// # Errors
    /// All that is wrong with what is written, and what is missing here: the variables that should hold keys, for example.
    pub fn load_to_serve(&self) -> Result<Config, ConfigError> {
        let mut found = Found::default();
        let (config, read) = self.read(&mut found)?;
        config.check(&read, &mut found).run_here();
        found.into_result().map(|()| config)
    }

    fn read(&self, found: &mut Found) -> Result<(Config, Tree), ConfigError> {
        // A variable that is no Unicode is none of ours.
        let env = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        let default = Path::new(DEFAULT_FILE);
        let file = self.file.as_deref();
        let tree = match file.or_else(|| default.exists().then_some(default)) {
            None => Tree::parse("", DEFAULT_FILE, found),
            Some(file) => {
                let text = std::fs::read_to_string(file)
                    .map_err(|error| ConfigError::unreadable(file, &error))?;
                Tree::parse(&text, &file.display().to_string(), found)
            }
        };
        Ok(Config::read(tree, env, &self.arguments, found))
    }
}
