//! What a run calls the tools of several servers: their own names where these are free, and such that model servers take.

use std::collections::HashSet;
use std::sync::Arc;

use super::apps::{Audience, is_for};
use super::connection::Connection;
use super::server::Server;
use super::tool::McpTool;
use crate::tools::{Tool, ToolSet};

/// OpenAI's limit, which others share.
const LONGEST: usize = 64;

/// A tool that has another name than its server gives it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Renamed {
    pub(super) server: String,
    pub(super) tool: String,
    /// `None` if no name was free.
    pub(super) name: Option<String>,
}

/// The tools of these servers under names of their own. Of two with one name the later gets its server's name in front.
pub(super) fn name_all(
    connected: &[(Arc<Server>, Arc<Connection>)],
    others: &ToolSet,
) -> (Vec<Arc<dyn Tool>>, Vec<Renamed>) {
    let mut taken: HashSet<String> = others.iter().map(|tool| tool.name().to_owned()).collect();
    let (mut tools, mut renamed) = (Vec::<Arc<dyn Tool>>::new(), Vec::new());
    for (server, connection) in connected {
        for tool in connection
            .tools
            .iter()
            .filter(|tool| server.allows(&tool.name) && is_for(tool, Audience::Model))
        {
            let name = free_name(&server.name, &tool.name, &mut taken);
            if name.as_deref() != Some(&*tool.name) {
                renamed.push(Renamed {
                    server: server.name.clone(),
                    tool: tool.name.clone().into_owned(),
                    name: name.clone(),
                });
            }
            if let Some(name) = name {
                tools.push(Arc::new(McpTool::new(name, tool, server)));
            }
        }
    }
    (tools, renamed)
}

fn free_name(server: &str, tool: &str, taken: &mut HashSet<String>) -> Option<String> {
    let names = [safe(tool), safe(&format!("{server}_{tool}"))];
    names.into_iter().find(|name| taken.insert(name.clone()))
}

/// The name with nothing in it that a model server refuses a whole request for.
fn safe(name: &str) -> String {
    let plain = |c: char| match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '-' => c,
        _ => '_',
    };
    name.chars().map(plain).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_of_two_gets_its_servers_name_in_front() {
        let mut taken = HashSet::from(["own".to_owned()]);
        let mut name = |server, tool| free_name(server, tool, &mut taken);
        assert_eq!(name("docs", "search").as_deref(), Some("search"));
        assert_eq!(name("web", "search").as_deref(), Some("web_search"));
        assert_eq!(name("web", "own").as_deref(), Some("web_own"));
        assert_eq!(name("web", "search"), None);
        assert_eq!(name("a b", "own").as_deref(), Some("a_b_own"));
    }

    #[test]
    fn model_servers_take_every_name() {
        assert_eq!(safe("get-sum_2"), "get-sum_2");
        assert_eq!(safe("files/read.v1 ü"), "files_read_v1__");
        assert_eq!(safe(&"x".repeat(100)).len(), LONGEST);
    }
}
