//! What the model is asked.

use serde_json::{Value, json};

use super::server::{Server, finish, text};
use super::{config, hi, input, outcome};
use crate::agents::llm::config::trimmed;
use crate::agents::llm::{ConfigError, LlmAgent, LlmConfig};
use crate::agents::{ModelParameters, RunInput};
use crate::tools::ToolSet;

async fn asked(change: impl FnOnce(&mut LlmConfig), input: RunInput) -> Value {
    let server = Server::saying(vec![text("ok"), finish("stop")]).await;
    let mut config = config(&server);
    change(&mut config);
    outcome(config, input).await.1.unwrap();
    let mut body = server.requests().remove(0);
    body.as_object_mut().unwrap().remove("_headers");
    body
}

#[tokio::test]
async fn a_plain_question_has_no_key_too_many() {
    let question = json!([
        {"id": "s", "role": "system", "content": "You are helpful."},
        {"id": "u", "role": "user", "content": "hi"},
    ]);
    let body = asked(|_| (), input(question)).await;
    let expected = json!({"model": "gpt-4o", "stream": true, "messages": [
        {"role": "developer", "content": "You are helpful."},
        {"role": "user", "content": "hi"},
    ]});
    assert_eq!(body, expected);
}

#[tokio::test]
async fn the_conversation_keeps_calls_together_and_drops_what_answers_nothing() {
    let call = |id: &str, name: &str| json!({"id": id, "type": "function", "function": {"name": name, "arguments": "{}"}});
    let result = |id: &str, of: &str, text: &str| json!({"id": id, "role": "tool", "toolCallId": of, "content": text});
    let image = json!({"type": "image", "source": {"type": "data", "value": "iVBORw0KGgo=", "mimeType": "image/png"}});
    let linked =
        json!({"type": "image", "source": {"type": "url", "value": "https://example.org/a.png"}});
    let body = asked(
        |_| (),
        input(json!([
            {"id": "a1", "role": "assistant", "toolCalls": [call("call_1", "showCard"), call("call_2", "getWeather")]},
            result("r1", "call_1", "shown"),
            result("r2", "call_2", "{\"temp\":21}"),
            result("dup", "call_2", "dup"),
            result("orphan", "call_x", "orphan"),
            {"id": "act", "role": "activity", "activityType": "x", "content": {}},
            {"id": "i", "role": "user", "content": [image, {"type": "text", "text": "what?"}, linked]},
            {"id": "parts", "role": "user", "content": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]},
            {"id": "a2", "role": "assistant", "content": "Done."},
            {"id": "d", "role": "developer", "content": "note"},
        ])),
    )
    .await;
    assert_eq!(
        body["messages"],
        json!([
            {"role": "assistant", "content": null, "tool_calls": [call("call_1", "showCard"), call("call_2", "getWeather")]},
            {"role": "tool", "content": "shown", "tool_call_id": "call_1"},
            {"role": "tool", "content": "{\"temp\":21}", "tool_call_id": "call_2"},
            {"role": "user", "content": [
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
                {"type": "text", "text": "what?"},
                {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
            ]},
            {"role": "user", "content": "one\ntwo"},
            {"role": "assistant", "content": "Done."},
            {"role": "developer", "content": "note"},
        ])
    );
}

fn with(parameters: ModelParameters) -> RunInput {
    let mut input = hi();
    let tools = json!([{"name": "showCard", "description": "Show a card", "parameters": {"type": "object"}}]);
    input.request.tools = Some(serde_json::from_value(tools).unwrap());
    input.parameters = ModelParameters {
        context_told: true,
        ..parameters
    };
    input
}

fn without_messages(mut body: Value) -> Value {
    body.as_object_mut().unwrap().remove("messages");
    body
}

