//! The page, made of `features.toml`.

use std::fmt::Write;

use serde::Deserialize;

use crate::support::golden::root;

/// All that upstream has.
#[derive(Deserialize)]
pub struct Features {
    section: Vec<Section>,
}

/// Some of it under a title.
#[derive(Deserialize)]
struct Section {
    title: String,
    about: Option<String>,
    rows: Vec<Row>,
}

/// One thing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// What it is, in upstream's words.
    pub what: String,
    /// What becomes of it.
    pub is: Is,
    /// Why it differs or is not here, or what there is to say besides.
    pub why: Option<String>,
    /// The tests that show it.
    pub shown_by: Vec<String>,
}

/// What becomes of a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Is {
    /// It is as upstream, or so that no client can tell.
    Works,
    /// It is done in another way.
    Differs,
    /// It is refused, or something else takes its place.
    #[serde(rename = "not here")]
    NotHere,
}

const HEAD: &str = "\
# What is as upstream, and what is not

Each feature of CopilotKit's runtime and of what asks it: **works** as upstream does, so that no client can tell; **differs**, and why; or is
**not here**, and what is answered in its place. The last column names the tests that show it: `cargo test --test main NAME` runs one.
Where an answer differs from a recorded one of upstream's, `tests/golden/deviations.toml` and `deviations-ag-ui.toml` have each byte of it;
[PROTOCOL.md](PROTOCOL.md) tells what else the AG-UI face does otherwise.

This page is written by a test from `tests/compatibility/features.toml`: `just compatibility`.
";

impl Features {
    /// As they are committed.
    pub fn load() -> Self {
        let text = std::fs::read_to_string(root().join("tests/compatibility/features.toml"));
        toml::from_str(&text.expect("the features")).unwrap_or_else(|error| panic!("{error}"))
    }

    /// One after the other.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.section.iter().flat_map(|section| &section.rows)
    }

    /// Fails if no row has this in it.
    pub fn speak_of(&self, text: &str) {
        let spoken_of = self.rows().any(|row| row.what.contains(text));
        assert!(
            spoken_of,
            "no row of tests/compatibility/features.toml speaks of {text}"
        );
    }

    /// The whole page.
    pub fn page(&self) -> String {
        let count = |is| self.rows().filter(|row| row.is == is).count();
        let mut page = HEAD.to_owned();
        let (works, differs, not) = (count(Is::Works), count(Is::Differs), count(Is::NotHere));
        let _ = writeln!(
            page,
            "\n{works} work, {differs} differ, {not} are not here."
        );
        for section in &self.section {
            let _ = writeln!(page, "\n## {}\n", section.title);
            if let Some(about) = &section.about {
                let _ = writeln!(page, "{about}\n");
            }
            page.push_str("| | | | shown by |\n|---|---|---|---|\n");
            for row in &section.rows {
                page.push_str(&row.line());
            }
        }
        page
    }
}

impl Row {
    fn line(&self) -> String {
        let is = match self.is {
            Is::Works => "works",
            Is::Differs => "**differs**",
            Is::NotHere => "**not here**",
        };
        let tests: Vec<_> = self
            .shown_by
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        let why = self.why.as_deref().unwrap_or_default();
        format!("| {} | {is} | {why} | {} |\n", self.what, tests.join(", "))
    }
}
