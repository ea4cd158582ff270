//! The GraphQL face: upstream 1.10.6's schema, with `@defer` and `@stream`, over JSON, SSE and multipart.

pub mod deferred;
mod incremental;
mod path;
mod plan;
mod replay;
pub mod streamed;
