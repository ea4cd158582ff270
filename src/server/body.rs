//! Takes a request's body in, if it is short enough and comes soon enough.

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use http::header;
use poem::Request;

use super::HttpOptions;
use crate::json;

/// A body that was not taken in.
pub(super) enum BodyError {
    TooLarge,
    /// It did not arrive within so many seconds.
    TooSlow(u64),
    BrokeOff(String),
}

/// The whole body.
pub(super) async fn read(request: Request, options: &HttpOptions) -> Result<Bytes, BodyError> {
    let limit = options.body_bytes;
    let announced = request
        .header(header::CONTENT_LENGTH)
        .and_then(|it| it.parse().ok());
    if announced.is_some_and(|length: usize| length > limit) {
        return Err(BodyError::TooLarge);
    }
    let mut parts = request.into_body().into_bytes_stream();
    let mut body = BytesMut::with_capacity(announced.unwrap_or_default());
    let deadline = tokio::time::Instant::now() + options.body_read;
    loop {
        match tokio::time::timeout_at(deadline, parts.next()).await {
            Ok(Some(Ok(part))) if body.len() + part.len() <= limit => body.extend_from_slice(&part),
            Ok(Some(Ok(_))) => return Err(BodyError::TooLarge),
            Ok(Some(Err(error))) => return Err(BodyError::BrokeOff(error.to_string())),
            Ok(None) => return Ok(without_mark(body)),
            Err(_) => return Err(BodyError::TooSlow(options.body_read.as_secs())),
        }
    }
}

/// JavaScript reads texts without their byte order mark, so upstream's runtimes never see one.
fn without_mark(body: BytesMut) -> Bytes {
    let mut body = body.freeze();
    let mark = body.len() - json::without_mark(&body).len();
    body.split_off(mark)
}
