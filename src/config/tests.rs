//! What is read from a file and the environment, and what is said of mistakes in them.

#![allow(clippy::unwrap_used, clippy::panic)]

mod elsewhere;
mod mistakes;
mod origins;
mod policy;

use super::{AgentSection, AnyOr, Config, LogFormat};

const NO_ENV: [(&str, &str); 0] = [];

fn parse<const N: usize>(text: &str, env: [(&str, &str); N]) -> Result<Config, String> {
    let env = env.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Config::parse(text, "x.toml", env).map_err(|error| error.to_string())
}

#[test]
fn nothing_at_all_is_the_demo_on_port_8000() {
    let config = parse("", NO_ENV).unwrap();
    assert_eq!(
        (config.server.host.as_str(), config.server.port),
        ("127.0.0.1", 8000)
    );
    assert_eq!(config.store.url, "sqlite:agui-runtime.db");
    assert!(matches!(config.agents["default"], AgentSection::Demo(_)));
    assert_eq!(config.to_toml(), Config::default().to_toml());
}

#[test]
fn a_key_in_the_environment_makes_the_default_agent_a_model() {
    let config = parse("", [("OPENAI_API_KEY", "sk-1")]).unwrap();
    let AgentSection::Llm(llm) = &config.agents["default"] else {
        panic!("{config:?}");
    };
    assert_eq!(llm.model, "openai/gpt-4o-mini");
    let config = parse("", [("GROQ_API_KEY", "gsk-1")]).unwrap();
    assert!(config.to_toml().contains("model = \"groq/"));
    let config = parse("", [("OPENAI_API_KEY", "")]).unwrap();
    assert!(matches!(config.agents["default"], AgentSection::Demo(_)));
    let config = parse(
        "[agents.other]\ntype = 'demo'",
        [("OPENAI_API_KEY", "sk-1")],
    )
    .unwrap();
    assert_eq!(config.agents.keys().collect::<Vec<_>>(), ["other"]);
}

#[test]
fn the_file_is_read_and_the_environment_wins() {
    let text = r#"
        [server]
        port = 1234
        host = "::1"
        [cors]
        origins = ["https://a.example"]
        credentials = true
        [generative_ui]
        sandbox = true
        [telemetry]
        format = "text"
        [agents.my-agent]
        type = "llm"
        model = "openai/one"
    "#;
    let env = [
        ("AGUI_SERVER__PORT", "9000"),
        ("AGUI_CORS__ORIGINS", "https://b.example, https://c.example"),
        ("AGUI_CORS__CREDENTIALS", "false"),
        ("AGUI_CORS__MAX_AGE", "60"),
        ("AGUI_GENERATIVE_UI__A2UI", "true"),
        ("AGUI_TELEMETRY__FORMAT", "json"),
        ("AGUI_AGENTS__MY_AGENT__MODEL", "12345"),
        ("AGUI_AGENTS__EXTRA__TYPE", "demo"),
        ("AGUI_SERVER__HOST", ""),
        ("AGUI_URL", "not ours"),
        ("OTHER__KEY", "not ours"),
    ];
    let config = parse(text, env).unwrap();
    assert_eq!(
        (config.server.host.as_str(), config.server.port),
        ("::1", 9000)
    );
    let origins = ["https://b.example", "https://c.example"].map(str::to_owned);
    assert_eq!(config.cors.origins, AnyOr::These(origins.into()));
    assert_eq!(
        (config.cors.credentials, config.cors.max_age),
        (false, Some(60))
    );
    let ui = config.generative_ui;
    assert_eq!((ui.a2ui, ui.sandbox), (Some(true), true));
    assert_eq!(config.telemetry.format, LogFormat::Json);
    assert_eq!(
        config.agents.keys().collect::<Vec<_>>(),
        ["extra", "my-agent"]
    );
    let AgentSection::Llm(llm) = &config.agents["my-agent"] else {
        panic!("{config:?}");
    };
    assert_eq!(llm.model, "12345");
}

