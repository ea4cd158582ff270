//! Upstream's recorded AG-UI traffic, replayed: the same requests, in the same order, get the same answers.
//!
//! What differs on purpose is in `golden/deviations-ag-ui.toml`, with a reason each. What is not replayed is in
//! [`NOT_REPLAYED`], with a reason each as well.

mod browser;
mod features;
mod hooks;
mod lists;
mod live;

use std::collections::BTreeSet;

use serde_json::json;

use crate::support::deviations;
use crate::support::external;
use crate::support::golden::names_in;
use crate::support::recorded::agents::Served;
use crate::support::recorded::session::{DEVIATIONS, FOLDER, Session, load};

/// The scenarios that these patterns name; a trailing `*` stands for any ending.
fn matching(patterns: &[&str]) -> Vec<String> {
    let matches = |name: &String| {
        patterns
            .iter()
            .any(|pattern| match pattern.strip_suffix('*') {
                Some(start) => name.starts_with(start),
                None => pattern == name,
            })
    };
    names_in(FOLDER).into_iter().filter(matches).collect()
}

/// Replays scenarios one after the other, as they were recorded, against a server with this configuration.
async fn replay(patterns: &[&str], configuration: &str) {
    let served = Served::start(configuration).await;
    let names = matching(patterns);
    assert!(!names.is_empty(), "no golden matches {patterns:?}");
    let mut session = Session::at(served.binary.address);
    session.replay_in_order(&names).await;
    session.finish(&names);
}

/// Each test replays the scenarios of some patterns; together with what is not replayed they name every golden. Behind
/// the patterns stands the configuration of a server that gets them in their recorded order, or a script.
macro_rules! scenarios {
    ($($name:ident: $($pattern:literal)+ => $how:tt $what:expr;)+) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            if external::node() {
                scenarios!(@$how [$($pattern),+], $what);
            }
        })+

        const REPLAYED: &[&str] = &[$($($pattern),+),+];
    };
    (@with $patterns:expr, $configuration:expr) => { replay(&$patterns, $configuration).await };
    (@by $patterns:expr, $script:expr) => { $script(&matching(&$patterns)).await };
}

scenarios! {
    runs_are_relayed_and_replayed: "run_*" "connect_*" "multiturn_*" "followup_*" "threads_messages_*" "threads_events*" "threads_state_none"
        => with "";
    bad_and_odd_input: "bad_*" "empty_thread_id" "extra_top_level_fields" "message_roles_all" "multimodal_message" "state_null" "unknown_*"
        => with "";
    suggestions_leave_no_thread: "suggest_*" => with "";
    routes_and_methods: "base_get_multi" "basepath_*" "suffix_match_prefixed" "head_info" "info_get_multi_*" "info_post_multi"
        "inspector_metadata" "memories_get" "annotate_post" "envelope_against_multi" "debug_events_unset_nodeenv"
        "transcribe_not_configured" "stop_10_get" "stop_5_unknown_thread" => with "";
    browsers_of_any_origin: "cors_actual_express_sse" "cors_actual_hono_sse" "cors_actual_node_sse" "cors_preflight_express" "cors_preflight_hono" => with "";
    browsers_of_one_origin: "cors_actual_debug" "cors_preflight_debug*"
        => with "[cors]\norigins = [\"http://localhost:3000\"]\ncredentials = true\nmax_age = 600\n";
    the_envelope: "single_bad_*" "single_inspector_*" "single_missing_*" "single_null" "single_put" "single_run" "single_resource_abs_url"
        "single_resource_dslash" "single_resource_info_forbidden" "single_resource_memories" "single_resource_wrong_method"
        "single_subpath" "single_suggest" "single_transcribe_notconf" "single_unknown_*" "single_wrong_ct" "info_single_*" => with "";
    the_older_entry_point: "v1entry175_run" "info_v1entry_get" => with "";
    threads_through_the_envelope: "single_resource_patch" "single_resource_threads_events" "single_resource_threads_messages"
        => by lists::of_one_thread;
    threads_are_changed: "threads_get_one" "threads_post" "threads_patch" "threads_archive" "threads_delete" => by lists::of_one_thread;
    threads_are_listed: "threads_list" "threads_list_agent_filter" "single_resource_threads_list" "v1entry175_threads_res"
        => by lists::of_recorded_threads;
    threads_are_cleared: "threads_clear" "threads_clear_get" "threads_list_empty_after_clear" => by lists::cleared;
    a_run_is_stopped: "stop_1_run" "stop_2_stop" "stop_3_stop_again" "stop_4_connect_after" => by live::stop;
    a_run_is_stopped_by_its_id: "stop_b*" => by live::stop_by_id;
    bad_stops: "stop_n0_run" "stop_7_*" "stop_8_*" "stop_9*" => by live::bad_stops;
    a_run_is_stopped_through_the_envelope: "single_stop_*" => by live::stop_in_envelope;
    a_client_goes_and_comes_back: "abort_*" => by live::abort;
    two_runs_of_one_thread: "concurrent_*" => by live::concurrent;
    a_newer_run_supersedes: "supersede_*" => by live::supersede;
    few_runs_are_kept: "runcap_*" => with "[store]\nurl = \"memory:\"\nruns_per_thread = 2\n";
    headers_reach_agents: "fwd_*" => by features::forwarding;
    silence_is_filled: "keepalive_2s_feat" => by features::keep_alive;
    debug_events: "debug_events_development" "debug_events_post" => by features::debug_events;
    speech_becomes_text: "transcribe_auth" "transcribe_bad_json" "transcribe_json_*" "transcribe_multipart*" "transcribe_provider"
        "transcribe_rate" "transcribe_wrong_ct" => by features::transcription;
    tool_calls_become_interface: "a2ui_render_tool" "ogui_sandbox_tool" "feat_*" "info_features" => by features::generative_ui;
    interfaces_of_a_server_that_is_down: "mcpapps_*" => by features::apps_out_of_reach;
    hooks_around_requests: "hooks_*" => by hooks::hooks;
    after_an_agent_broke: "upstream_cut_followup_info" => by after_a_cut;
    an_older_client_asks: "gql1106_client_vs_175_v2_multi" => with "";
    pages: "browser_v1copilotkit_multi" "browser_v1copilotkit_threadid_reload" "browser_v2provider_error" "browser_v2provider_multi_text"
        "browser_v2provider_multi_tool" "browser_v2provider_single_auto" => by browser::pages;
    pages_that_stop_runs: "browser_v2provider_stop" "browser_v2provider_stop_reload_midrun" "browser_v2provider_stop_single"
        => by browser::pages;
}

