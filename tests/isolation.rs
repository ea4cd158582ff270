//! Many runs at once: none sees a word of another's.

use std::time::Duration;

use crate::support::canonical::canonical;
use crate::support::http;
use crate::support::model::Model;
use crate::support::requests;
use crate::support::server::{Binary, config, model_at};

/// How many runs go on at the same time.
const RUNS: usize = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_runs_at_once_do_not_mix() {
    let model = Model::start(|mut call| async move {
        // The model says its own prompt back, word by word, with pauses in which the other runs get their turn.
        let words: Vec<String> = call.text().split(' ').map(str::to_owned).collect();
        call.begin().await;
        for word in words {
            tokio::time::sleep(Duration::from_millis(20)).await;
            call.token(&word).await;
        }
        call.end().await;
    })
    .await;
    let server = Binary::start(&config(&model_at(&model.base_url()))).await;
    let runs = (0..RUNS).map(|run| {
        let address = server.address;
        tokio::spawn(async move {
            let words: Vec<String> = (0..10).map(|word| format!("run{run}-word{word}")).collect();
            let reply = http::ask(address, requests::chat(&words.join(" "))).await;
            let answer =
                canonical(&reply.answer()).unwrap_or_else(|error| panic!("run {run}: {error}"));
            let response = &answer["body"]["merged"]["data"]["generateCopilotResponse"];
            assert_eq!(
                response["messages"][0]["content"],
                serde_json::json!(words),
                "run {run}"
            );
            assert_eq!(
                response["messages"].as_array().map(Vec::len),
                Some(1),
                "run {run}"
            );
            assert_eq!(response["status"]["code"], "Success", "run {run}");
        })
    });
    let runs: Vec<_> = runs.collect();
    for run in runs {
        run.await.expect("no run sees another's");
    }
}