#[test]
fn a_list_in_the_environment_may_be_toml() {
    let config = parse("", [("AGUI_CORS__HEADERS", r#"["x-a", "x-b"]"#)]).unwrap();
    assert_eq!(
        config.cors.headers,
        AnyOr::These(vec!["x-a".into(), "x-b".into()])
    );
    let config = parse("", [("AGUI_CORS__HEADERS", "*")]).unwrap();
    assert_eq!(config.cors.headers, AnyOr::Any);
}

#[test]
fn names_with_characters_that_toml_escapes_are_printed_as_toml() {
    for name in ["\u{1c}a", "a.b", "\u{7f}", "\"", "a\nb", "\\", "é", "'"] {
        let variable = format!("AGUI_AGENTS__{name}__TYPE");
        let config = parse("", [(&*variable, "demo")]).unwrap();
        let printed = config.to_toml();
        assert_eq!(parse(&printed, NO_ENV).unwrap().to_toml(), printed);
        let with_origins = parse(&config.to_toml_with_origins(), NO_ENV).unwrap();
        assert_eq!(with_origins.to_toml(), printed);
    }
}

#[test]
fn what_is_printed_reads_back_as_the_same_and_shows_no_secret() {
    let text = "[server]\nport = 0\n[cors]\norigins = ['https://a.b']\nmax_age = 5\n[agents.a]\ntype = 'llm'\nmodel = 'm'";
    let printed = parse(text, NO_ENV).unwrap().to_toml();
    assert_eq!(parse(&printed, NO_ENV).unwrap().to_toml(), printed);
    assert!(
        printed.contains("[agents.a]\ntype = \"llm\"\nmodel = \"m\"")
            || printed.contains("model = \"m\"\ntype = \"llm\"")
    );
}

#[test]
fn no_secret_is_printed() {
    let text = r#"
        [agents.a]
        type = "llm"
        model = "openai/m"
        api_key = "geheim"
        api_key_env = "MY_KEY"
        base_url = "https://u:geheim@llm.example/v1"
        max_steps = 3
        headers = { "x-team" = "geheim" }
        [agents.b]
        type = "ag-ui"
        url = "https://u:geheim@agent.example/run"
        headers = { "x-team" = "geheim", "x-env" = { env = "MY_HEADER" } }
    "#;
    let config = parse(text, NO_ENV).unwrap();
    let shown = format!("{}{config:?}", config.to_toml());
    assert!(!config.to_toml().contains("geheim"), "{}", config.to_toml());
    assert!(
        shown.contains("MY_KEY") && shown.contains("MY_HEADER") && shown.contains("max_steps = 3"),
        "{shown}"
    );
}

#[test]
fn mcp_servers_are_read_and_no_secret_of_theirs_is_printed() {
    let text = r#"
        [mcp]
        wait_seconds = 2
        allow_from_requests = ["https://mcp.example/"]
        [[mcp_servers]]
        name = "docs"
        url = "https://u:geheim@docs.example/mcp?key=geheim"
        headers = { authorization = "geheim", x-env = { env = "MY_HEADER" } }
        tools = ["search"]
        call_seconds = 1.5
        [[mcp_servers]]
        name = "files"
        command = "npx"
        args = ["-y", "server"]
        env = { TOKEN = "geheim", OTHER = { env = "MY_TOKEN" } }
    "#;
    let env = [("AGUI_MCP_SERVERS__1__COMMAND", "node")];
    let config = parse(text, env).unwrap();
    let [docs, files] = &config.mcp_servers[..] else {
        panic!("{config:?}");
    };
    assert_eq!(docs.tools.as_deref(), Some(&["search".to_owned()][..]));
    assert_eq!(docs.call_timeout.as_millis(), 1500);
    assert_eq!(
        (files.command.as_deref(), files.args.len()),
        (Some("node"), 2)
    );
    let printed = config.to_toml();
    assert!(!printed.contains("geheim"), "{printed}");
    assert!(
        printed.contains("MY_HEADER") && printed.contains("MY_TOKEN"),
        "{printed}"
    );
}
