//! The client against servers that answer byte by byte as a test wants, and against nothing at all.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::chat::{MessageStatus, Piece, Question, ResponseStatus};
use super::{Client, ClientError, SaveAgentState};

const SOON: Duration = Duration::from_secs(5);

/// A server for one request, and a client of it.
struct OneShot {
    client: Client,
    accepted: JoinHandle<(TcpStream, String)>,
}

impl OneShot {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/api/copilotkit", listener.local_addr().unwrap());
        let headers = [("x-team".to_owned(), "blue".to_owned())];
        Self {
            client: Client::new(&url, &headers).unwrap(),
            accepted: tokio::spawn(async move {
                let (mut stream, _) = listener.accept().await.unwrap();
                let request = request(&mut stream).await;
                (stream, request)
            }),
        }
    }

    /// The server's side, once the request is there.
    async fn accept(self) -> (TcpStream, String) {
        timeout(SOON, self.accepted).await.unwrap().unwrap()
    }
}

/// Head and body of a request with a content-length.
async fn request(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    loop {
        let mut bytes = [0; 65536];
        let read = stream.read(&mut bytes).await.unwrap();
        text.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
        let length = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length = length.and_then(|length| length.parse().ok());
        let body = text.split_once("\r\n\r\n").map(|(_, body)| body.len());
        if read == 0 || (body.is_some() && body == length) {
            return text;
        }
    }
}

async fn send(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
    stream.flush().await.unwrap();
}

async fn chunk(stream: &mut TcpStream, text: &str) {
    send(stream, &format!("{:x}\r\n{text}\r\n", text.len())).await;
}

