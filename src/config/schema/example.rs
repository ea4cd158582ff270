//! A configuration file with every key there is, all of them commented out.

use super::blocks::{Block, Key, Shown, blocks};
use super::schema;
use crate::config::print::toml;

/// How long a line may be, in characters.
const WIDTH: usize = 110;

const HEAD: &str = "\
Every key that agui-runtime can be configured with. What has no space behind its `#` can be set by taking the `#` away; it \
shows the default, unless said otherwise.

Each key can be set by an environment variable as well: AGUI_SERVER__PORT for `port` in [server], AGUI_AGENTS__DEFAULT__MODEL \
for `model` in [agents.default], AGUI_MCP_SERVERS__0__URL for `url` in the first [[mcp_servers]]. Lists are written with \
commas, tables and other lists as TOML or JSON. The environment stands above the file, and the command line above both.

`agui-runtime config check` tells what is wrong with a file, `config print` what is in force and where it comes from. A \
server reads its file again on SIGHUP.";

/// The whole file.
pub(in crate::config) fn example() -> String {
    let mut text = String::new();
    comment(&mut text, HEAD);
    let mut last: Option<&Block> = None;
    let blocks = blocks(&schema());
    let mut explained: Vec<&str> = Vec::new();
    for block in &blocks {
        text.push('\n');
        // Another way to fill the same section in needs no second explanation.
        let again = last.is_some_and(|last| last.path == block.path);
        match again {
            true => comment(&mut text, "Or:"),
            false => comment(&mut text, &block.about),
        }
        let mark = if block.is_harmless { "" } else { "#" };
        text.push_str(&format!("{mark}{}\n", block.header()));
        for key in &block.keys {
            describe(&mut text, key, &mut explained, again);
            text.push_str(&format!("#{} = {}\n", key.name, toml(&key.value)));
        }
        last = Some(block);
    }
    text
}

/// What a key is for, unless that was said of another of its name in the same words.
fn describe<'a>(text: &mut String, key: &'a Key, explained: &mut Vec<&'a str>, again: bool) {
    let note = match key.shown {
        Shown::Default => "",
        Shown::Example if again => "",
        Shown::Example => " Not set by default; for example:",
        Shown::Required => " Required.",
    };
    let known = explained.contains(&key.about.as_str());
    let about = match known {
        true => "",
        false => key.about.as_str(),
    };
    explained.push(&key.about);
    comment(text, format!("{about}{note}").trim());
}

/// Text behind `# `, no line longer than [`WIDTH`].
fn comment(text: &mut String, prose: &str) {
    for paragraph in prose.split('\n') {
        let mut line = String::from("#");
        for word in paragraph.split_whitespace() {
            if line.len() > 1 && line.chars().count() + 1 + word.chars().count() > WIDTH {
                text.push_str(&line);
                text.push('\n');
                line.truncate(1);
            }
            line.push(' ');
            line.push_str(word);
        }
        if !(prose.is_empty() && line == "#") {
            text.push_str(&line);
            text.push('\n');
        }
    }
}
