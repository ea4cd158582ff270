//! Response paths that outlive the request's borrowed ones, for what is delivered late.

use std::pin::Pin;

use async_graphql::{Name, PathSegment, QueryPathNode, QueryPathSegment};
use serde::ser::{Serialize, SerializeSeq, Serializer};

use super::plan;

/// One step of a response path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Segment {
    Field(Name),
    Index(usize),
}

/// A response path. Field names may carry a plan's marks; they are taken off when the path is written out.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Path(Vec<Segment>);

impl Path {
    /// The path of the field or item that is being resolved.
    pub(crate) fn of(node: Option<&QueryPathNode<'_>>) -> Self {
        let mut segments = Vec::new();
        let mut current = node;
        while let Some(node) = current {
            segments.push(match node.segment {
                QueryPathSegment::Name(name) => Segment::Field(Name::new(name)),
                QueryPathSegment::Index(index) => Segment::Index(index),
            });
            current = node.parent;
        }
        segments.reverse();
        Self(segments)
    }

    pub(crate) fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// This path and one more step.
    pub(crate) fn join(&self, segment: Segment) -> Self {
        let mut segments = Vec::with_capacity(self.0.len() + 1);
        segments.extend_from_slice(&self.0);
        segments.push(segment);
        Self(segments)
    }

    /// Replaces the last step.
    pub(crate) fn set_last(&mut self, segment: Segment) {
        if let Some(last) = self.0.last_mut() {
            *last = segment;
        }
    }

    /// The path that ends before step `end`.
    pub(crate) fn prefix(&self, end: usize) -> Self {
        Self(self.0[..end].to_vec())
    }

    /// Whether an error at `error` belongs at or below this path.
    pub(crate) fn covers(&self, error: &[PathSegment]) -> bool {
        self.0.len() <= error.len()
            && self.0.iter().zip(error).all(|pair| match pair {
                (Segment::Field(name), PathSegment::Field(field)) => name.as_str() == field,
                (Segment::Index(index), PathSegment::Index(at)) => index == at,
                _ => false,
            })
    }
}

impl Serialize for Path {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.0.len()))?;
        for segment in &self.0 {
            match segment {
                Segment::Field(name) => seq.serialize_element(plan::response_key(name))?,
                Segment::Index(index) => seq.serialize_element(index)?,
            }
        }
        seq.end()
    }
}

/// A future that borrows from the path chain built for it.
pub(crate) type PathFuture<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Rebuilds async-graphql's borrowed path chain and runs `body` at its end.
pub(crate) fn with_path<'a, F>(
    parent: Option<&'a QueryPathNode<'a>>,
    rest: &'a [Segment],
    body: F,
) -> PathFuture<'a>
where
    F: for<'b> FnOnce(Option<&'b QueryPathNode<'b>>) -> PathFuture<'b> + Send + 'a,
{
    match rest.split_first() {
        None => body(parent),
        Some((segment, rest)) => Box::pin(async move {
            let node = QueryPathNode {
                parent,
                segment: match segment {
                    Segment::Field(name) => QueryPathSegment::Name(name),
                    Segment::Index(index) => QueryPathSegment::Index(*index),
                },
            };
            with_path(Some(&node), rest, body).await;
        }),
    }
}
