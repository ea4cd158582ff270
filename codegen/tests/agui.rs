//! The committed AG-UI types, read and written.
#![allow(clippy::unwrap_used, clippy::panic)]

// What the samples do not touch is used by the runtime.
#[allow(dead_code)]
#[rustfmt::skip]
#[path = "../../generated/agui.rs"]
mod types;

#[path = "agui/errors.rs"]
mod errors;
#[path = "agui/properties.rs"]
mod properties;
#[path = "agui/samples.rs"]
mod samples;
