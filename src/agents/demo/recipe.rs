//! The demo's state: a recipe whose steps get done while you watch.

use serde_json::{Map, Value, json};

use super::script::Script;
use crate::generated::agui::{
    ReplaceOperation, StateDeltaEvent, StateSnapshotEvent, StepFinishedEvent, StepStartedEvent,
};

const STEP_NAME: &str = "cooking";
const STEPS: [&str; 4] = [
    "Heat the oven to 220 °C",
    "Roll out the dough",
    "Spread tomato, mozzarella and basil",
    "Bake for ten minutes",
];

/// Cooks on top of the state that came in: what is not the demo's stays as it was.
pub(super) fn cook(script: &mut Script, incoming: Option<&Value>) {
    let state = prepared(incoming);
    let title = state["recipe"]["title"]
        .as_str()
        .unwrap_or("something")
        .to_owned();
    script.push(StepStartedEvent::new(STEP_NAME));
    script.push(StateSnapshotEvent::new(state));
    script.say(&format!(
        "I cook {title}. Watch the state: one step after the other gets done."
    ));
    for index in 0..STEPS.len() {
        let mut changes = vec![replace(format!("/recipe/steps/{index}/done"), json!(true))];
        let progress = 100 * (index + 1) / STEPS.len();
        changes.push(replace("/recipe/progress".to_owned(), json!(progress)));
        script.push(StateDeltaEvent::new(changes));
    }
    script.push(StepFinishedEvent::new(STEP_NAME));
    script.say("Done. Ask for the state again, and I find what you changed in it.");
}

fn prepared(incoming: Option<&Value>) -> Value {
    let mut state = incoming
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    let mut recipe = match state.remove("recipe") {
        Some(Value::Object(recipe)) => recipe,
        _ => Map::new(),
    };
    recipe
        .entry("title")
        .or_insert_with(|| json!("pizza Margherita"));
    recipe.entry("servings").or_insert_with(|| json!(2));
    let cooked = recipe.get("cooked").and_then(Value::as_u64).unwrap_or(0);
    recipe.insert("cooked".to_owned(), json!(cooked.saturating_add(1)));
    let steps: Vec<_> = STEPS
        .iter()
        .map(|text| json!({"text": text, "done": false}))
        .collect();
    recipe.insert("steps".to_owned(), steps.into());
    recipe.insert("progress".to_owned(), json!(0));
    state.insert("recipe".to_owned(), recipe.into());
    state.into()
}

fn replace(path: String, value: Value) -> crate::generated::agui::JsonPatchOperation {
    ReplaceOperation::new(path, value).into()
}
