//! What a run is configured with: the assistant's settings, under the configured ones, under the client's; and what else a
//! client may ask of a run.

use serde_json::{Map, Value};

use super::assistant::Assistant;

const LIMIT: &str = "recursion_limit";

/// What a client may say of a run besides its configuration, and what LangGraph calls it. Of what upstream's client passes on,
/// those are missing that make the server call an address, wait, or answer in another way than is read here.
const OPTIONS: [(&str, &str); 6] = [
    ("metadata", "metadata"),
    ("interruptBefore", "interrupt_before"),
    ("interruptAfter", "interrupt_after"),
    ("checkpointId", "checkpoint_id"),
    ("multitaskStrategy", "multitask_strategy"),
    ("durability", "durability"),
];

/// `config` and `context` of a run's request; nothing where they would be empty.
///
/// Keys of `configurable` that the graph's context has go there, and then alone: newer servers refuse both (`@ag-ui/langgraph`
/// 0.0.43).
pub(super) fn of_run(
    assistant: &Assistant,
    configured: &Map<String, Value>,
    asked: Option<&Value>,
) -> (Option<Value>, Option<Value>) {
    let mut config = assistant.config.clone();
    lay_over(&mut config, configured, assistant);
    if let Some(Value::Object(asked)) = asked {
        let most = configured.get(LIMIT).and_then(Value::as_i64);
        lay_over(&mut config, asked, assistant);
        let wanted = config.get(LIMIT).and_then(Value::as_i64);
        if let (Some(most), Some(wanted)) = (most, wanted) {
            config.insert(LIMIT.into(), wanted.min(most).into());
        }
    }
    let (mut context, mut rest) = (Map::new(), Map::new());
    if let Some(Value::Object(configurable)) = config.shift_remove("configurable") {
        for (key, value) in configurable {
            match assistant.keys.context.contains(&key) {
                true => context.insert(key, value),
                false => rest.insert(key, value),
            };
        }
    }
    if context.is_empty() && !rest.is_empty() {
        config.insert("configurable".into(), rest.into());
    } else if !rest.is_empty() {
        let left_out: Vec<&String> = rest.keys().collect();
        tracing::debug!(?left_out, "the graph's context does not have these");
    }
    let given = |map: Map<String, Value>| (!map.is_empty()).then(|| Value::Object(map));
    (given(config), given(context))
}

/// Settings under others; of what can be configured, what the graph knows of.
fn lay_over(config: &mut Map<String, Value>, over: &Map<String, Value>, assistant: &Assistant) {
    for (key, value) in over {
        match (key.as_str(), value) {
            ("configurable", Value::Object(over)) => {
                let mut all = match config.shift_remove(key) {
                    Some(Value::Object(all)) => all,
                    _ => Map::new(),
                };
                let known = over
                    .iter()
                    .filter(|(key, _)| assistant.keys.configurable(key));
                all.extend(known.map(|(key, value)| (key.clone(), value.clone())));
                config.insert(key.clone(), all.into());
            }
            ("configurable", _) => {}
            _ => {
                config.insert(key.clone(), value.clone());
            }
        }
    }
}

/// The options that a client gave a run, as the request has them.
pub(super) fn options(props: Option<&Value>) -> impl Iterator<Item = (&'static str, Value)> {
    OPTIONS.into_iter().filter_map(move |(ours, theirs)| {
        let value = props?.get(ours).filter(|value| !value.is_null())?;
        Some((theirs, value.clone()))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::super::assistant::Keys;
    use super::*;

    fn made(keys: Keys, configured: Value, asked: Value) -> (Option<Value>, Option<Value>) {
        let assistant = Assistant {
            config: json!({"tags": ["a"], "configurable": {"model": "small"}})
                .as_object()
                .unwrap()
                .clone(),
            keys,
            ..Assistant::default()
        };
        of_run(&assistant, configured.as_object().unwrap(), Some(&asked))
    }

    #[test]
    fn the_clients_settings_lie_over_the_configured_ones() {
        let configured = json!({"recursion_limit": 30, "configurable": {"tone": "dry"}});
        let asked = json!({"recursion_limit": 100, "configurable": {"model": "large"}});
        let (config, context) = made(Keys::default(), configured.clone(), asked);
        let configurable = json!({"model": "large", "tone": "dry"});
        let expected = json!({"tags": ["a"], "recursion_limit": 30, "configurable": configurable});
        assert_eq!((config.unwrap(), context), (expected, None));
        let (config, _) = made(Keys::default(), configured, json!({"recursion_limit": 10}));
        assert_eq!(config.unwrap()["recursion_limit"], 10);
        let (config, _) = made(Keys::default(), json!({}), json!({"recursion_limit": 100}));
        assert_eq!(config.unwrap()["recursion_limit"], 100);
    }

    #[test]
    fn what_the_graphs_context_has_goes_there() {
        let keys = Keys {
            config: Some(vec!["tone".into()]),
            context: vec!["model".into(), "user".into()],
            ..Keys::default()
        };
        let asked = json!({"configurable": {"user": "anna", "tone": "dry", "unknown": 1}});
        let (config, context) = made(keys, json!({}), asked);
        assert_eq!(config.unwrap(), json!({"tags": ["a"]}));
        assert_eq!(context.unwrap(), json!({"model": "small", "user": "anna"}));
    }

    #[test]
    fn a_client_cannot_have_the_server_call_an_address() {
        let props = json!({"webhook": "http://h", "interruptBefore": ["ask"], "metadata": null});
        let options: Vec<_> = options(Some(&props)).collect();
        assert_eq!(options, [("interrupt_before", json!(["ask"]))]);
    }
}
