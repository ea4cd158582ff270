//! One suite of tests for every backend: what a store must do, whatever it is made of.
//!
//! A backend joins with a module in [`backends`] and its name in `store_suite!`, and with `cluster` if several nodes can
//! share it; each test has a database of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod backends;
#[path = "../../tests/support/daemon.rs"]
pub(super) mod daemon;
mod dump;
mod events;
#[path = "../../tests/support/external.rs"]
#[allow(dead_code)]
mod external;
mod leases;
mod limits;
mod nodes;
#[path = "../../tests/support/postgres.rs"]
#[allow(dead_code)]
pub(super) mod postgres_server;
#[path = "../../tests/support/redis.rs"]
pub(super) mod redis_server;
mod runs;
mod states;
mod threads;

use std::sync::Arc;

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{
    AgentState, Batch, EndedRun, Lease, LeftRun, MAX_DEPTH, NewRun, Node, Owner, RunStatus, Start,
    StartedRun, StateChange, StateKey, Store, StoreError, StoreLimits, StoreOptions, ThreadKey,
};
use backends::Fixture;

/// `store_suite!(memory | sqlite)`: a module of tests for each backend.
macro_rules! store_suite {
    ($($backend:ident)|+) => {
        $(mod $backend {
            store_suite!(@tests $backend, states, super::StoreOptions::default();
                a_state_is_there_after_it_was_written
                an_agent_without_a_state_has_none
                each_kind_of_change_does_its_own_thing
                a_run_leaves_its_messages_and_keeps_the_state_it_did_not_set
                a_hundred_writers_of_one_state_lose_nothing
                nobody_sees_another_owners_state
                a_deleted_state_is_gone_and_starts_anew
                any_json_comes_back_as_it_went
                names_may_be_any_text
                five_megabytes_are_kept
                what_could_not_be_read_back_is_refused_and_changes_nothing
                a_closed_store_keeps_what_was_queued_and_refuses_the_rest
                a_change_for_another_version_is_refused
                the_newest_versions_of_a_state_are_kept
            );
            store_suite!(@tests $backend, runs, super::runs::options();
                a_run_is_kept_from_its_start_to_its_end
                a_run_knows_which_of_its_messages_the_thread_had
                what_came_with_a_run_that_never_began_is_new_again
                a_state_too_deep_to_keep_does_not_take_the_run_with_it
                a_run_ends_once_and_only_on_its_own_thread
                a_run_of_a_deleted_thread_leaves_nothing
                readers_of_one_run_share_its_events
                many_threads_start_and_end_at_once
                a_long_thread_with_many_messages_is_kept_whole
                ids_may_be_any_text
            );
            store_suite!(@tests $backend, events, super::StoreOptions::default();
                what_a_run_says_is_there_before_its_end
                a_batch_that_comes_again_is_kept_once
                a_batch_beyond_the_next_is_refused
                events_of_many_runs_are_kept_in_one_commit
                any_event_comes_back_as_it_went
                events_go_with_their_thread
            );
            store_suite!(@tests $backend, leases, super::leases::endless();
                a_run_that_its_node_forgot_is_taken_over
                a_lease_that_was_taken_is_worth_nothing
                a_lease_that_is_renewed_is_not_taken
                leases_of_a_deleted_thread_are_lost
            );
            store_suite!(@tests $backend, leases, super::leases::lapsed();
                a_lease_that_ran_out_is_good_until_it_is_taken
                a_run_that_its_node_goes_on_with_is_not_claimed_by_it
                runs_that_are_left_are_claimed
            );
            store_suite!(@tests $backend, threads, super::StoreOptions::default();
                a_thread_is_made_by_its_first_run_and_changed_by_its_user
                pages_hold_every_thread_once
                threads_are_listed_by_agent_and_without_the_archived
                a_list_ends_though_threads_change_between_its_pages
                another_owners_thread_is_as_one_that_is_not_there
                a_deleted_thread_takes_its_runs_and_states_along
                clearing_takes_all_of_one_owner_and_nothing_else
                a_closed_store_refuses_threads_and_runs
            );
            store_suite!(@tests $backend, dump, super::StoreOptions::default();
                what_one_store_dumps_another_restores
                what_is_there_is_not_overwritten
            );
            store_suite!(@tests $backend, limits, super::limits::options();
                the_oldest_runs_go
                the_oldest_threads_go_with_their_states
                what_goes_on_stays
                threads_go_until_the_events_fit
                a_thread_alone_gives_its_oldest_runs
                states_of_no_thread_do_not_pile_up
                states_of_one_thread_do_not_pile_up
                states_that_are_gone_leave_their_room
            );
            store_suite!(@tests $backend, limits, super::limits::young();
                what_is_too_old_goes
                what_becomes_too_old_goes_by_itself
            );
        })+
    };
    (cluster $($backend:ident)|+) => {
        $(mod $backend {
            store_suite!(@tests $backend, nodes, super::leases::endless();
                one_node_of_many_gets_a_thread
                a_run_is_followed_from_another_node
                a_follower_that_comes_late_reads_from_where_it_left_off
                what_is_not_there_cannot_be_followed
                a_run_is_stopped_from_another_node
                nodes_that_change_one_state_lose_nothing
                a_thread_deleted_elsewhere_is_lost
            );
            store_suite!(@tests $backend, nodes, super::leases::lapsed();
                a_run_of_a_node_that_died_is_taken_over_and_followed_to_its_end
                a_node_that_was_frozen_writes_nothing_more
                many_nodes_claim_each_run_once
            );
        })+
    };
    (@tests $backend:ident, $module:ident, $options:expr; $($test:ident)+) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            // A backend that is not there has said so.
            if let Some(fixture) = super::backends::$backend::fixture($options).await {
                super::$module::$test(fixture).await;
            }
        })+
    };
}

