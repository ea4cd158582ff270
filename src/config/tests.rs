//! What is read from a file and the environment, and what is said of mistakes in them.

#![allow(clippy::unwrap_used, clippy::panic)]

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

/// Each mistake alone: file, environment, and what is said.
#[test]
fn a_mistake_is_told_with_its_place_and_what_was_probably_meant() {
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);
    let cases: [Case; 28] = [
        (
            "[agents.a]\ntype = 'llm'\nmodel = 'openai/m'\nagents_as_tools = ['b c']\n[agents.'b c']\ntype = 'demo'",
            &[],
            "x.toml:4: `agents.a.agents_as_tools`: `b c`: a model can only call names of up to 64 letters, digits, `_` and `-`",
        ),
        (
            "[agents.a]\ntype = 'llm'\nmodel = 'openai/m'\nagents_as_tools = ['b', 'c']\n[agents.b]\ntype = 'demo'",
            &[],
            "x.toml:4: `agents.a.agents_as_tools`: there is no agent `c`; known are: b",
        ),
        (
            "[agents.a]\ntype = 'llm'\nmodel = 'openai/m'\nagents_as_tools = ['a']",
            &[],
            "x.toml:4: `agents.a.agents_as_tools`: `a` cannot call itself",
        ),
        (
            "[runs]\ndelegate = true\n[agents.a]\ntype = 'demo'",
            &[],
            "x.toml:2: `runs.delegate`: there is no default agent to answer; add `[agents.default]`",
        ),
        (
            "\n[sever]\nport = 1",
            &[],
            "x.toml:3: unknown key `sever.port`; did you mean `server.port`?",
        ),
        (
            "[server]\nprot = 1",
            &[],
            "x.toml:2: unknown key `server.prot`; did you mean `server.port`?",
        ),
        (
            "zzz = 1",
            &[],
            "x.toml:1: unknown key `zzz`; known here: server, store, cors, limits, headers, runs, generative_ui, hooks, guardrails, telemetry, transcription, remote_endpoints, mcp, mcp_servers, agents",
        ),
        (
            "server.port = 'x'",
            &[],
            "x.toml:1: `server.port`: invalid type: string \"x\", expected u16",
        ),
        (
            "[server]\nport = 70000",
            &[],
            "x.toml:2: `server.port`: invalid value: integer `70000`, expected u16",
        ),
        (
            "[server]\nport = -1",
            &[],
            "x.toml:2: `server.port`: invalid value: integer `-1`, expected u16",
        ),
        (
            "server = 1",
            &[],
            "x.toml:1: `server`: is a section: write `[server]` and its keys below",
        ),
        ("[server]\nport =", &[], "x.toml:2: "),
        (
            "[server]\nport = 1\nport = 2",
            &[],
            "x.toml:3: duplicate key",
        ),
        (
            "",
            &[("AGUI_SERVER__PORT", "abc")],
            "environment variable AGUI_SERVER__PORT: `server.port`: invalid type",
        ),
        (
            "",
            &[("AGUI_SERVER__PROT", "1")],
            "environment variable AGUI_SERVER__PROT: unknown key `server.prot`; did you",
        ),
        (
            "[server]\nport = 1",
            &[("AGUI_SERVER__PORT__X", "1")],
            "AGUI_SERVER__PORT__X: `X` lies under a key",
        ),
        (
            "[agents.a]\ntype = 'lm'",
            &[],
            "x.toml:2: `agents.a.type`: there is no `lm`; did you mean `llm`?",
        ),
        (
            "[agents.a]\nmodel = 'm'",
            &[],
            "x.toml:1: `agents.a`: needs `type`, one of: llm, ag-ui, langgraph, demo",
        ),
        (
            "[agents.a]\ntype = 'llm'",
            &[],
            "x.toml:1: `agents.a`: needs `model`",
        ),
        (
            "[agents.a]\ntype = 'demo'\nmodel = 'm'",
            &[],
            "x.toml:3: unknown key `agents.a.model`",
        ),
        (
            "[cors]\ncredentials = true",
            &[],
            "x.toml:2: `cors.credentials`: with any origin allowed, every web page",
        ),
        (
            "[cors]\norigins = ['https://a.b/']",
            &[],
            "`cors.origins`: browsers never send `https://a.b/`; write `https://a.b`",
        ),
        (
            "[store]\nurl = 'mysql://u:geheim@h/d'",
            &[],
            "x.toml:2: `store.url`: store url \"mysql://u:***@h/d\": this",
        ),
        (
            "[server]\nbase_path = 'api'",
            &[],
            "x.toml:2: `server.base_path`: begins with a slash: `/api`",
        ),
        (
            "[headers]\nallow = ['x-*', 'a b']",
            &[],
            "x.toml:2: `headers.allow`: `a b` is no header name",
        ),
        (
            "[limits]\nmessages = 0",
            &[],
            "x.toml:2: `limits.messages`: 0 would refuse everything",
        ),
        (
            "[store]\nruns_per_thread = 0",
            &[],
            "x.toml:2: `store.runs_per_thread`: 0 would refuse everything",
        ),
        (
            "[telemetry]\nlevel = 'a=b=c'",
            &[],
            "x.toml:2: `telemetry.level`: ",
        ),
    ];
    for (text, env, expected) in cases {
        let env = env
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let error = Config::parse(text, "x.toml", env)
            .map(drop)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(expected),
            "{text:?} is told as\n{error}\nand not\n{expected}"
        );
        assert!(
            !error.contains('\n') || text.ends_with("port ="),
            "one mistake is told once: {error}"
        );
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let text =
        "sevrer.host = ''\n[cors]\norigin = '*'\ncredentials = true\n[limits]\nbody_byte = 1";
    let error = parse(text, [("AGUI_STORE__URI", "x")]).unwrap_err();
    let lines: Vec<_> = error.lines().collect();
    assert_eq!(lines.len(), 5, "{error}");
    for expected in [
        "`server.host`?",
        "`cors.origins`?",
        "`limits.body_bytes`?",
        "`store.url`?",
        "any origin",
    ] {
        assert!(
            lines.iter().any(|line| line.contains(expected)),
            "{expected}: {error}"
        );
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

#[test]
fn mistakes_in_mcp_servers_are_told_with_line_and_remedy() {
    let text = "[mcp]\nallow_from_requests = ['https://a.example', 'b.example']\n\
                [[mcp_servers]]\nname = 'a'\nurl = 'a.example'\n\
                [[mcp_servers]]\nname = 'a'\nurl = 'https://a.example'\ncommand = 'npx'\n\
                [[mcp_servers]]\nname = 'c'\n\
                [[mcp_servers]]\nname = 'd'\ncommand = 'npx'\ntransport = 'http'\n\
                [[mcp_servers]]\nname = 'e'\nurl = 'https://a.example'\nheaders = { mcp-session-id = 'x' }\n";
    let error = parse(text, NO_ENV).unwrap_err();
    for expected in [
        "x.toml:2: `mcp.allow_from_requests.1`: begins with http:// or https:// and a host",
        "x.toml:5: `mcp_servers.0.url`: begins with http:// or https:// and a host",
        "x.toml:7: `mcp_servers.1.name`: another server is called `a` too; rename one",
        "x.toml:9: `mcp_servers.1.command`: a server is at a `url` or is a `command`, not both; remove one",
        "x.toml:11: `mcp_servers.2.name`: the server needs a `url`, or a `command` that starts it",
        "x.toml:15: `mcp_servers.3.transport`: only for a server with a `url`; remove it",
        "x.toml:19: `mcp_servers.4.headers.mcp-session-id`: set by MCP itself; remove it",
    ] {
        assert!(
            error.lines().any(|line| line == expected),
            "{expected}\n{error}"
        );
    }
    let error = parse(
        "[[mcp_servers]]\nname = 'a'\nulr = 'x'\ntransport = 'htp'\n",
        NO_ENV,
    );
    let error = error.unwrap_err();
    assert!(
        error.contains("x.toml:3: unknown key `mcp_servers.0.ulr`; did you mean"),
        "{error}"
    );
    assert!(
        error.contains(
            "x.toml:4: `mcp_servers.0.transport`: there is no `htp`; did you mean `http`?"
        ),
        "{error}"
    );
}

#[test]
fn a_file_that_cannot_be_read_is_told() {
    let error = Config::load(Some("/no/such/file.toml".as_ref()))
        .map(drop)
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("/no/such/file.toml: cannot be read: No such file"),
        "{error}"
    );
}
