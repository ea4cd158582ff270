//! Files that are in the binary, served below a version of them all: browsers keep them for good and never mix two versions.

use http::{StatusCode, header};
use poem::{Request, Response};
use sha2::{Digest, Sha256};

use super::respond;
use crate::reply::Reply;

/// A page is asked for each time; who has it already is told so.
pub(super) const ASK_AGAIN: &str = "no-cache";
const FOR_GOOD: &str = "public, max-age=31536000, immutable";

pub(super) const CSS: &str = "text/css; charset=utf-8";
pub(super) const JS: &str = "text/javascript; charset=utf-8";
pub(super) const SVG: &str = "image/svg+xml";

/// Name, media type and content.
pub(super) type File = (&'static str, &'static str, &'static str);

/// Some files of one version.
pub(super) struct Files {
    files: &'static [File],
    /// Changes with any of them.
    pub(super) version: String,
}

impl Files {
    pub(super) fn new(files: &'static [File]) -> Self {
        let texts = files.iter().flat_map(|(name, _, content)| [*name, content]);
        Self {
            files,
            version: version(texts),
        }
    }

    /// `version/name`, if it is this version: the page of another one asks for files that are gone.
    pub(super) fn answer(&self, request: &Request, path: &str) -> Response {
        let name = path
            .strip_prefix(self.version.as_str())
            .and_then(|rest| rest.strip_prefix('/'));
        let found = self.files.iter().find(|(known, ..)| Some(*known) == name);
        match found {
            Some((_, kind, content)) => {
                let tag = format!("\"{}\"", self.version);
                kept(request, &tag, FOR_GOOD, kind, (*content).into())
            }
            None => respond(Reply::not_found().not_to_be_kept()),
        }
    }
}

/// What names these texts and no others.
pub(super) fn version<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.len().to_le_bytes());
        hash.update(text);
    }
    let bytes = hash.finalize();
    bytes.iter().take(8).map(|it| format!("{it:02x}")).collect()
}

/// The content, or that whoever asks has it.
pub(super) fn kept(
    request: &Request,
    tag: &str,
    keep: &'static str,
    kind: &'static str,
    content: poem::Body,
) -> Response {
    let known = request.header(header::IF_NONE_MATCH).unwrap_or_default();
    let has_it = known.split(',').any(|it| it.trim() == tag);
    let response = Response::builder()
        .header(header::ETAG, tag)
        .header(header::CACHE_CONTROL, keep)
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header("cross-origin-resource-policy", "same-origin");
    match has_it {
        true => response.status(StatusCode::NOT_MODIFIED).finish(),
        false => response.content_type(kind).body(content),
    }
}
