//! A transcription service in OpenAI's manner, as scripted as the recorded one: the sound says what goes wrong.

use std::net::SocketAddr;

use poem::http::StatusCode;
use poem::listener::{Acceptor, Listener, TcpListener};
use poem::web::{Json, Multipart};
use poem::{Route, Server, handler, post};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

/// A running service; it ends with this value.
pub struct Transcriber {
    /// Where it listens.
    pub address: SocketAddr,
    serving: JoinHandle<()>,
}

/// Starts the service on a free port.
pub async fn start() -> Transcriber {
    let acceptor = TcpListener::bind("127.0.0.1:0")
        .into_acceptor()
        .await
        .expect("a free port");
    let address = acceptor.local_addr()[0]
        .as_socket_addr()
        .copied()
        .expect("an address");
    let app = Route::new().at("/v1/audio/transcriptions", post(transcribe));
    let serving = tokio::spawn(async move {
        let _ = Server::new_with_acceptor(acceptor).run(app).await;
    });
    Transcriber { address, serving }
}

/// The server's configuration with this service in it.
pub fn config(address: SocketAddr) -> String {
    format!(
        "[transcription]\nmodel = \"openai/whisper-1\"\nbase_url = \"http://{address}/v1\"\napi_key_env = \"TEST_MODEL_KEY\"\n"
    )
}

impl Drop for Transcriber {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

#[handler]
async fn transcribe(mut form: Multipart) -> (StatusCode, Json<Value>) {
    while let Ok(Some(field)) = form.next_field().await {
        if field.name() != Some("file") {
            continue;
        }
        let name = field.file_name().unwrap_or_default().to_owned();
        let sound = field.bytes().await.unwrap_or_default();
        return answer(&name, &sound);
    }
    refusal(StatusCode::BAD_REQUEST, "no file")
}

fn answer(name: &str, sound: &[u8]) -> (StatusCode, Json<Value>) {
    match sound {
        b"auth" => refusal(StatusCode::UNAUTHORIZED, "Incorrect API key provided"),
        b"rate" => refusal(StatusCode::TOO_MANY_REQUESTS, "Rate limit reached"),
        b"prov" => refusal(StatusCode::INTERNAL_SERVER_ERROR, "provider broke"),
        _ => {
            let text = format!("transcript of {name} {}", sound.len());
            (StatusCode::OK, Json(json!({"text": text})))
        }
    }
}

fn refusal(status: StatusCode, message: &str) -> (StatusCode, Json<Value>) {
    (status, Json(json!({"error": {"message": message}})))
}
