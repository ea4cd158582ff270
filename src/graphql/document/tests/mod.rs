//! Checked against upstream's own words: a recorded corpus, the goldens' cases, and texts that mean harm.

#![allow(clippy::unwrap_used)]

mod corpus;
mod hostile;
mod upstream;

use super::{Checker, Limits};

/// A checker of upstream's schema with this project's extensions.
fn served() -> Checker {
    let upstream = include_str!("../../../../schema/schema.graphql");
    let extensions = include_str!("../../../../schema/extensions.graphql");
    Checker::new(&[upstream, extensions], Limits::default()).unwrap()
}
