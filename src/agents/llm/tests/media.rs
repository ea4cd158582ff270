//! Images, audio and files on their way to the model.

use serde_json::{Value, json};

use super::application::modern;
use super::server::{Server, finish, text};
use super::{config, outcome};
use crate::agents::RunInput;

fn with(part: Value) -> RunInput {
    modern(
        json!({"messages": [{"id": "u", "role": "user", "content": [{"type": "text", "text": "see"}, part]}]}),
    )
}

fn part(kind: &str, source: Value) -> Value {
    json!({"type": kind, "source": source})
}

fn data(mime_type: &str) -> Value {
    json!({"type": "data", "value": "AAAA", "mimeType": mime_type})
}

fn url(value: &str) -> Value {
    json!({"type": "url", "value": value})
}

#[tokio::test]
async fn each_kind_has_its_form() {
    let pdf = json!({"type": "file", "file": {"filename": "document.pdf", "file_data": "data:application/pdf;base64,AAAA"}});
    let named = json!({"type": "file", "file": {"filename": "a.csv", "file_data": "data:text/csv;base64,AAAA"}});
    let image = json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}});
    let linked = json!({"type": "image_url", "image_url": {"url": "https://example.org/a.png"}});
    let wav = json!({"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}});
    let uploaded = json!({"type": "file", "file": {"file_id": "file-1"}});
    for (part, sent) in [
        (part("image", data("image/png")), &image),
        (part("image", url("https://example.org/a.png")), &linked),
        (part("audio", data("audio/wav;codecs=1")), &wav),
        (part("document", data("application/pdf")), &pdf),
        (
            part("document", json!({"type": "file", "value": "file-1"})),
            &uploaded,
        ),
        (
            json!({"type": "document", "source": data("text/csv"), "metadata": {"filename": "a.csv"}}),
            &named,
        ),
        (
            json!({"type": "binary", "mimeType": "image/png", "data": "AAAA"}),
            &image,
        ),
        (
            json!({"type": "binary", "mimeType": "image/png", "url": "https://example.org/a.png"}),
            &linked,
        ),
        (
            json!({"type": "binary", "mimeType": "audio/wav", "data": "AAAA"}),
            &wav,
        ),
        (
            json!({"type": "binary", "mimeType": "application/pdf", "data": "AAAA"}),
            &pdf,
        ),
        (
            json!({"type": "binary", "mimeType": "text/csv", "data": "AAAA", "filename": "a.csv"}),
            &named,
        ),
        (
            json!({"type": "binary", "mimeType": "application/pdf", "id": "file-1"}),
            &uploaded,
        ),
    ] {
        let server = Server::saying(vec![text("ok"), finish("stop")]).await;
        outcome(config(&server), with(part.clone()))
            .await
            .1
            .unwrap();
        let content = server.requests()[0]["messages"][0]["content"].take();
        assert_eq!(
            content,
            json!([{"type": "text", "text": "see"}, sent]),
            "{part}"
        );
    }
}

fn unsendable() -> [(Value, &'static str); 7] {
    [
        (part("video", data("video/mp4")), "video"),
        (part("audio", data("audio/webm")), "WAV or MP3"),
        (part("audio", url("https://example.org/a.wav")), "audio"),
        (
            part("document", url("https://example.org/a.pdf")),
            "document",
        ),
        (
            part("image", json!({"type": "file", "value": "file-1"})),
            "image",
        ),
        (json!({"type": "hologram"}), "`hologram`"),
        (
            json!({"type": "binary", "mimeType": "image/png"}),
            "no content",
        ),
    ]
}

#[tokio::test]
async fn what_cannot_be_sent_is_an_error_that_says_why() {
    for (part, why) in unsendable() {
        let server = Server::saying(vec![text("ok"), finish("stop")]).await;
        let error = outcome(config(&server), with(part.clone()))
            .await
            .1
            .unwrap_err();
        assert!(error.message.contains(why), "{part}: {error}");
        assert_eq!(server.requests().len(), 0);
    }
}

#[tokio::test]
async fn an_old_part_does_not_end_the_thread_for_ever() {
    for (part, _) in unsendable() {
        let kind = part["type"].as_str().unwrap().to_owned();
        let mut input = with(part);
        let more = json!([{"id": "a", "role": "assistant", "content": "Sorry."}, {"id": "v", "role": "user", "content": "so?"}]);
        let more: Vec<crate::generated::agui::Message> = serde_json::from_value(more).unwrap();
        input.request.messages.extend(more);
        let server = Server::saying(vec![text("ok"), finish("stop")]).await;
        outcome(config(&server), input).await.1.unwrap();
        let sent = &server.requests()[0]["messages"][0]["content"][1]["text"];
        let note = format!("[{kind} left out: ");
        assert!(sent.as_str().unwrap().starts_with(&note), "{sent}");
    }
}

#[tokio::test]
async fn a_tools_parts_become_text() {
    let image = part("image", data("image/png"));
    let calls = ["call_0", "call_1"].map(|id| json!({"id": id, "type": "function", "function": {"name": "shoot", "arguments": "{}"}}));
    let messages = json!([
        {"id": "a", "role": "assistant", "toolCalls": calls},
        {"id": "t", "role": "tool", "toolCallId": "call_0", "content": [{"type": "text", "text": "Here:"}, image]},
        {"id": "e", "role": "tool", "toolCallId": "call_1", "content": "", "error": "no camera"},
    ]);
    let server = Server::saying(vec![text("ok"), finish("stop")]).await;
    let input = modern(json!({"messages": messages}));
    outcome(config(&server), input).await.1.unwrap();
    let sent = server.requests()[0]["messages"].take();
    assert_eq!(
        sent[1]["content"],
        "Here:\n[image left out: this model cannot be sent it]"
    );
    assert_eq!(sent[2]["content"], "no camera");
}
