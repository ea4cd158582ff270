//! Remote endpoints and LangServe chains: what is read of them, and what is said of mistakes.

use super::{NO_ENV, parse};

#[test]
fn remote_endpoints_and_chains_are_read_and_no_secret_of_theirs_is_printed() {
    let text = "\
        [[remote_endpoints]]\nurl = 'http://h:1/ck'\nrefresh_seconds = 0.5\nline_bytes = 9\n\
        headers = { authorization = 'Bearer geheim', x-env = { env = 'MY_HEADER' } }\n\
        [[langserve]]\nname = 'poem'\ndescription = 'Writes'\nurl = 'http://u:geheim@h:2/poem'\n\
        headers = { x-key = 'geheim' }\nparameters = { properties = { topic = { type = 'string' } } }\n\
        [agents.a]\ntype = 'llm'\nmodel = 'openai/m'\nagents_as_tools = ['planner']\n";
    let config = parse(text, NO_ENV).unwrap();
    let endpoint = &config.remote_endpoints[0];
    assert_eq!(endpoint.refresh, std::time::Duration::from_millis(500));
    assert_eq!((endpoint.line_bytes, endpoint.retries), (9, 3));
    let chain = &config.langserve[0];
    assert_eq!((&*chain.name, &*chain.description), ("poem", "Writes"));
    let parameters = chain.parameters.as_ref().unwrap();
    assert_eq!(parameters["properties"]["topic"]["type"], "string");
    let printed = config.to_toml();
    assert!(!printed.contains("geheim"), "{printed}");
    assert!(
        printed.contains("[[remote_endpoints]]") && printed.contains("[[langserve]]"),
        "{printed}"
    );
    assert!(printed.contains("MY_HEADER"), "{printed}");
}

#[test]
fn mistakes_in_remote_endpoints_and_chains_are_told_with_line_and_remedy() {
    let text = "[[remote_endpoints]]\nurl = 'localhost:8001/copilotkit'\n\
                [[remote_endpoints]]\nurl = 'http://a/copilotkit/info'\n\
                [[remote_endpoints]]\nurl = 'http://b/copilotkit'\n\
                [[remote_endpoints]]\nurl = 'http://b/copilotkit'\n\
                [[langserve]]\nname = 'a poem'\nurl = 'http://a/poem'\n\
                [[langserve]]\nname = 'poem'\nurl = 'http://a/poem/invoke'\n\
                [[langserve]]\nname = 'odd'\nurl = 'http://a/odd'\nparameters = 'topic'\n\
                [[langserve]]\nname = 'one'\nurl = 'http://a/one'\n\
                [[langserve]]\nname = 'one'\nurl = 'http://a/two'\n";
    let error = parse(text, NO_ENV).unwrap_err();
    for expected in [
        "x.toml:2: `remote_endpoints.0.url`: begins with http:// or https://, not with localhost:",
        "x.toml:4: `remote_endpoints.1.url`: ends before `/info`, which is added to it",
        "x.toml:8: `remote_endpoints.3.url`: is that of another endpoint too; remove one",
        "x.toml:10: `langserve.0.name`: models can only call names of up to 64 letters, digits, `_` and `-`",
        "x.toml:14: `langserve.1.url`: ends before `/invoke`, which is added to it",
        "x.toml:18: `langserve.2.parameters`: is JSON Schema: a table",
        "x.toml:23: `langserve.4.name`: another chain is called `one` too; rename one",
    ] {
        assert!(
            error.lines().any(|line| line == expected),
            "{expected}\n{error}"
        );
    }
    for (text, expected) in [
        (
            "[[remote_endpoints]]\nurll = 'http://a/ck'\n",
            "x.toml:2: unknown key `remote_endpoints.0.urll`; did you mean `remote_endpoints.0.url`?",
        ),
        (
            "[[remote_endpoints]]\nurl = 'http://a/ck'\nrefresh_seconds = 0\n",
            "x.toml:3: `remote_endpoints.0.refresh_seconds`: must be a number of seconds above 0",
        ),
        (
            "[[remote_endpoints]]\nurl = 'http://a/ck'\nheaders = { a = 1 }\n",
            "expected a text, or `{ env = \"NAME\" }`",
        ),
        (
            "[[langserve]]\nname = 'a'\n",
            "x.toml:1: `langserve.0`: needs `url`",
        ),
    ] {
        let error = parse(text, NO_ENV).unwrap_err();
        assert!(error.contains(expected), "{expected}\n{error}");
    }
}
