//! The GraphQL face: upstream 1.10.6's schema, with `@defer` and `@stream`, over JSON, SSE and multipart.

pub mod deferred;
pub mod document;
pub(crate) mod execute;
mod incremental;
mod input;
mod path;
mod plan;
mod projection;
mod replay;
pub(crate) mod request;
pub(crate) mod resolvers;
mod resume;
pub mod scalars;
pub mod streamed;
pub(crate) mod transport;
mod unions;
