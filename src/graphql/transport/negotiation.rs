//! Which transport a client gets, as graphql-yoga 5 chooses.
//!
//! A plain answer goes as JSON if the client takes any, and otherwise as the stream it takes. An incremental one goes as
//! multipart if the client takes it, and as SSE only if that is all it takes. Among the JSON types the client's order
//! decides; a wildcard means `application/json`.

/// What is offered for a plain answer, in the words of upstream's 406.
pub(super) const PLAIN: &str = "text/event-stream; charset=utf-8, multipart/mixed; charset=utf-8, application/graphql-response+json; charset=utf-8, application/json";
/// The same for an incremental answer.
pub(super) const INCREMENTAL: &str = "text/event-stream; charset=utf-8, multipart/mixed";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MediaType {
    EventStream,
    Multipart,
    GraphQlResponse,
    Json,
}

impl MediaType {
    fn name(self) -> &'static str {
        match self {
            Self::EventStream => "text/event-stream",
            Self::Multipart => "multipart/mixed",
            Self::GraphQlResponse => "application/graphql-response+json",
            Self::Json => "application/json",
        }
    }

    fn matches(self, asked: &str) -> bool {
        let Some((kind, subtype)) = self.name().split_once('/') else {
            return false;
        };
        match asked.split_once('/') {
            Some((asked_kind, asked_subtype)) => {
                (asked_kind == "*" || asked_kind == kind)
                    && (asked_subtype == "*" || asked_subtype == subtype)
            }
            None => asked == "*",
        }
    }
}

/// A request's `Accept` header.
#[derive(Debug, Clone)]
pub(crate) struct Accept(Vec<String>);

impl Accept {
    pub(crate) fn new(header: Option<&str>) -> Self {
        let header = header.filter(|header| !header.trim().is_empty());
        let types = header.unwrap_or("*/*").to_ascii_lowercase();
        Self(
            types
                .split(',')
                .filter_map(|part| part.split(';').next())
                .map(|part| part.trim().to_owned())
                .filter(|part| !part.is_empty())
                .collect(),
        )
    }

    /// Whether the client asks for a page rather than for data.
    pub(crate) fn html(&self) -> bool {
        self.0.iter().any(|asked| asked == "text/html")
    }

    pub(super) fn plain(&self) -> Option<MediaType> {
        self.json().or_else(|| self.incremental())
    }

    pub(super) fn incremental(&self) -> Option<MediaType> {
        [MediaType::Multipart, MediaType::EventStream]
            .into_iter()
            .find(|media| self.0.iter().any(|asked| media.matches(asked)))
    }

    /// Whether the client can take an answer in parts.
    pub(crate) fn takes_incremental(&self) -> bool {
        self.incremental().is_some()
    }

    fn json(&self) -> Option<MediaType> {
        self.0.iter().find_map(|asked| {
            [MediaType::Json, MediaType::GraphQlResponse]
                .into_iter()
                .find(|media| media.matches(asked))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upstream_s_client_gets_its_first_choice() {
        let accept = Accept::new(Some(
            "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed",
        ));
        assert_eq!(accept.plain(), Some(MediaType::GraphQlResponse));
        assert_eq!(accept.incremental(), Some(MediaType::Multipart));
    }

    #[test]
    fn a_wildcard_means_json_and_multipart() {
        for header in [None, Some(""), Some("*/*"), Some("*/*;q=0.8")] {
            let accept = Accept::new(header);
            assert_eq!(accept.plain(), Some(MediaType::Json));
            assert_eq!(accept.incremental(), Some(MediaType::Multipart));
        }
    }

    #[test]
    fn sse_only_as_the_sole_match() {
        assert_eq!(
            Accept::new(Some("text/event-stream")).incremental(),
            Some(MediaType::EventStream)
        );
        assert_eq!(
            Accept::new(Some("text/event-stream, multipart/mixed")).incremental(),
            Some(MediaType::Multipart)
        );
        assert_eq!(Accept::new(Some("application/json")).incremental(), None);
        assert_eq!(Accept::new(Some("text/html")).plain(), None);
    }
}
