//! `agui-runtime config check`: all that is wrong with a configuration, each mistake with its line and what would mend it.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// Eleven mistakes of eleven kinds, and a good deal that is right in between.
const ELEVEN: &str = r#"# A configuration that somebody wrote in a hurry.
[server]
prot = 9000
base_path = "/api/copilotkit"

[store]
url = "mysql://user:geheim@db/agui"

[cors]
credentials = true

[limits]
messages = 0
run_seconds = "600"

[agents.default]
type = "llm"
model = "opnai/gpt-4o-mini"
prompt = "You are brief."
agents_as_tools = ["reseacher"]

[agents.researcher]
type = "ag-ui"
headers = { authorization = { env = "RESEARCHER_AUTHORIZATION" } }

[agents.planner]
type = "ag-iu"
url = "http://localhost:8001/agent"

[[mcp_servers]]
name = "docs"
url = "docs.example.com/mcp"
"#;

const TOLD: [&str; 11] = [
    "bad.toml:3: unknown key `server.prot`; did you mean `server.port`?",
    "bad.toml:7: `store.url`: store url \"mysql://user:***@db/agui\": this binary has no such store; there are \
     `sqlite:agui-runtime.db` (a file), `sqlite::memory:`, `postgres://user:password@host:5432/database`, \
     `redis://host:6379` and `memory:`",
    "bad.toml:10: `cors.credentials`: with any origin allowed, every web page could act as the user who visits it; list \
     your own in `cors.origins`, such as [\"https://app.example.com\"]",
    "bad.toml:13: `limits.messages`: 0 would refuse everything; leave the key out for the default",
    "bad.toml:14: `limits.run_seconds`: expected a whole number, 0 or more, found a text; remove the quotes",
    "bad.toml:18: `agents.default.model`: model `opnai/gpt-4o-mini`: unknown provider; known are openai, anthropic, \
     google, azure, bedrock, groq, openrouter, deepseek, mistral, ollama; for another server set `base_url`; did you \
     mean `openai/…`?",
    "bad.toml:20: `agents.default.agents_as_tools.0`: there is no agent `reseacher`; did you mean `researcher`?",
    "bad.toml:22: `agents.researcher`: needs `url`",
    "bad.toml:24: `agents.researcher.headers.authorization`: the environment variable `RESEARCHER_AUTHORIZATION` is not \
     set; it should hold a header's value",
    "bad.toml:27: `agents.planner.type`: there is no `ag-iu`; did you mean `ag-ui`?",
    "bad.toml:32: `mcp_servers.0.url`: begins with http:// or https:// and a host",
];

fn run(folder: &Path, arguments: &[&str], env: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_agui-runtime"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(env.iter().copied())
        .output()
        .expect("the binary starts")
}

fn folder(text: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("bad.toml"), text).expect("a configuration");
    folder
}

/// What was told of a configuration that will not do.
fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn lines(told: &[&str]) -> String {
    let lines = told.iter().map(|line| format!("error: {line}\n"));
    lines.collect()
}

#[test]
fn eleven_mistakes_of_eleven_kinds_are_all_told_at_once() {
    let folder = folder(ELEVEN);
    let check = run(
        folder.path(),
        &["config", "check", "--config", "bad.toml"],
        &[],
    );
    assert_eq!(refused(&check), lines(&TOLD));
}

#[test]
fn serving_refuses_with_the_same_list() {
    let folder = folder(ELEVEN);
    for arguments in [
        &["--config", "bad.toml"][..],
        &["serve", "--config", "bad.toml"],
    ] {
        assert_eq!(refused(&run(folder.path(), arguments, &[])), lines(&TOLD));
    }
    // Nothing was begun, the store least of all.
    let files = std::fs::read_dir(folder.path()).expect("the folder");
    assert_eq!(files.count(), 1);
}

