//! An answer of either face, without any web framework in it: the faces make it, the server sends it.

use bytes::Bytes;
use futures_util::stream::BoxStream;
use http::{HeaderName, HeaderValue, StatusCode};

pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Body,
}

pub(crate) enum Body {
    Full(Bytes),
    /// Polling it does the work; dropping it tells that the client is gone.
    Stream(BoxStream<'static, Bytes>),
}

impl Reply {
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Body::Full(Bytes::new()),
        }
    }

    pub(crate) fn with(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.push((name, HeaderValue::from_static(value)));
        self
    }
}
