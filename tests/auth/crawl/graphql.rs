//! Every field of the GraphQL schema's roots.

use serde_json::{Value, json};

use super::place::Asked;

/// Each field with this id of a thread.
pub fn requests(schema: &Value, id: &str) -> Vec<Asked> {
    let schema = &schema["data"]["__schema"];
    assert_eq!(
        schema["subscriptionType"],
        Value::Null,
        "teach the crawl to subscribe"
    );
    let mut all = Vec::new();
    for (root, kind) in [("query", "queryType"), ("mutation", "mutationType")] {
        let fields = schema[kind]["fields"].as_array().expect("fields");
        for field in fields.iter().filter_map(|it| it["name"].as_str()) {
            let asked = match field {
                "availableAgents" => {
                    vec!["availableAgents { agents { id name description } }".to_owned()]
                }
                "hello" => vec!["hello".to_owned()],
                "runtimeInfo" => vec!["runtimeInfo { version agentsCount providers }".to_owned()],
                "loadAgentState" => of_agents(|agent| {
                    format!(
                        r#"loadAgentState(data: {{threadId: "{id}", agentName: "{agent}"}}) {{ threadId threadExists state messages }}"#
                    )
                }),
                "saveAgentState" => of_agents(|agent| {
                    format!(
                        r#"saveAgentState(data: {{threadId: "{id}", agentName: "{agent}", stateData: "{{}}"}}) {{ threadId agentName state version }}"#
                    )
                }),
                "deleteAgentState" => of_agents(|agent| {
                    format!(
                        r#"deleteAgentState(data: {{threadId: "{id}", agentName: "{agent}"}}) {{ deleted }}"#
                    )
                }),
                "generateCopilotResponse" => vec![run("agentSession: null", id), resumed(id)],
                new => panic!("{new}: teach the crawl what this field asks"),
            };
            for field_text in asked {
                let query = format!("{root} {{ {field_text} }}");
                all.push(Asked::post(
                    &format!("{root} {field}"),
                    json!({ "query": query }),
                ));
            }
        }
    }
    all
}

fn of_agents(ask: impl Fn(&str) -> String) -> Vec<String> {
    ["default", "endless"].map(ask).into()
}

const ANSWER: &str = "threadId runId messages { __typename ... on TextMessageOutput { content } } status { __typename }";

fn run(session: &str, id: &str) -> String {
    format!(
        r#"generateCopilotResponse(data: {{metadata: {{requestType: Chat}}, frontend: {{actions: []}}, threadId: "{id}", {session},
           messages: [{{id: "u", createdAt: "2026-01-01T00:00:00Z", textMessage: {{content: "hello", role: user}}}}]}}) {{ {ANSWER} }}"#
    )
}

/// As one comes back to a thread that waits for something.
fn resumed(id: &str) -> String {
    let events =
        r#"metaEvents: [{name: LangGraphInterruptEvent, value: "\"q\"", response: "\"a\""}]"#;
    run(
        &format!(r#"agentSession: {{agentName: "default", threadId: "{id}"}}, {events}"#),
        id,
    )
}
