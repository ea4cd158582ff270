//! The GraphQL face, from a request's body to its answer: whatever is asked, the answer is one, and whole.
#![no_main]

use std::cell::RefCell;

use fuzzing::choices::Choices;
use fuzzing::{World, exchange, steps};
use libfuzzer_sys::fuzz_target;

thread_local! {
    static WORLD: RefCell<World> = RefCell::default();
}

fuzz_target!(|data: &[u8]| {
    let (script, requests) = exchange(data, "/api/copilotkit");
    WORLD.with_borrow_mut(|world| {
        let owner = world.somebody(steps(&mut Choices::of(&script)));
        for asked in requests {
            if let Some(answered) = world.ask(&owner, asked, None) {
                let _ = answered.checked();
            }
        }
    });
});
