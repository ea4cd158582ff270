//! Lets an MCP server know which trace a call belongs to: in the call's `_meta` (SEP-414), since runs share the connection, and
//! its headers belong to none of them.

use rmcp::model::RequestMetaObject;
use tracing::Span;

use crate::upstream::trace_headers;

/// What a call has for it, where traces are collected.
pub(super) fn meta(span: &Span) -> Option<RequestMetaObject> {
    let headers = trace_headers(span);
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let mut meta = RequestMetaObject::default();
    meta.0.set_traceparent(text("traceparent")?);
    if let Some(state) = text("tracestate").filter(|state| !state.is_empty()) {
        meta.0.set_tracestate(state);
    }
    Some(meta)
}