fn whole(status: &str, content_type: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

fn part(payload: &Value) -> String {
    let payload = payload.to_string();
    let length = payload.len();
    format!(
        "\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {length}\r\n\r\n{payload}\r\n---"
    )
}

const MULTIPART: &str = "HTTP/1.1 200 OK\r\ncontent-type: multipart/mixed; boundary=\"-\"\r\ntransfer-encoding: chunked\r\n\r\n";

fn first() -> Value {
    json!({"data": {"generateCopilotResponse": {"threadId": "t", "messages": [], "metaEvents": []}}, "hasNext": true})
}

fn late(items: Value, path: Value) -> Value {
    json!({"incremental": [{"items": items, "path": path}], "hasNext": true})
}

#[tokio::test]
async fn each_piece_is_there_before_the_server_sends_the_next() {
    let server = OneShot::start().await;
    let client = server.client.clone();
    let (answer, accepted) =
        tokio::join!(async { client.chat(Question::default()).await }, async {
            let (mut stream, request) = server.accept().await;
            send(&mut stream, MULTIPART).await;
            chunk(&mut stream, "\r\n---").await;
            (stream, request)
        });
    let (mut answer, (mut stream, request)) = (answer.unwrap(), accepted);
    assert!(
        request.contains("x-team: blue") && request.contains("content @stream"),
        "{request}"
    );

    chunk(&mut stream, &part(&first())).await;
    let piece = timeout(SOON, answer.next()).await.unwrap().unwrap();
    assert!(matches!(piece, Some(Piece::Thread(thread)) if thread == "t"));

    let message = json!({"__typename": "TextMessageOutput", "id": "m", "createdAt": "2026-01-01T00:00:00.000Z",
        "content": [], "role": "assistant"});
    let at = |rest: &[Value]| {
        json!(
            [
                &[
                    json!("generateCopilotResponse"),
                    json!("messages"),
                    json!(0)
                ],
                rest
            ]
            .concat()
        )
    };
    chunk(&mut stream, &part(&late(json!([message]), at(&[])))).await;
    assert!(matches!(
        timeout(SOON, answer.next()).await.unwrap().unwrap(),
        Some(Piece::Message(0, _))
    ));

    for word in ["a", "b"] {
        chunk(
            &mut stream,
            &part(&late(json!([word]), at(&[json!("content"), json!(0)]))),
        )
        .await;
        let piece = timeout(SOON, answer.next()).await.unwrap().unwrap();
        assert!(matches!(piece, Some(Piece::Chunk(0, text)) if text == word));
    }
    let ends = json!({"incremental": [
        {"data": {"status": {"code": "Success", "__typename": "SuccessMessageStatus"}}, "path": at(&[])},
        {"data": {"status": {"code": "Success", "__typename": "SuccessResponseStatus"}},
            "path": ["generateCopilotResponse"]},
    ], "hasNext": false});
    chunk(&mut stream, &format!("{}--\r\n", part(&ends))).await;
    let piece = timeout(SOON, answer.next()).await.unwrap().unwrap();
    assert!(matches!(
        piece,
        Some(Piece::MessageEnd(0, MessageStatus::SuccessMessageStatus(_)))
    ));
    let piece = timeout(SOON, answer.next()).await.unwrap().unwrap();
    assert!(matches!(
        piece,
        Some(Piece::End(ResponseStatus::SuccessResponseStatus(_)))
    ));
    // The last delimiter is enough: the connection stays open.
    assert!(
        timeout(SOON, answer.next())
            .await
            .unwrap()
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_told_after_what_did_arrive() {
    let server = OneShot::start().await;
    let client = server.client.clone();
    let (answer, ()) = tokio::join!(client.chat(Question::default()), async {
        let (mut stream, _) = server.accept().await;
        send(&mut stream, MULTIPART).await;
        chunk(&mut stream, &format!("\r\n---{}", part(&first()))).await;
    });
    let mut answer = answer.unwrap();
    assert!(matches!(
        answer.next().await.unwrap(),
        Some(Piece::Thread(_))
    ));
    let error = timeout(SOON, answer.next()).await.unwrap().unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("the connection broke before the answer was complete"),
        "{error}"
    );
}

#[tokio::test]
async fn dropping_an_answer_closes_its_connection() {
    let server = OneShot::start().await;
    let client = server.client.clone();
    let (answer, mut stream) = tokio::join!(client.chat(Question::default()), async {
        let (mut stream, _) = server.accept().await;
        send(&mut stream, MULTIPART).await;
        stream
    });
    drop(answer.unwrap());
    let read = timeout(SOON, stream.read(&mut [0; 16])).await.unwrap();
    assert!(matches!(read, Ok(0) | Err(_)));
}

/// What the client makes of one answer to `agents`.
async fn told(response: String) -> Result<usize, String> {
    let server = OneShot::start().await;
    let client = server.client.clone();
    let (agents, ()) = tokio::join!(client.agents(), async {
        let (mut stream, request) = server.accept().await;
        assert!(request.contains("availableAgents"), "{request}");
        send(&mut stream, &response).await;
    });
    agents
        .map(|agents| agents.len())
        .map_err(|error| error.to_string())
}

#[tokio::test]
async fn answers_that_are_none_are_told_apart() {
    let json = "application/json";
    let agents =
        r#"{"data":{"availableAgents":{"agents":[{"name":"a","id":"a","description":"d"}]}}}"#;
    assert_eq!(told(whole("200 OK", json, agents)).await, Ok(1));
    for (response, expected) in [
        (
            whole("404 Not Found", "text/html", "<h1>Nothing\n here</h1>"),
            "404 Not Found, but not as a CopilotKit runtime does: <h1>Nothing here</h1>",
        ),
        (
            whole(
                "400 Bad Request",
                json,
                r#"{"errors":[{"message":"no","extensions":{"code":"X"}},{"message":"nor this"}]}"#,
            ),
            "no (X)\nnor this",
        ),
        (
            whole(
                "200 OK",
                json,
                r#"{"data":{"availableAgents":{"agents":[{"name":1}]}}}"#,
            ),
            "the answer does not follow the schema: ",
        ),
        (
            whole("200 OK", json, r#"{"data":null}"#),
            "not as a CopilotKit runtime does",
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{".to_owned(),
            "the connection broke before",
        ),
    ] {
        let error = told(response).await.unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_streams_nothing_gives_the_same_pieces() {
    let body = json!({"data": {"generateCopilotResponse": {"threadId": "t", "metaEvents": [], "messages": [
        {"__typename": "TextMessageOutput", "id": "m", "createdAt": "2026-01-01T00:00:00Z", "content": ["x"],
            "role": "assistant", "status": {"code": "Success", "__typename": "SuccessMessageStatus"}}],
        "status": {"code": "Success", "__typename": "SuccessResponseStatus"}}}});
    let server = OneShot::start().await;
    let client = server.client.clone();
    let (answer, ()) = tokio::join!(client.chat(Question::default()), async {
        let (mut stream, _) = server.accept().await;
        send(
            &mut stream,
            &whole("200 OK", "application/json", &body.to_string()),
        )
        .await;
    });
    let mut answer = answer.unwrap();
    let mut count = 0;
    while answer.next().await.unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, 4);
}

#[tokio::test]
async fn a_state_is_written_with_the_extension_of_this_runtime() {
    let server = OneShot::start().await;
    let client = server.client.clone();
    let data = SaveAgentState {
        thread_id: "t".into(),
        agent_name: "a".into(),
        state_data: "{\"n\":1}".into(),
        state_key: None,
        merge_with_existing: true,
    };
    let (saved, ()) = tokio::join!(client.save_state(data), async {
        let (mut stream, request) = server.accept().await;
        let body: Value = serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
        assert_eq!(body["variables"]["data"]["stateData"], "{\"n\":1}");
        let answer = r#"{"data":{"saveAgentState":{"threadId":"t","agentName":"a","state":"{\"n\":1}","version":4}}}"#;
        send(&mut stream, &whole("200 OK", "application/json", answer)).await;
    });
    assert_eq!(saved.unwrap().version, 4);
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_not_waited_for_for_ever() {
    for begins in [false, true] {
        let server = OneShot::start().await;
        let mut client = server.client.clone();
        client.patience = Duration::from_millis(200);
        let silence = async {
            let (mut stream, _) = server.accept().await;
            if begins {
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{";
                send(&mut stream, head).await;
            }
            // Until the client hangs up.
            assert_eq!(stream.read(&mut [0; 16]).await.unwrap(), 0);
        };
        let both = async { tokio::join!(client.agents(), silence) };
        let (answer, ()) = timeout(SOON, both).await.unwrap();
        let error = answer.unwrap_err().to_string();
        assert!(error.contains("timed out"), "{error}");
    }
}

#[tokio::test]
async fn addresses_and_headers_that_cannot_work_are_refused_before_anything_is_sent() {
    for url in ["", "localhost:8000", "ftp://x", "http://"] {
        assert!(
            matches!(Client::new(url, &[]), Err(ClientError::Url { .. })),
            "{url}"
        );
    }
    let header = [("a b".to_owned(), "c".to_owned())];
    assert!(matches!(
        Client::new("http://x", &header),
        Err(ClientError::Header { .. })
    ));
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let client = Client::new(&format!("http://{closed}"), &[]).unwrap();
    let error = client.agents().await.unwrap_err().to_string();
    assert!(error.contains("is the runtime running?"), "{error}");
}
