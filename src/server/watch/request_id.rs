//! A request's id: the client's, or a proxy's, if it is fit for a log, or one made here.

use std::fmt::Write;

use http::HeaderMap;

/// Where it comes from and goes to.
pub(super) const REQUEST_ID: &str = "x-request-id";
/// A longer one is not an id.
const LONGEST: usize = 128;

/// Names one request in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RequestId(String);

impl RequestId {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let given = headers.get(REQUEST_ID).and_then(|it| it.to_str().ok());
        match given.filter(|id| is_fit(id)) {
            Some(id) => Self(id.to_owned()),
            None => Self::new(),
        }
    }

    fn new() -> Self {
        let mut id = String::with_capacity(32);
        // Writing to a String cannot fail.
        let _ = write!(id, "{:032x}", rand::random::<u128>());
        Self(id)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Nothing that could be taken for another field, or another line.
fn is_fit(id: &str) -> bool {
    let fit = |c: char| c.is_ascii_alphanumeric() || "-_.:/+=@".contains(c);
    !id.is_empty() && id.len() <= LONGEST && id.chars().all(fit)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use http::HeaderValue;

    use super::*;

    fn of(value: &str) -> RequestId {
        let value = HeaderValue::from_str(value).unwrap();
        RequestId::of(&HeaderMap::from_iter([(
            http::HeaderName::from_static(REQUEST_ID),
            value,
        )]))
    }

    #[test]
    fn an_id_that_came_is_kept_if_it_is_one() {
        for id in ["1", "7f3c-ab", "Root=1-67891233-abcdef012345678912345678"] {
            assert_eq!(of(id).as_str(), id);
        }
        for id in ["", "a b", "a\"b", "a\tb", "a{b}", &"x".repeat(129)] {
            let made = of(id);
            assert_ne!(made.as_str(), id);
            assert_eq!(made.as_str().len(), 32, "{id}");
        }
        let none = HeaderMap::new();
        assert_ne!(RequestId::of(&none), RequestId::of(&none));
    }
}
