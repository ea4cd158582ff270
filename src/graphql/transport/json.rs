//! One JSON document.

use bytes::Bytes;
use http::{StatusCode, header};

use super::{Body, MediaType, Payloads, Reply, Transport};

pub(super) struct Json(pub(super) MediaType);

impl Transport for Json {
    fn respond(&self, status: StatusCode, json: String) -> Reply {
        let reply = Reply {
            body: Body::Full(Bytes::from(json)),
            ..Reply::empty(status)
        };
        reply.with(
            header::CONTENT_TYPE,
            match self.0 {
                MediaType::GraphQlResponse => "application/graphql-response+json; charset=utf-8",
                _ => "application/json; charset=utf-8",
            },
        )
    }

    fn stream(&self, _: Payloads) -> Option<Reply> {
        None
    }
}
