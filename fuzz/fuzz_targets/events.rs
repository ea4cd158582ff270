//! AG-UI's events: any are read or refused; what is read is written as it was; what a run makes of them is in order, and so is
//! what compaction makes of that, which says the same in fewer words and changes nothing the second time.
#![no_main]

use agui_runtime::Runtime;
use agui_runtime::generated::agui::{Event, RunAgentInput};
use agui_runtime::runtime::protocol::{Transcript, compact};
use agui_runtime::runtime::{StartOptions, WhenBusy};
use futures_util::StreamExt;
use fuzzing::choices::Choices;
use fuzzing::script::{Vocabulary, script};
use fuzzing::{Schema, Scripted, Steps, input, typed, untyped};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// All that a run of an agent with these events says.
fn run(events: Vec<Event>, fails: bool) -> Vec<Event> {
    let clock = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    clock.block_on(async {
        let agent = Scripted::default();
        agent.set(Steps {
            fails,
            ..events.into()
        });
        let runtime = Runtime::builder().agent("default", agent).build().await;
        let runtime = runtime.expect("it has an agent");
        let options = StartOptions {
            when_busy: WhenBusy::Reject,
            kept: true,
        };
        let agent = runtime.agent(None).expect("the default agent").1.clone();
        let run = runtime.start(agent, input("t", "r"), options).await;
        let run = run.expect("nobody else runs");
        run.follow()
            .map(|entry| entry.event.clone())
            .collect()
            .await
    })
}

/// What is kept of events: the state, and the messages. The client's state is what the run's beginning says.
fn fold(events: &[Event]) -> (Option<Value>, Value) {
    let input = match events.first() {
        Some(Event::RunStarted(event)) => event.input.as_deref(),
        _ => None,
    };
    let state = input.and_then(|input| input.state.clone());
    let mut transcript = Transcript::new(state, Vec::new());
    events.iter().for_each(|event| transcript.apply(event));
    let (state, messages) = transcript.into_parts();
    (state, serde_json::to_value(messages).expect("JSON"))
}

/// What is made up, all of it in the contract; or lines of JSON.
fn values(choices: u8, data: &[u8]) -> (Vec<Value>, bool) {
    let mut choices = match choices % 4 {
        0 => {
            let text = String::from_utf8_lossy(data);
            let lines = text.lines().map(serde_json::from_str);
            return (lines.filter_map(Result::ok).collect(), false);
        }
        _ => Choices::of(data),
    };
    let mut values = script(&mut choices, Vocabulary::Any, 60);
    let more = choices.below(8);
    for _ in 0..more {
        let at = choices.below(values.len() + 1);
        let event = Schema::vendored().generate("Event", choices.seed());
        values.insert(at, event);
    }
    (values, true)
}

fn round_trip(value: &Value, in_contract: bool) {
    let Ok(event) = serde_json::from_value::<Event>(value.clone()) else {
        assert!(!in_contract, "refused: {value}");
        return;
    };
    let written = serde_json::to_value(&event).expect("every event can be written");
    if in_contract {
        assert_eq!(&written, value, "something is lost");
    }
    let again: Event =
        serde_json::from_value(written.clone()).expect("what is written can be read");
    let again = serde_json::to_value(again).expect("every event can be written");
    assert_eq!(again, written, "another thing the second time");
}

fuzz_target!(|data: &[u8]| {
    let Some((first, data)) = data.split_first() else {
        return;
    };
    let (values, in_contract) = values(*first, data);
    values
        .iter()
        .for_each(|value| round_trip(value, in_contract));
    if let Some(value) = values.first() {
        // Whatever it is, it does no harm to read it as something else.
        let _ = serde_json::from_value::<RunAgentInput>(value.clone());
    }
    let written = run(typed(&values), first & 4 != 0);
    let last = written.last().expect("a run says something");
    assert!(
        matches!(last, Event::RunFinished(_) | Event::RunError(_)),
        "no end: {:?}",
        untyped(&written)
    );
    let schema = Schema::vendored();
    let known = written
        .iter()
        .filter(|event| !matches!(event, Event::Other(_)));
    for event in untyped(&known.cloned().collect::<Vec<_>>()) {
        let errors = schema.errors("Event", &event);
        assert!(!in_contract || errors.is_empty(), "{event}: {errors:?}");
    }
    let compacted = compact(written.clone());
    assert_eq!(
        untyped(&compact(compacted.clone())),
        untyped(&compacted),
        "compacted once more"
    );
    assert_eq!(
        fold(&compacted),
        fold(&written),
        "{:#?}\n{:#?}",
        untyped(&written),
        untyped(&compacted)
    );
    let again = run(compacted.clone(), false);
    assert_eq!(
        untyped(&again),
        untyped(&compacted),
        "what is compact is not in order, of {:#?}",
        untyped(&written)
    );
});
