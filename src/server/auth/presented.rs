//! The credentials that a request carries. One that is there twice is none: somebody on the way may have added the other.

use http::{HeaderMap, HeaderName, header};

use super::AuthFailure;

/// Where keys are sent besides `Authorization`.
pub(super) const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// Credentials that are longer are not looked at.
const LONGEST: usize = 16 << 10;

/// The token in `Authorization: Bearer …`; nothing where another scheme is used.
pub(super) fn bearer(headers: &HeaderMap) -> Result<Option<&str>, AuthFailure> {
    let Some(value) = only(headers, &header::AUTHORIZATION)? else {
        return Ok(None);
    };
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Ok(None);
    }
    match token.trim() {
        "" => Err(refused("`Authorization: Bearer` has no token")),
        token => Ok(Some(token)),
    }
}

/// The one value of a header; nothing where it is not there.
pub(super) fn only<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> Result<Option<&'a str>, AuthFailure> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(refused(&format!("`{name}` is there more than once")));
    }
    match value.to_str() {
        Ok(text) if text.len() <= LONGEST => Ok(Some(text.trim())),
        Ok(_) => Err(refused(&format!("`{name}` is too long"))),
        Err(_) => Err(refused(&format!("`{name}` is no plain text"))),
    }
}

pub(super) fn refused(reason: &str) -> AuthFailure {
    AuthFailure::Refused(reason.to_owned())
}

/// An owner's name that stores, logs and pages can have.
pub(super) fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && name.len() <= 512 && !name.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn headers(values: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(
                header::AUTHORIZATION,
                http::HeaderValue::from_bytes(value).unwrap(),
            );
        }
        headers
    }

    #[test]
    fn a_token_is_what_follows_bearer() {
        for value in ["Bearer t", "bearer   t ", "BEARER t"] {
            let headers = headers(&[value.as_bytes()]);
            assert_eq!(bearer(&headers), Ok(Some("t")), "{value}");
        }
        for values in [&[][..], &[&b"Basic dDp0"[..]], &[b"t"]] {
            assert_eq!(bearer(&headers(values)), Ok(None), "{values:?}");
        }
    }

    #[test]
    fn what_is_ambiguous_is_refused() {
        let long = [b"Bearer ".to_vec(), vec![b'x'; LONGEST]].concat();
        for values in [
            &[&b"Bearer t"[..], b"Bearer t"][..],
            &[b"Bearer "],
            &[b"Bearer"],
            &[b"Bearer \xff"],
            &[&long],
        ] {
            let headers = headers(values);
            let refused = bearer(&headers);
            assert!(
                matches!(refused, Err(AuthFailure::Refused(_))),
                "{values:?}"
            );
        }
    }
}
