//! `multipart/mixed`, byte for byte as upstream 1.10.6 frames it: the delimiter goes out with the part before it, so that
//! the client knows at once that the part is whole.

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{StatusCode, header};

use super::{Body, Payloads, Reply, Transport, framed};

const OPEN: &str = "\r\n---";
const CLOSE: &str = "--\r\n";

pub(super) struct Multipart;

impl Transport for Multipart {
    fn respond(&self, status: StatusCode, json: String) -> Reply {
        Reply {
            status,
            body: Body::Stream(framed(OPEN, stream::iter([json]), part, CLOSE)),
            ..reply()
        }
    }

    fn stream(&self, payloads: Payloads) -> Option<Reply> {
        Some(Reply {
            body: Body::Stream(framed(OPEN, payloads.map(|payload| payload.0), part, CLOSE)),
            ..reply()
        })
    }
}

fn reply() -> Reply {
    Reply::empty(StatusCode::OK).with(header::CONTENT_TYPE, "multipart/mixed; boundary=\"-\"")
}

fn part(json: String) -> Bytes {
    let mut part = String::with_capacity(json.len() + 96);
    part.push_str("\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ");
    part.push_str(&json.len().to_string());
    part.push_str("\r\n\r\n");
    part.push_str(&json);
    part.push_str(OPEN);
    Bytes::from(part)
}
