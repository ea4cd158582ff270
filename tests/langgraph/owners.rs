//! A thread is its owner's on the LangGraph server too: two owners who call theirs the same have two.

use std::sync::Arc;

use agui_runtime::Principal;
use agui_runtime::agents::langgraph::{LangGraphAgent, LangGraphConfig};
use agui_runtime::agents::{Agent, Asker, RunInput};
use agui_runtime::generated::agui::RunAgentInput;
use agui_runtime::store::Owner;
use futures_util::StreamExt;
use tokio::sync::mpsc;

use super::stops::served;
use crate::support::model::{Call, Model};

fn input(owner: &str, thread: &str) -> Arc<RunInput> {
    Arc::new(RunInput {
        owner: Owner::new(owner),
        agent: "lg".to_owned(),
        request: RunAgentInput::new(thread, "run", Vec::new()),
        parameters: Default::default(),
        tools: Default::default(),
        agents: Default::default(),
        properties: Default::default(),
        headers: Default::default(),
        frontend_url: None,
    })
}

/// A server that tells which paths of threads are asked for.
async fn listening() -> (Model, LangGraphAgent, mpsc::Receiver<String>) {
    let (tell, heard) = mpsc::channel(64);
    let server = Model::start(move |mut call: Call| {
        let tell = tell.clone();
        async move {
            let line = call.head.lines().next().unwrap_or_default().to_owned();
            if let Some((_, path)) = line.split_once("/threads/") {
                let thread = path.split('/').next().unwrap_or_default();
                tell.send(thread.to_owned()).await.expect("somebody hears");
            }
            match line.contains("/runs/stream") {
                true => {
                    call.begin().await;
                    call.raw(b"0\r\n\r\n").await;
                }
                false => drop(call.json(&served(&line)).await),
            }
        }
    })
    .await;
    let url = format!("http://{}", server.address);
    let agent = LangGraphAgent::new(LangGraphConfig::new(url, "agent")).expect("an agent");
    (server, agent, heard)
}

/// The one thread that is asked for while this owner runs the agent, and loads what it keeps.
async fn used(
    agent: &LangGraphAgent,
    heard: &mut mpsc::Receiver<String>,
    owner: &str,
    thread: &str,
) -> String {
    let mut run = agent.run(input(owner, thread));
    while let Some(event) = run.next().await {
        event.expect("an event");
    }
    let principal = Principal::new(Owner::new(owner));
    let asker = Asker {
        principal: &principal,
        ..Asker::anonymous()
    };
    agent.kept_state(thread, asker).await.expect("an answer");
    let mut threads = Vec::new();
    while let Ok(thread) = heard.try_recv() {
        threads.push(thread);
    }
    // Before the run, the run, after it, and what is kept.
    assert_eq!(threads.len(), 4, "{threads:?}");
    threads.dedup();
    assert_eq!(threads.len(), 1, "{threads:?}");
    threads.remove(0)
}

#[tokio::test]
async fn owners_have_threads_of_their_own() {
    const ID: &str = "66666666-6666-4666-8666-666666666666";
    let (_server, agent, mut heard) = listening().await;
    let annas = used(&agent, &mut heard, "anna", ID).await;
    let bens = used(&agent, &mut heard, "ben", ID).await;
    let everybodys = used(&agent, &mut heard, "anonymous", ID).await;
    assert_ne!(annas, bens);
    assert_eq!(everybodys, ID);
    assert!(![&annas, &bens].contains(&&everybodys));
    assert_eq!(used(&agent, &mut heard, "anna", ID).await, annas);
    // Who knows an id that was made for somebody gets another one for it.
    assert_ne!(used(&agent, &mut heard, "anonymous", &annas).await, annas);
    assert_ne!(used(&agent, &mut heard, "ben", &annas).await, annas);
    assert_ne!(used(&agent, &mut heard, "anna", "other").await, annas);
}
