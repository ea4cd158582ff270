//! What LangChain's stream events say, as AG-UI events: LangGraph's agents speak so behind CopilotKit's remote endpoints, one
//! JSON object in a line, and on LangGraph's own servers, one in a server-sent event.

mod chunk;
mod custom;
mod event;
mod models;
mod reasoning;
mod told;

pub(in crate::agents) use chunk::texts;
pub(in crate::agents) use custom::{Manual, by_hand};
pub(in crate::agents) use event::{StreamEvent, json_of, read};
pub(in crate::agents) use models::Models;
pub(in crate::agents) use told::{Told, Where};
