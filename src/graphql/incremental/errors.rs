//! Errors inside of what arrives late: async-graphql collects them for the whole request, the client wants them with the
//! record they belong to.

use async_graphql::{PathSegment, QueryEnv, ServerError};

use crate::graphql::path::Path;
use crate::graphql::plan::response_key;

/// Takes the errors at or below `path` out of the request's list.
pub(crate) fn take_errors(env: &QueryEnv, path: &Path) -> Vec<ServerError> {
    let Ok(mut errors) = env.errors.lock() else {
        return Vec::new();
    };
    if errors.is_empty() {
        return Vec::new();
    }
    let (mine, others) = std::mem::take(&mut *errors)
        .into_iter()
        .partition(|error| path.covers(&error.path));
    *errors = others;
    clean(mine)
}

/// Takes the plan's marks off the paths of errors.
pub(crate) fn clean(mut errors: Vec<ServerError>) -> Vec<ServerError> {
    for segment in errors.iter_mut().flat_map(|error| &mut error.path) {
        if let PathSegment::Field(name) = segment {
            *name = response_key(name).to_owned();
        }
    }
    errors
}
