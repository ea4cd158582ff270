//! What is said of mistakes in a file and the environment.

use super::{NO_ENV, parse};
use crate::config::Config;

/// Each mistake alone: file, environment, and what is said.
#[test]
fn a_mistake_is_told_with_its_place_and_what_was_probably_meant() {
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);
    let cases: [Case; 29] = [
        (
            "[agents.a]\ntype = 'llm'\nmodel = 'openai/m'\nagents_as_tools = ['b c']\n[agents.'b c']\ntype = 'demo'",
            &[],
            "x.toml:4: `agents.a.agents_as_tools.0`: `b c`: a model can only call names of up to 64 letters, digits, `_` and `-`",
        ),
        (
            "[agents.a]\ntype = 'llm'\nmodel = 'openai/m'\nagents_as_tools = ['b', 'c']\n[agents.b]\ntype = 'demo'",
            &[],
            "x.toml:4: `agents.a.agents_as_tools.1`: there is no agent `c`; known are: b",
        ),
        (
            "[agents.a]\ntype = 'llm'\nmodel = 'openai/m'\nagents_as_tools = ['a']",
            &[],
            "x.toml:4: `agents.a.agents_as_tools.0`: `a` cannot call itself; remove it",
        ),
        (
            "[runs]\ndelegate = true\n[agents.a]\ntype = 'demo'",
            &[],
            "x.toml:2: `runs.delegate`: there is no default agent to answer; add `[agents.default]`",
        ),
        (
            "\n[sever]\nport = 1",
            &[],
            "x.toml:2: unknown key `sever`; did you mean `server`?",
        ),
        (
            "[server]\nprot = 1",
            &[],
            "x.toml:2: unknown key `server.prot`; did you mean `server.port`?",
        ),
        (
            "zzz = 1",
            &[],
            "x.toml:1: unknown key `zzz`; known here: server, store, cors, ",
        ),
        (
            "server.port = 'x'",
            &[],
            "x.toml:1: `server.port`: expected a whole number from 0 to 65535, found a text",
        ),
        (
            "[server]\nport = 70000",
            &[],
            "x.toml:2: `server.port`: expected a whole number from 0 to 65535, found 70000",
        ),
        (
            "[server]\nport = -1",
            &[],
            "x.toml:2: `server.port`: expected a whole number from 0 to 65535, found -1",
        ),
        (
            "server = 1",
            &[],
            "x.toml:1: `server`: is a section: write `[server]` and its keys below",
        ),
        (
            "[mcp_servers]\nname = 'a'",
            &[],
            "x.toml:1: `mcp_servers`: expected a list in brackets, found a table; its sections begin `[[…]]`",
        ),
        ("[server]\nport =", &[], "x.toml:2: "),
        (
            "[server]\nport = 1\nport = 2",
            &[],
            "x.toml:3: duplicate key `port`: it is set above already; remove one of the two",
        ),
        (
            "",
            &[("AGUI_SERVER__PORT", "abc")],
            "environment variable AGUI_SERVER__PORT: `server.port`: expected a whole number",
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
            "[agents.a]\ntype = 'lm'\nmodel = 'm'",
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
            "`cors.origins.0`: browsers never send `https://a.b/`; write `https://a.b`",
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
            "x.toml:2: `headers.allow.1`: `a b` is no header name",
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
        "sevrer.host = '::1'\n[cors]\norigin = '*'\ncredentials = true\n[limits]\nbody_byte = 1";
    let error = parse(text, [("AGUI_STORE__URI", "memory:")]).unwrap_err();
    let lines: Vec<_> = error.lines().collect();
    assert_eq!(lines.len(), 5, "{error}");
    for expected in [
        "`server`?",
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
fn a_mistake_hides_no_other_in_the_same_section() {
    let text = "[server]\nport = 'x'\nhost = 5\nbase_path = 'api'\nkeep_alive_seconds = -1\n\
                [agents.a]\nmax_steps = 'x'\nmodle = 5\ntype = 'llm'\nsettings = { tool_choice = 3 }\nidle_seconds = 0\n\
                [agents.b]\ntype = 'lmm'\nmodel = 'm'\nmax_retries = '3'\n\
                [agents.c]\ntype = 'ag-ui'\nheaders = 3\n\
                [agents.d]\ntype = 5\n";
    let error = parse(text, NO_ENV).unwrap_err();
    let lines: Vec<_> = error.lines().collect();
    assert_eq!(
        lines,
        [
            "x.toml:2: `server.port`: expected a whole number from 0 to 65535, found a text",
            "x.toml:3: `server.host`: expected a text in quotes, found a number; put it in quotes",
            "x.toml:4: `server.base_path`: begins with a slash: `/api`",
            "x.toml:5: `server.keep_alive_seconds`: expected a whole number, 0 or more, found -1",
            "x.toml:7: `agents.a.max_steps`: expected a whole number from 0 to 4294967295, found a text",
            "x.toml:8: unknown key `agents.a.modle`; did you mean `agents.a.model`?",
            "x.toml:8: `agents.a.model`: expected a text in quotes, found a number; put it in quotes",
            "x.toml:10: `agents.a.settings.tool_choice`: a tool choice is auto, none, required or the name of a tool",
            "x.toml:11: `agents.a.idle_seconds`: must be a number of seconds above 0",
            "x.toml:13: `agents.b.type`: there is no `lmm`; did you mean `llm`?",
            "x.toml:15: `agents.b.max_retries`: expected a whole number from 0 to 4294967295, found a text; remove the quotes",
            "x.toml:16: `agents.c`: needs `url`",
            "x.toml:18: `agents.c.headers`: expected a table: `{ key = … }`, found a number",
            "x.toml:20: `agents.d.type`: must be one of these, in quotes: llm, ag-ui, langgraph, demo",
        ]
    );
}

#[test]
fn what_follows_from_a_mistake_is_not_told() {
    for (text, expected) in [
        // Not that any origin is allowed.
        (
            "[cors]\norigins = 5\ncredentials = true",
            "x.toml:2: `cors.origins`: expected",
        ),
        // Not that it is no origin.
        (
            "[cors]\norigins = ['https://a.example', 5]",
            "x.toml:2: `cors.origins.1`: expected",
        ),
        // Not that the model is missing.
        (
            "[agents.a]\ntype = 'llm'\nmodle = 'openai/m'",
            "x.toml:3: unknown key `agents.a.modle`",
        ),
        // Not that nobody is called `b`, nor that there is no default agent.
        (
            "[runs]\ndelegate = true\n[agents.default]\ntype = 'llm'\nmodel = 'm'\nagents_as_tools = ['b']\n[agents.b]\n",
            "x.toml:7: `agents.b`: needs `type`",
        ),
        // Not that the port is no number either.
        ("[server]\nport = 1 2", "x.toml:2: "),
        (
            "mcp_servers = [5, { name = 'a', command = 'x' }]",
            "x.toml:1: `mcp_servers.0`: is a section: write `[[mcp_servers]]` and",
        ),
    ] {
        let error = parse(text, NO_ENV).unwrap_err();
        assert!(error.starts_with(expected), "{text:?}: {error}");
        assert_eq!(error.lines().count(), 1, "{text:?}: {error}");
    }
}

#[test]
fn each_variable_of_an_unknown_section_is_named() {
    let env = [("AGUI_SEVER__PORT", "1"), ("AGUI_SEVER__HOST", "h")];
    assert_eq!(
        parse("", env).unwrap_err(),
        "environment variable AGUI_SEVER__HOST: unknown key `sever.host`; did you mean `server.host`?\n\
         environment variable AGUI_SEVER__PORT: unknown key `sever.port`; did you mean `server.port`?"
    );
}

#[test]
fn an_agent_that_does_not_exist_is_told_with_the_one_that_was_probably_meant() {
    let text = "[agents.'my.agent']\ntype = 'llm'\nmodel = 'm'\nagents_as_tools = [\n  'researcher',\n  'reseacher',\n]\n\
                [agents.researcher]\ntype = 'demo'";
    assert_eq!(
        parse(text, NO_ENV).unwrap_err(),
        "x.toml:6: `agents.\"my.agent\".agents_as_tools.1`: there is no agent `reseacher`; did you mean `researcher`?"
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
    let folder = tempfile::tempdir().unwrap();
    let latin = folder.path().join("latin1.toml");
    std::fs::write(&latin, b"[server]\nhost = \"\xe9\"\n").unwrap();
    for (file, expected) in [
        (
            "/no/such/file.toml".as_ref(),
            "cannot be read: No such file",
        ),
        (folder.path(), "cannot be read: Is a directory"),
        (&latin, "; save it as UTF-8"),
    ] {
        let error = Config::load(Some(file)).map(drop).unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("{}: ", file.display())) && error.contains(expected),
            "{error}"
        );
    }
}