#[tokio::test]
async fn forwarded_parameters_become_openais() {
    let parameters = ModelParameters {
        model: Some("gpt-fwd".into()),
        max_tokens: Some(77),
        stop: Some(vec!["X".into(), "Y".into()]),
        temperature: Some(0.3),
        tool_choice: Some("required".into()),
        tool_choice_function: None,
        context_told: true,
        agents_as_tools: false,
        ..ModelParameters::default()
    };
    let tools = json!([{"type": "function", "function":
        {"name": "showCard", "description": "Show a card", "parameters": {"type": "object"}}}]);
    let body = asked(|_| (), with(parameters.clone())).await;
    let mut expected = json!({"model": "gpt-4o", "stream": true, "tools": tools, "max_completion_tokens": 77,
        "stop": ["X", "Y"], "tool_choice": "required", "temperature": 0.3});
    assert_eq!(without_messages(body), expected);

    let body = asked(
        |config| config.allowed_models = vec!["gpt-fwd".into()],
        with(parameters),
    )
    .await;
    expected["model"] = "gpt-fwd".into();
    assert_eq!(without_messages(body), expected);
}

#[tokio::test]
async fn allowed_models_are_named_as_the_model_is() {
    let cases = [
        ("openai/gpt-b", "gpt-b", "gpt-b"),
        ("gpt-b", "openai/gpt-b", "gpt-b"),
        ("openai/gpt-b", "openai/gpt-b", "gpt-b"),
        ("*", "openai/gpt-b", "gpt-b"),
        (
            "openai/openai/gpt-oss-20b",
            "openai/openai/gpt-oss-20b",
            "openai/gpt-oss-20b",
        ),
        (
            "openai/openai/gpt-oss-20b",
            "openai/gpt-oss-20b",
            "openai/gpt-oss-20b",
        ),
        ("groq/gpt-b", "gpt-b", "gpt-4o"),
        ("openai/gpt-b", "gpt-c", "gpt-4o"),
    ];
    for (allowed, wanted, model) in cases {
        let parameters = ModelParameters {
            model: Some(wanted.into()),
            ..ModelParameters::default()
        };
        let body = asked(
            |config| config.allowed_models = vec![allowed.into()],
            with(parameters),
        )
        .await;
        assert_eq!(body["model"], model, "{wanted} where {allowed} is allowed");
    }
}

#[test]
fn variables_are_read_without_the_space_around_them() {
    assert_eq!(trimmed(" sk-1\r\n"), Some("sk-1".to_owned()));
    assert_eq!(trimmed(" \n"), None);
}

#[tokio::test]
async fn zeros_are_dropped_and_a_function_is_named() {
    let parameters = ModelParameters {
        max_tokens: Some(0),
        stop: Some(vec![]),
        temperature: Some(0.0),
        tool_choice: Some("function".into()),
        tool_choice_function: Some("showCard".into()),
        ..ModelParameters::default()
    };
    let mut body = without_messages(asked(|_| (), with(parameters.clone())).await);
    body.as_object_mut().unwrap().remove("tools");
    let choice = json!({"type": "function", "function": {"name": "showCard"}});
    assert_eq!(
        body,
        json!({"model": "gpt-4o", "stream": true, "stop": [], "tool_choice": choice})
    );

    // A choice among no tools is refused by OpenAI.
    let mut input = with(parameters);
    input.request.tools = Some(vec![]);
    assert_eq!(asked(|_| (), input).await.get("tool_choice"), None);
}

#[tokio::test]
async fn the_configuration_shapes_the_request() {
    let body = asked(
        |config| {
            config.prompt = Some("Be brief.".into());
            config.keep_system_role = Some(true);
            config.parallel_tool_calls = Some(false);
            config.usage = Some(true);
        },
        with(ModelParameters::default()),
    )
    .await;
    assert_eq!(
        body["messages"][0],
        json!({"role": "system", "content": "Be brief."})
    );
    assert_eq!(body["parallel_tool_calls"], json!(false));
    assert_eq!(body["stream_options"], json!({"include_usage": true}));

    let parameters = ModelParameters {
        max_tokens: Some(5),
        ..ModelParameters::default()
    };
    let body = asked(
        |config| config.model = "groq/llama-3.3-70b-versatile".into(),
        with(parameters),
    )
    .await;
    assert_eq!(body["model"], "llama-3.3-70b-versatile");
    assert_eq!(body["max_tokens"], 5);
    assert_eq!(body.get("max_completion_tokens"), None);
}