#[test]
fn a_mistake_in_the_environment_is_told_by_its_variable() {
    let env = [
        ("AGUI_SERVER__PORT", "70000"),
        ("AGUI_STORE__URI", "memory:"),
        ("AGUI_AGENTS__DEFAULT__TYPE", "llm"),
        ("AGUI_AGENTS__DEFAULT__MODEL", "openai/gpt-4o-mini"),
        ("AGUI_AGENTS__DEFAULT__API_KEY_ENV", "NO_SUCH_KEY"),
        ("AGUI_AGENTS__DEFAULT__BASE_URL", "localhost:9000"),
    ];
    let folder = tempfile::tempdir().expect("a temporary folder");
    assert_eq!(
        refused(&run(folder.path(), &["config", "check"], &env)),
        lines(&[
            "environment variable AGUI_AGENTS__DEFAULT__API_KEY_ENV: `agents.default.api_key_env`: the environment variable \
             `NO_SUCH_KEY` is not set; it should hold the model server's key",
            "environment variable AGUI_AGENTS__DEFAULT__BASE_URL: `agents.default.base_url`: must begin with http:// or \
             https://; write it like `https://models.example.com/v1`",
            "environment variable AGUI_SERVER__PORT: `server.port`: expected a whole number from 0 to 65535, found 70000",
            "environment variable AGUI_STORE__URI: unknown key `store.uri`; did you mean `store.url`?",
        ])
    );
}

#[test]
fn what_is_missing_here_is_told_key_by_key() {
    let text = "[agents.a]\ntype = 'llm'\nmodel = 'openai/gpt-4o'\napi_key = 'geheim'\napi_key_env = 'NO_SUCH_KEY'\n\
                max_steps = 0\nprompt_caching = true\nheaders = { 'a b' = 'x' }\nsettings = { top_p = 2 }\n\
                [agents.b]\ntype = 'llm'\nmodel = 'bedrock/amazon.nova-lite-v1:0'\n\
                [agents.c]\ntype = 'llm'\nmodel = 'anthropic/claude-sonnet-4-5'\n\
                [agents.d]\ntype = 'llm'\nmodel = 'groq/llama'\napi_key = 5\n\
                [transcription]\napi_key_env = 'NO_SUCH_KEY'\n\
                [hooks]\nbefore_run = 'http://localhost:1/'\nsecret_env = 'NO_SUCH_SECRET'\n\
                [guardrails]\nurl = 'http://localhost:2/'\napi_key_env = 'NO_SUCH_KEY'\n\
                [agents.e]\ntype = 'langgraph'\nurl = 'localhost:2024'\napi_key_env = 'NO_SUCH_KEY'\n\
                [[remote_endpoints]]\nurl = 'http://localhost:3/'\nheaders = { x-key = { env = 'NO_SUCH_KEY' } }\n\
                [[mcp_servers]]\nname = 'files'\ncommand = 'npx'\nenv = { TOKEN = { env = 'NO_SUCH_KEY' } }\n";
    let folder = folder(text);
    let check = run(
        folder.path(),
        &["config", "check", "--config", "bad.toml"],
        &[],
    );
    assert_eq!(
        refused(&check),
        lines(&[
            "bad.toml:4: `agents.a.api_key`: `api_key_env` names another; remove one of the two",
            "bad.toml:6: `agents.a.max_steps`: 0 would never ask the model; 1 asks it once",
            "bad.toml:7: `agents.a.prompt_caching`: only for models of Anthropic or AWS Bedrock; OpenAI is not asked so: remove it",
            "bad.toml:8: `agents.a.headers.\"a b\"`: header `a b`: not a valid name or value",
            "bad.toml:9: `agents.a.settings.top_p`: must be from 0 to 1",
            "bad.toml:10: `agents.b.api_key_env`: there are no AWS credentials: set the environment variables \
             `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, or `AWS_BEARER_TOKEN_BEDROCK`",
            "bad.toml:10: `agents.b.region`: no region: set `region`, or the environment variable `AWS_REGION`",
            "bad.toml:13: `agents.c.api_key_env`: the environment variable `ANTHROPIC_API_KEY` is not set; it should hold \
             the model server's key",
            // Not that there is no key.
            "bad.toml:19: `agents.d.api_key`: expected a text in quotes, found a number; put it in quotes",
            "bad.toml:21: `transcription.api_key_env`: the environment variable `NO_SUCH_KEY` is not set; it should hold the \
             transcription server's key",
            "bad.toml:24: `hooks.secret_env`: the environment variable `NO_SUCH_SECRET` is not set; it should hold the secret",
            "bad.toml:27: `guardrails.api_key_env`: the environment variable `NO_SUCH_KEY` is not set; it should hold the \
             service's key",
            "bad.toml:28: `agents.e.graph_id`: needs `graph_id`, the name of a graph in the server's `langgraph.json`, or \
             `assistant_id`",
            "bad.toml:30: `agents.e.url`: begins with http:// or https://, not with localhost:",
            "bad.toml:31: `agents.e.api_key_env`: the environment variable `NO_SUCH_KEY` is not set; it should hold the \
             LangGraph server's key",
            "bad.toml:34: `remote_endpoints.0.headers.x-key`: the environment variable `NO_SUCH_KEY` is not set; it should \
             hold a header's value",
            "bad.toml:38: `mcp_servers.0.env.TOKEN`: the environment variable `NO_SUCH_KEY` is not set; the program should \
             get it",
        ])
    );
    // What would run can be printed where the keys are not, for a bug report.
    let readable = self::folder(&text.replace("api_key = 5\n", ""));
    let print = run(
        readable.path(),
        &["config", "print", "--config", "bad.toml"],
        &[],
    );
    assert_eq!(print.status.code(), Some(0), "{print:?}");
    assert!(!String::from_utf8_lossy(&print.stdout).contains("geheim"));
}

