//! The AG-UI face, its REST routes and its envelope: whatever is asked, the answer is one, and whole. Who asks several times finds
//! the threads that the first requests left.
#![no_main]

use std::cell::RefCell;

use agui_runtime::generated::agui::Event;
use fuzzing::choices::Choices;
use fuzzing::{World, exchange, steps};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

thread_local! {
    static WORLD: RefCell<World> = RefCell::default();
}

/// Of a stream that tells a run all are events, and its last ends it.
fn check(told: &Value, path: &str) {
    let is_run = path.ends_with("/run");
    for event in told.as_array().into_iter().flatten().filter(|_| is_run) {
        let read = serde_json::from_value::<Event>(event.clone());
        assert!(read.is_ok(), "{read:?}: {event}");
    }
    if let Some(last) = told
        .as_array()
        .and_then(|events| events.last())
        .filter(|_| is_run)
    {
        assert!(
            matches!(last["type"].as_str(), Some("RUN_FINISHED" | "RUN_ERROR")),
            "{told}"
        );
    }
}

fuzz_target!(|data: &[u8]| {
    let (script, requests) = exchange(data, "/api/copilotkit");
    WORLD.with_borrow_mut(|world| {
        let owner = world.somebody(steps(&mut Choices::of(&script)));
        for asked in requests {
            let path = asked.path.clone();
            if let Some(answered) = world.ask(&owner, asked, None) {
                let streamed = answered.media_type() == "text/event-stream";
                let told = answered.checked();
                if streamed {
                    check(&told, &path);
                }
            }
        }
    });
});