/// What is not replayed, and why.
const NOT_REPLAYED: &[(&str, &str)] = &[
    ("llm_*", "what the model agent says is in tests/agui_llm.rs"),
    (
        "browser_v2provider_backend_tool",
        "what the model agent says is in tests/agui_llm.rs",
    ),
    (
        "v150_*",
        "an older upstream; 1.75.0 is the one that is matched",
    ),
    (
        "customrunner_*",
        "a runner of the application's own has no counterpart here",
    ),
    (
        "info_customrunner",
        "a runner of the application's own has no counterpart here",
    ),
    (
        "cors_preflight_customrunner",
        "a runner of the application's own has no counterpart here",
    ),
    (
        "factory_*",
        "agents made anew for each request have no counterpart here: ours are shared and immutable",
    ),
    (
        "browser_minimal_info_no_agents_key",
        "a stub answered in place of a runtime",
    ),
    (
        "browser_v1copilotkit_vs_1_10_6_runtime",
        "a runtime that speaks GraphQL only; ours speaks both",
    ),
    (
        "browser_v2provider_vs_1_10_6_runtime",
        "a runtime that speaks GraphQL only; ours speaks both",
    ),
];

/// Upstream's process was gone after its agent's socket was cut in mid-stream: there is no answer in the recording. Ours
/// gives the one that it gives before.
async fn after_a_cut(names: &[String]) {
    let served = Served::start("").await;
    let mut session = Session::at(served.binary.address);
    let before = load("info_get_multi_node");
    assert_eq!(load(&names[0]).line(), before.line());
    let input =
        json!({"threadId": "T-cut", "runId": "run-1", "messages": [], "tools": [], "context": []});
    session.run("destroy", &input).await;
    session.replay_golden(&before).await;
    session.finish(&["info_get_multi_node".to_owned()]);
}

#[test]
fn no_golden_is_forgotten() {
    let mut known = matching(REPLAYED);
    for (pattern, reason) in NOT_REPLAYED {
        assert!(reason.len() > 20, "a reason is more than {reason:?}");
        let names = matching(&[pattern]);
        assert!(!names.is_empty(), "{pattern}: no such golden");
        known.extend(names);
    }
    let once: BTreeSet<&String> = known.iter().collect();
    assert_eq!(once.len(), known.len(), "a golden is named twice");
    known.sort();
    assert_eq!(known, names_in(FOLDER));
}

#[test]
fn every_deviation_names_a_golden_and_a_reason() {
    let replayed = matching(REPLAYED);
    for deviation in deviations::load_from(DEVIATIONS) {
        let reason = &deviation.reason;
        assert!(reason.len() > 20, "a reason is more than {reason:?}");
        for pattern in &deviation.scenarios {
            let scenario = pattern.split('/').next().unwrap_or(pattern);
            let named = matching(&[scenario]);
            assert!(
                named.iter().any(|name| replayed.contains(name)),
                "{pattern}: no such golden"
            );
        }
    }
}
