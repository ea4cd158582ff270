//! `agui-runtime store`: what is kept is looked at, brought up to date, and moved from one store to another.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use agui_runtime::store::{
    EndedRun, NewRun, Owner, RunStatus, Start, StateChange, Store, StoreOptions, ThreadKey, open,
};
use serde_json::json;

/// Runs `agui-runtime store` with these arguments on the file, and gives it something to read.
fn store(arguments: &[&str], file: &Path, input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_agui-runtime"))
        .arg("store")
        .args(arguments)
        .args(["--store", &format!("sqlite:{}", file.display())])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that reads nothing may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn said(output: &Output) -> (Option<i32>, String) {
    let said = [&*output.stdout, &*output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

async fn fill(file: &Path) {
    let url = format!("sqlite:{}", file.display());
    let store: Arc<dyn Store> = open(&url, StoreOptions::default()).await.unwrap();
    for n in 0..20 {
        let key = ThreadKey {
            owner: Owner::new(["ann", "bob"][n % 2]),
            id: format!("t\0{n}"),
        };
        let run = |id: &str| NewRun {
            id: id.to_owned(),
            agent: "a".to_owned(),
            parent: None,
            messages: vec!["u".to_owned()],
        };
        let Start::Started(started) = store.start_run(&key, run("r")).await.unwrap() else {
            panic!("the thread is new");
        };
        let end = EndedRun {
            status: RunStatus::Completed,
            events: vec![serde_json::from_str(r#"{"said": "\ud800 \u0000"}"#).unwrap()],
            tail: None,
            messages: vec!["u".to_owned(), "a".to_owned()],
            state: Some(StateChange::Replace(json!({"n": n}))),
        };
        store.end_run(&started.lease, &end).await.unwrap();
        if n == 0 {
            // It goes on when the process is gone.
            store.start_run(&key, run("live")).await.unwrap();
        }
    }
    store.close().await.unwrap();
}

#[tokio::test]
async fn what_is_exported_is_imported_and_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = ["one.db", "other.db"].map(|name| folder.path().join(name));
    fill(&one).await;
    let exported = store(&["export"], &one, b"");
    assert!(exported.status.success(), "{exported:?}");
    let lines = exported.stdout.split(|byte| *byte == b'\n');
    assert_eq!(lines.count(), 21, "with the end of the last line");
    let imported = store(&["import"], &other, &exported.stdout);
    assert_eq!(
        said(&imported),
        (Some(0), "imported 20 threads\n".to_owned())
    );
    let again = store(&["export"], &other, b"");
    assert!(again.stdout == exported.stdout);
    // Twice is once too often, and told with the line.
    let (code, refused) = said(&store(&["import"], &other, &exported.stdout));
    assert_eq!(code, Some(1));
    assert!(
        refused.contains("line 1: thread") && refused.contains("there already"),
        "{refused}"
    );
    let (code, refused) = said(&store(&["import"], &other, b"{\"x\": 1}\n"));
    assert_eq!(code, Some(1));
    assert!(refused.contains("line 1: no thread"), "{refused}");
}

#[tokio::test]
async fn a_store_is_checked_and_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.db");
    let (code, told) = said(&store(&["check"], &file, b""));
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("not made yet") && !file.exists(), "{told}");
    let (code, told) = said(&store(&["migrate"], &file, b""));
    assert_eq!(code, Some(0), "{told}");
    assert!(
        told.contains("up to date") && told.contains("threads  0"),
        "{told}"
    );
    fill(&file).await;
    let (_, told) = said(&store(&["check"], &file, b""));
    assert!(
        told.contains("threads  20") && told.contains("going on 1"),
        "{told}"
    );

    std::fs::write(&file, "no database ".repeat(1_000)).unwrap();
    let (code, told) = said(&store(&["check"], &file, b""));
    assert_eq!(code, Some(1));
    assert!(told.contains("damaged or no SQLite database"), "{told}");
    let missing = folder.path().join("no").join("x.db");
    let (code, told) = said(&store(&["check"], &missing, b""));
    assert_eq!(code, Some(2));
    assert!(told.contains("does not exist"), "{told}");
}
