//! A directory that goes away with the command.
use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
};

use agui_codegen::error::Errors;

/// A temporary directory of this process.
pub struct Scratch(PathBuf);

impl Scratch {
    /// Makes it.
    pub fn new() -> Result<Self, Errors> {
        let path = env::temp_dir().join(format!("agui-codegen-{}", process::id()));
        match fs::create_dir(&path) {
            Ok(()) => Ok(Self(path)),
            Err(error) => Err(Errors::from(format!(
                "cannot make a temporary directory {}: {error}",
                path.display()
            ))),
        }
    }

    /// A directory in it, made if it is not there.
    pub fn directory(&self, name: &str) -> Result<PathBuf, Errors> {
        let path = self.0.join(name);
        fs::create_dir_all(&path)
            .map_err(|error| Errors::from(format!("cannot make {}: {error}", path.display())))?;
        Ok(path)
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left of it is the system's to clean.
        fs::remove_dir_all(&self.0).ok();
    }
}