#[tokio::test]
async fn server_tools_come_first_and_win() {
    let mut input = with(ModelParameters::default());
    let frontend = json!([
        {"name": "strTool", "description": "frontend version", "parameters": {"type": "object"}},
        {"name": "noSchema", "description": "d"},
        {"name": "noSchema", "description": "once more"},
    ]);
    input.request.tools = Some(serde_json::from_value(frontend).unwrap());
    input.tools = ToolSet::new(super::tools::scripted());
    let body = asked(|_| (), input).await;
    let tools: Vec<_> = body["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| &tool["function"])
        .collect();
    let names: Vec<_> = tools
        .iter()
        .filter_map(|tool| tool["name"].as_str())
        .collect();
    assert_eq!(
        names,
        [
            "getWeather",
            "strTool",
            "directTool",
            "slowTool",
            "noSchema"
        ]
    );
    assert_eq!(tools[1]["description"], "returns string");
    assert_eq!(tools[4]["description"], "d");
    assert_eq!(tools[4]["parameters"], json!({}));
}

#[tokio::test]
async fn the_key_and_the_headers_go_along() {
    let server = Server::saying(vec![text("ok"), finish("stop")]).await;
    let mut config = config(&server);
    config.headers.insert("api-key".into(), "azure".into());
    config.base_url = Some(format!("{}/?api-version=1", server.url));
    outcome(config, hi()).await.1.unwrap();
    let headers = server.requests()[0]["_headers"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        headers.starts_with("POST /v1/chat/completions?api-version=1 HTTP/1.1\r\n"),
        "{headers}"
    );
    assert!(
        headers.contains("authorization: Bearer sk-mock\r\n"),
        "{headers}"
    );
    assert!(headers.contains("api-key: azure\r\n"), "{headers}");
}

#[test]
fn a_configuration_that_cannot_work_says_why() {
    let error = |config: LlmConfig| LlmAgent::new(config).unwrap_err().to_string();
    assert!(
        error(LlmConfig::new("acme/model"))
            .contains("unknown provider; known are openai, anthropic")
    );
    let unset = LlmConfig {
        api_key_env: Some("AGUI_TEST_NO_SUCH_KEY".into()),
        ..LlmConfig::new("openai/gpt-4o")
    };
    assert_eq!(
        LlmAgent::new(unset).unwrap_err(),
        ConfigError::MissingKey("AGUI_TEST_NO_SUCH_KEY".into())
    );
    for url in ["localhost:11434/v1", "not a url", "file:///etc"] {
        let config = LlmConfig {
            base_url: Some(url.into()),
            ..LlmConfig::new("any/model/name")
        };
        assert!(error(config).starts_with("base_url `"), "{url}");
    }
    let typo = serde_json::from_value::<LlmConfig>(json!({"model": "openai/x", "promt": "?"}));
    assert!(typo.unwrap_err().to_string().contains("promt"));
    let config: LlmConfig =
        serde_json::from_value(json!({"model": "m", "idle_seconds": 0.5})).unwrap();
    assert_eq!(config.idle_timeout, std::time::Duration::from_millis(500));
}

#[test]
fn the_configuration_is_a_table_with_a_type() {
    #[derive(Debug, serde::Deserialize)]
    #[serde(tag = "type", rename_all = "kebab-case")]
    enum Table {
        Llm(LlmConfig),
    }
    let table = json!({"type": "llm", "model": "openai/gpt-4o-mini", "base_url": "http://h/v1", "api_key_env": "KEY",
        "prompt": "Be brief.", "max_steps": 3, "connect_seconds": 2, "headers": {"api-key": "azure"}});
    let Table::Llm(config) = serde_json::from_value(table).unwrap();
    assert_eq!((config.max_steps, config.connect_timeout.as_secs()), (3, 2));
    assert!(!format!("{config:?}").contains("azure"));
    let never = json!({"type": "llm", "model": "m", "idle_seconds": 0});
    assert!(serde_json::from_value::<Table>(never).is_err());
}
