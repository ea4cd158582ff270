//! Streamable HTTP, where servers in the field differ from what rmcp makes of them.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::{HeaderName, HeaderValue};
use rmcp::model::{ClientJsonRpcMessage, ErrorCode, JsonRpcMessage, ServerJsonRpcMessage};
use rmcp::transport::common::client_side_sse::BoxedSseResponse;
use rmcp::transport::streamable_http_client::{
    StreamableHttpClient, StreamableHttpError, StreamableHttpPostResponse,
};

/// How servers made with MCP's own SDK for TypeScript answer, with status 400, in a session that they do not know.
const NO_SESSION: ErrorCode = ErrorCode(-32000);

type Failed = StreamableHttpError<reqwest::Error>;
type Headers = HashMap<HeaderName, HeaderValue>;

/// The agents' HTTP client, as rmcp's transport needs one.
#[derive(Clone)]
pub(super) struct Http {
    pub(super) client: reqwest::Client,
    /// Set when the server has forgotten the session: it may have been replaced, and have other tools.
    pub(super) changed: Arc<AtomicBool>,
}

impl Http {
    /// An error that names no request is the answer to the one that was posted: rmcp would wait for another. In a session it
    /// most often says that there is none any more, which rmcp mends if it is told so.
    fn read(
        &self,
        answer: Result<StreamableHttpPostResponse, Failed>,
        request: Option<rmcp::model::RequestId>,
        in_session: bool,
    ) -> Result<StreamableHttpPostResponse, Failed> {
        let answer = match answer {
            Ok(StreamableHttpPostResponse::Json(JsonRpcMessage::Error(mut error), session)) => {
                if error.id.is_none() && error.error.code == NO_SESSION && in_session {
                    Err(StreamableHttpError::SessionExpired)
                } else {
                    error.id = error.id.or(request);
                    let message = ServerJsonRpcMessage::Error(error);
                    Ok(StreamableHttpPostResponse::Json(message, session))
                }
            }
            // The address may hold a key, and rmcp logs what it gets.
            Err(StreamableHttpError::Client(error)) => {
                let told = chain(&error.without_url());
                Err(StreamableHttpError::Io(std::io::Error::other(told)))
            }
            answer => answer,
        };
        if matches!(answer, Err(StreamableHttpError::SessionExpired)) {
            self.changed.store(true, Ordering::SeqCst);
        }
        answer
    }
}

/// The same without the address.
fn nameless(error: Failed) -> Failed {
    match error {
        StreamableHttpError::Client(error) => StreamableHttpError::Client(error.without_url()),
        error => error,
    }
}

/// An error with the reasons behind it.
fn chain(error: &dyn std::error::Error) -> String {
    let reasons = std::iter::successors(Some(error), |error| error.source());
    let reasons: Vec<String> = reasons.map(ToString::to_string).collect();
    reasons.join(": ")
}

impl StreamableHttpClient for Http {
    type Error = reqwest::Error;

    async fn post_message(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session: Option<Arc<str>>,
        auth: Option<String>,
        headers: Headers,
    ) -> Result<StreamableHttpPostResponse, Failed> {
        let largest = super::sse::LARGEST;
        self.post_message_with_max_sse_event_size(uri, message, session, auth, headers, largest)
            .await
    }

    async fn post_message_with_max_sse_event_size(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session: Option<Arc<str>>,
        auth: Option<String>,
        headers: Headers,
        largest: usize,
    ) -> Result<StreamableHttpPostResponse, Failed> {
        let request = match &message {
            JsonRpcMessage::Request(request) => Some(request.id.clone()),
            _ => None,
        };
        let in_session = session.is_some();
        let client = &self.client;
        let answer = client
            .post_message_with_max_sse_event_size(uri, message, session, auth, headers, largest)
            .await;
        self.read(answer, request, in_session)
    }

    async fn delete_session(
        &self,
        uri: Arc<str>,
        session: Arc<str>,
        auth: Option<String>,
        headers: Headers,
    ) -> Result<(), Failed> {
        let client = &self.client;
        let deleted = client.delete_session(uri, session, auth, headers).await;
        deleted.map_err(nameless)
    }

    async fn get_stream(
        &self,
        uri: Arc<str>,
        session: Option<Arc<str>>,
        last_event: Option<String>,
        auth: Option<String>,
        headers: Headers,
    ) -> Result<BoxedSseResponse, Failed> {
        let largest = super::sse::LARGEST;
        self.get_stream_with_max_sse_event_size(uri, session, last_event, auth, headers, largest)
            .await
    }

    async fn get_stream_with_max_sse_event_size(
        &self,
        uri: Arc<str>,
        session: Option<Arc<str>>,
        last_event: Option<String>,
        auth: Option<String>,
        headers: Headers,
        largest: usize,
    ) -> Result<BoxedSseResponse, Failed> {
        let client = &self.client;
        let stream = client
            .get_stream_with_max_sse_event_size(uri, session, last_event, auth, headers, largest)
            .await;
        stream.map_err(nameless)
    }
}
