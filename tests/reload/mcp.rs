//! MCP servers that are programs: one whose section did not change goes on, one that is gone ends with its last run.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::{model, reload, run, until};
use crate::support::http::{Exchange, Reply};
use crate::support::server::{Binary, config, model_at};

/// A server with one tool. It writes its process id to the file that it is given.
const PROGRAM: &str = r#"
echo $$ >> "$0"
while read -r line; do
  id=$(printf %s "$line" | sed 's/.*"id":\([0-9]*\).*/\1/')
  case "$line" in
    *'"initialize"'*) echo '{"jsonrpc":"2.0","id":'$id',"result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}}}' ;;
    *'"tools/list"'*) echo '{"jsonrpc":"2.0","id":'$id',"result":{"tools":[{"name":"look","inputSchema":{"type":"object"}}]}}' ;;
  esac
done
"#;

fn section(name: &str, pids: &Path) -> String {
    let pids = pids.display();
    format!(
        "[[mcp_servers]]\nname = \"{name}\"\ncommand = \"sh\"\nargs = [\"-c\", '''{PROGRAM}''', '{pids}']\n"
    )
}

/// The processes that there were, in order.
fn started(pids: &Path) -> Vec<String> {
    let pids = std::fs::read_to_string(pids).unwrap_or_default();
    pids.lines().map(str::to_owned).collect()
}

fn lives(pid: &str) -> bool {
    let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // One that nobody has waited for yet has ended all the same.
    !state.is_empty() && !state.contains(") Z ")
}

#[tokio::test]
async fn a_program_ends_with_its_last_run_unless_it_is_still_wanted() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let [stays, goes] = ["stays", "goes"].map(|name| folder.path().join(name));
    let held = Arc::new(Semaphore::new(0));
    let model = model("said", held.clone()).await;
    let agents = model_at(&model.base_url());
    let both = [&*agents, &section("stays", &stays), &section("goes", &goes)].concat();
    let server = Binary::start(&config(&both)).await;
    let mut exchange = Exchange::start(server.address, run("default", "t1")).await;
    let mut told = Reply::default();
    exchange.head(&mut told).await;
    until(&mut exchange, &mut told, "said").await;
    let pids = [&stays, &goes].map(|pids| started(pids));
    assert!(pids.iter().all(|pids| pids.len() == 1), "{pids:?}");

    let one = [&*agents, &section("stays", &stays)].concat();
    reload(&server, &config(&one)).await;
    held.add_permits(1);
    assert!(lives(&pids[1][0]), "its run goes on");
    until(&mut exchange, &mut told, "RUN_FINISHED").await;
    let since = Instant::now();
    while lives(&pids[1][0]) {
        assert!(since.elapsed() < Duration::from_secs(20), "it goes on");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // A run with the new configuration finds the other one as it was.
    held.add_permits(1);
    let mut exchange = Exchange::start(server.address, run("default", "t2")).await;
    let mut told = Reply::default();
    exchange.head(&mut told).await;
    until(&mut exchange, &mut told, "RUN_FINISHED").await;
    assert!(lives(&pids[0][0]));
    assert_eq!((started(&stays).len(), started(&goes).len()), (1, 1));
}
