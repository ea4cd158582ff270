//! The GraphQL face: upstream 1.10.6's schema, with `@defer` and `@stream`, over JSON, SSE and multipart.

pub mod deferred;
pub mod document;
pub mod streamed;