store_suite!(memory | sqlite | sqlite_in_memory | postgres | redis);
store_suite!(cluster memory_of_nodes | postgres_of_nodes | redis_of_nodes);

fn thread(owner: &str, id: &str) -> ThreadKey {
    ThreadKey {
        owner: Owner::new(owner),
        id: id.into(),
    }
}

/// A run with messages of these ids.
fn new_run(id: &str, messages: &[&str]) -> NewRun {
    NewRun {
        id: id.into(),
        agent: "a".into(),
        parent: None,
        messages: messages.iter().map(|&id| id.into()).collect(),
    }
}

/// The end of a run that said so; its state is small, whatever it said.
fn ended(said: &str, messages: &[&str]) -> EndedRun {
    EndedRun {
        status: RunStatus::Completed,
        events: vec![serde_json::value::to_raw_value(said).unwrap()],
        tail: None,
        messages: messages.iter().map(|&id| id.into()).collect(),
        state: Some(StateChange::Run {
            state: Some(json!({ "said": said.chars().take(50).collect::<String>() })),
            messages: Vec::new(),
        }),
    }
}

/// Begins a run on a thread that is free.
async fn start(store: &dyn Store, thread: &ThreadKey, run: NewRun) -> StartedRun {
    match store.start_run(thread, run).await.unwrap() {
        Start::Started(started) => started,
        other => panic!("the thread is not free: {other:?}"),
    }
}

/// Takes over the run that has the thread and that nobody ends any more.
async fn take_over(store: &dyn Store, thread: &ThreadKey) -> LeftRun {
    match store.start_run(thread, new_run("new", &[])).await.unwrap() {
        Start::Left(left) => *left,
        other => panic!("it is not left: {other:?}"),
    }
}

/// Events of a run from one on, each a text.
fn batch(lease: &Lease, from: u64, said: &[&str]) -> Batch {
    let events = said.iter().map(|said| json!(said).to_string());
    Batch::new(Arc::new(lease.clone()), from, events)
}

/// The texts of events that [`batch`] made.
fn texts(events: &[Box<RawValue>]) -> Vec<String> {
    let events = events.iter().map(|event| serde_json::from_str(event.get()));
    events.map(Result::unwrap).collect()
}

/// A run from its start to its end.
async fn run(store: &dyn Store, thread: &ThreadKey, said: &str) {
    let started = start(store, thread, new_run(said, &[])).await;
    let end = ended(said, &[]);
    store.end_run(&started.lease, &end).await.unwrap();
}

/// What each of a thread's runs said.
async fn said(store: &dyn Store, thread: &ThreadKey) -> Vec<String> {
    let runs = store.load_runs(thread).await.unwrap();
    runs.iter().flat_map(|run| texts(&run.events)).collect()
}

fn key(owner: &str, thread: &str, agent: &str) -> StateKey {
    StateKey {
        owner: Owner::new(owner),
        thread_id: thread.into(),
        agent_name: agent.into(),
    }
}

async fn state_of(store: &dyn Store, key: &StateKey) -> Option<Value> {
    store
        .load_state(key)
        .await
        .unwrap()
        .map(|found| found.state)
}