#[test]
fn a_line_that_is_no_toml_hides_nothing_else() {
    let folder = folder("[server]\nport = 1 2\nhost = 5\n[limits]\nmessages = -1\nmessages = 3\n");
    let check = run(
        folder.path(),
        &["config", "check", "--config", "bad.toml"],
        &[],
    );
    let told = refused(&check);
    let lines: Vec<_> = told.lines().collect();
    assert_eq!(lines.len(), 4, "{told}");
    for (line, expected) in lines.iter().zip([
        "error: bad.toml:2: ",
        "error: bad.toml:3: `server.host`: expected a text in quotes, found a number; put it in quotes",
        "error: bad.toml:5: `limits.messages`: expected a whole number, 0 or more, found -1",
        "error: bad.toml:6: duplicate key `messages`: it is set above already; remove one of the two",
    ]) {
        assert!(line.starts_with(expected), "{told}");
    }
}

#[test]
fn what_would_run_is_told_in_a_few_lines() {
    let folder = folder(
        "[server]\nhost = '::1'\nport = 9000\n[store]\nurl = 'memory:'\n[agents.default]\ntype = 'llm'\nmodel = 'ollama/llama3.2'\n\
         [agents.remote]\ntype = 'ag-ui'\nurl = 'http://localhost:1/'\n[agents.show]\ntype = 'demo'\n\
         [[remote_endpoints]]\nurl = 'http://u:geheim@localhost:2/copilotkit'\n[[mcp_servers]]\nname = 'docs'\nurl = 'http://localhost:3/mcp'\n",
    );
    let check = run(
        folder.path(),
        &["config", "check", "--config", "bad.toml"],
        &[],
    );
    assert_eq!(check.status.code(), Some(0), "{check:?}");
    assert_eq!(
        String::from_utf8_lossy(&check.stdout),
        "serves  http://[::1]:9000/api/copilotkit\nstore   memory:\n\
         agents  default (ollama/llama3.2), remote (ag-ui), show (demo)\n\
         remote  http://u:***@localhost:2/copilotkit\nmcp     docs\n"
    );
}
