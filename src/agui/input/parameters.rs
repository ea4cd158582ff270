//! What an AG-UI client asks of the model: upstream 1.75.0's built-in agent reads it from `forwardedProps`.

use serde_json::Value;

use crate::agents::ModelParameters;

/// The parameters among an input's `forwardedProps`.
pub(in crate::agui) fn parameters(props: Option<&Value>) -> ModelParameters {
    let Some(props) = props else {
        return ModelParameters::default();
    };
    let (tool_choice, tool_choice_function) = tool_choice(&props["toolChoice"]);
    let tokens = props["maxOutputTokens"].as_u64();
    let stop = props["stopSequences"].as_array();
    ModelParameters {
        model: props["model"].as_str().map(str::to_owned),
        max_tokens: tokens.and_then(|tokens| u32::try_from(tokens).ok()),
        stop: stop.map(|stop| {
            stop.iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect()
        }),
        temperature: props["temperature"].as_f64(),
        tool_choice,
        tool_choice_function,
        ..ModelParameters::default()
    }
}

/// A word, or a function in the form of the AI SDK or of OpenAI; suggestions come with the latter.
fn tool_choice(choice: &Value) -> (Option<String>, Option<String>) {
    if let Some(word) = choice.as_str() {
        return (Some(word.to_owned()), None);
    }
    let names = [&choice["toolName"], &choice["function"]["name"]];
    match names.into_iter().find_map(Value::as_str) {
        Some(name) => (Some("function".to_owned()), Some(name.to_owned())),
        None => (None, None),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_model_is_asked_what_the_client_wants() {
        let props = json!({
            "model": "m", "maxOutputTokens": 7, "stopSequences": ["a"], "temperature": 0.5,
            "toolChoice": {"type": "function", "function": {"name": "copilotkitSuggest"}},
        });
        let expected = ModelParameters {
            model: Some("m".to_owned()),
            max_tokens: Some(7),
            stop: Some(vec!["a".to_owned()]),
            temperature: Some(0.5),
            tool_choice: Some("function".to_owned()),
            tool_choice_function: Some("copilotkitSuggest".to_owned()),
            ..ModelParameters::default()
        };
        assert_eq!(parameters(Some(&props)), expected);
    }

    #[test]
    fn what_is_no_parameter_changes_nothing() {
        for props in [
            json!(null),
            json!("text"),
            json!({"model": 1, "maxOutputTokens": -1, "toolChoice": {"type": "x"}}),
        ] {
            let none = ModelParameters::default();
            assert_eq!(parameters(Some(&props)), none, "{props}");
        }
        let word = parameters(Some(&json!({"toolChoice": "none"})));
        assert_eq!(word.tool_choice.as_deref(), Some("none"));
    }
}
