//! The names of environment variables, for those that are none.

use super::blocks::{blocks, properties};
use super::schema;
use crate::nearest::nearest;

/// Whether a key stands at the top of the configuration, whatever its case.
pub(in crate::config) fn is_section(name: &str) -> bool {
    let schema = schema();
    properties(&schema).any(|(key, _)| key.eq_ignore_ascii_case(name))
}

/// The variable that somebody probably meant who wrote this one.
pub(in crate::config) fn variable_meant(name: &str) -> Option<String> {
    let blocks = blocks(&schema());
    let names: Vec<_> = blocks
        .iter()
        .flat_map(|block| block.keys.iter().map(|key| block.variable(key)))
        .collect();
    // Often it is the section that is missing, or an underscore.
    let end = name.strip_prefix("AGUI_").map(|rest| format!("__{rest}"));
    let by_end = end.and_then(|end| names.iter().find(|name| name.ends_with(&end)));
    let meant = by_end.map(String::as_str);
    meant
        .or_else(|| nearest(name, names.iter().map(String::as_str)))
        .map(str::to_owned)
}
