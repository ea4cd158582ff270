//! What the replay of the AG-UI recordings needs: their canonical form, sessions against one server, the configured agents.

pub mod agents;
pub mod canonical;
pub mod live;
pub mod multipart;
pub mod order;
pub mod session;
pub mod transcriber;
