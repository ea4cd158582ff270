//! Which route a path names. Upstream 1.75.0 matches by suffix: `/base/any/thing/info` is `/base/info`.

use http::Method;
use percent_encoding::percent_decode_str;

use super::Reply;

/// A route of the face; ids are decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    Info,
    Run {
        agent: String,
    },
    Suggest {
        agent: String,
    },
    Connect {
        agent: String,
    },
    Stop {
        agent: String,
        thread: String,
    },
    Transcribe,
    DebugEvents,
    Threads,
    ClearThreads,
    SubscribeToThreads,
    Thread {
        thread: String,
    },
    ArchiveThread {
        thread: String,
    },
    ThreadMessages {
        thread: String,
    },
    ThreadEvents {
        thread: String,
    },
    ThreadState {
        thread: String,
    },
    /// Only the paid platform has any.
    Memories,
    Annotate,
    InspectorMetadata,
    InspectorLearning,
}

impl Route {
    /// The route of this path, which is still percent-encoded.
    pub(crate) fn of(path: &str) -> Option<Self> {
        let mut segments = path.split('/').filter(|segment| !segment.is_empty()).rev();
        let last = segments.next()?;
        let before: [Option<&str>; 3] = [segments.next(), segments.next(), segments.next()];
        let route = match (before, last) {
            (_, "info") => Self::Info,
            (_, "inspector-metadata") => Self::InspectorMetadata,
            (_, "inspector-learning") => Self::InspectorLearning,
            (_, "transcribe") => Self::Transcribe,
            (_, "cpk-debug-events") => Self::DebugEvents,
            ([Some(agent), Some("agent"), _], "run") => Self::Run { agent: id(agent)? },
            ([Some(agent), Some("agent"), _], "suggest") => Self::Suggest { agent: id(agent)? },
            ([Some(agent), Some("agent"), _], "connect") => Self::Connect { agent: id(agent)? },
            ([Some("stop"), Some(agent), Some("agent")], thread) => Self::Stop {
                agent: id(agent)?,
                thread: id(thread)?,
            },
            ([Some("threads"), ..], "subscribe") => Self::SubscribeToThreads,
            ([Some(thread), Some("threads"), _], "messages") => Self::ThreadMessages {
                thread: id(thread)?,
            },
            ([Some(thread), Some("threads"), _], "events") => Self::ThreadEvents {
                thread: id(thread)?,
            },
            ([Some(thread), Some("threads"), _], "state") => Self::ThreadState {
                thread: id(thread)?,
            },
            ([Some(thread), Some("threads"), _], "archive") => Self::ArchiveThread {
                thread: id(thread)?,
            },
            ([Some("threads"), ..], "clear") => Self::ClearThreads,
            ([Some("threads"), ..], thread) => Self::Thread {
                thread: id(thread)?,
            },
            (_, "threads") => Self::Threads,
            ([Some("memories"), ..], _) | (_, "memories") => Self::Memories,
            (_, "annotate") => Self::Annotate,
            _ => return None,
        };
        Some(route)
    }

    /// The route as the reference writes it.
    pub(crate) fn pattern(&self) -> &'static str {
        match self {
            Self::Info => "/info",
            Self::Run { .. } => "/agent/{agent}/run",
            Self::Suggest { .. } => "/agent/{agent}/suggest",
            Self::Connect { .. } => "/agent/{agent}/connect",
            Self::Stop { .. } => "/agent/{agent}/stop/{thread}",
            Self::Transcribe => "/transcribe",
            Self::DebugEvents => "/cpk-debug-events",
            Self::Threads => "/threads",
            Self::ClearThreads => "/threads/clear",
            Self::SubscribeToThreads => "/threads/subscribe",
            Self::Thread { .. } => "/threads/{thread}",
            Self::ArchiveThread { .. } => "/threads/{thread}/archive",
            Self::ThreadMessages { .. } => "/threads/{thread}/messages",
            Self::ThreadEvents { .. } => "/threads/{thread}/events",
            Self::ThreadState { .. } => "/threads/{thread}/state",
            Self::Memories => "/memories",
            Self::Annotate => "/annotate",
            Self::InspectorMetadata => "/inspector-metadata",
            Self::InspectorLearning => "/inspector-learning",
        }
    }

    /// The answer to a method that the route does not take.
    pub(crate) fn refusal(&self, method: &Method) -> Option<Reply> {
        let allowed = match self {
            // Not there for any method.
            Self::Memories => return Some(Reply::not_found()),
            Self::Info
            | Self::InspectorMetadata
            | Self::InspectorLearning
            | Self::DebugEvents
            | Self::Threads
            | Self::ThreadMessages { .. }
            | Self::ThreadEvents { .. }
            | Self::ThreadState { .. } => "GET",
            Self::Thread { .. } => "PATCH, DELETE",
            Self::Run { .. }
            | Self::Suggest { .. }
            | Self::Connect { .. }
            | Self::Stop { .. }
            | Self::Transcribe
            | Self::ClearThreads
            | Self::SubscribeToThreads
            | Self::ArchiveThread { .. }
            | Self::Annotate => "POST",
        };
        let taken = allowed.split(", ").any(|it| it == method.as_str());
        (!taken).then(|| Reply::method_not_allowed(allowed))
    }

    /// Whether an envelope may ask for it as a resource: not for what has a method of its own there.
    pub(super) fn is_resource(&self) -> bool {
        match self {
            Self::Threads
            | Self::ClearThreads
            | Self::SubscribeToThreads
            | Self::Thread { .. }
            | Self::ArchiveThread { .. }
            | Self::ThreadMessages { .. }
            | Self::ThreadEvents { .. }
            | Self::ThreadState { .. }
            | Self::Memories
            | Self::Annotate => true,
            Self::Info
            | Self::Run { .. }
            | Self::Suggest { .. }
            | Self::Connect { .. }
            | Self::Stop { .. }
            | Self::Transcribe
            | Self::DebugEvents
            | Self::InspectorMetadata
            | Self::InspectorLearning => false,
        }
    }
}

/// A segment decoded; `None` if it is not well encoded.
fn id(segment: &str) -> Option<String> {
    let well_encoded = segment.split('%').skip(1).all(|after| {
        let digits = after.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    let decoded = percent_decode_str(segment).decode_utf8();
    decoded
        .ok()
        .filter(|_| well_encoded)
        .map(|id| id.into_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn thread(id: &str) -> String {
        id.to_owned()
    }

    #[test]
    fn a_route_is_told_by_the_end_of_its_path() {
        for path in ["/info", "/info/", "info", "//foo//bar/info"] {
            assert_eq!(Route::of(path), Some(Route::Info), "{path}");
        }
        let run = Route::Run {
            agent: "info".to_owned(),
        };
        assert_eq!(Route::of("/x/agent/info/run"), Some(run));
        let clear = Route::of("/threads/clear");
        assert_eq!(clear, Some(Route::ClearThreads));
        for path in ["", "/", "/agent/x", "/agent/run", "/infos", "/x/stop/t"] {
            assert_eq!(Route::of(path), None, "{path}");
        }
    }

    #[test]
    fn ids_are_decoded_after_the_path_is_taken_apart() {
        let stop = Route::of("/agent/a%2Fb/stop/%F0%9F%A6%80%20t").unwrap();
        let expected = Route::Stop {
            agent: "a/b".to_owned(),
            thread: thread("🦀 t"),
        };
        assert_eq!(stop, expected);
        let long = "x".repeat(10_000);
        let expected = Route::Thread {
            thread: long.clone(),
        };
        assert_eq!(Route::of(&format!("/threads/{long}")), Some(expected));
        // Words of the routes are no ids where they stand for themselves.
        let messages = Route::ThreadMessages {
            thread: thread("messages"),
        };
        assert_eq!(Route::of("/threads/messages/messages"), Some(messages));
    }

    #[test]
    fn a_bad_escape_names_nothing() {
        for id in ["%", "%2", "%zz", "%ff", "%+1", "a%"] {
            assert_eq!(Route::of(&format!("/agent/{id}/run")), None, "{id}");
            assert_eq!(Route::of(&format!("/threads/{id}/state")), None, "{id}");
        }
    }

    #[test]
    fn a_method_that_is_not_taken_is_told_which_are() {
        let allow = |path: &str, method: Method| {
            let refusal = Route::of(path).unwrap().refusal(&method)?;
            let (_, allow) = refusal.headers.into_iter().next_back()?;
            Some((refusal.status.as_u16(), allow.to_str().unwrap().to_owned()))
        };
        let refused = |allow: &str| Some((405, allow.to_owned()));
        assert_eq!(allow("/info", Method::GET), None);
        assert_eq!(allow("/info", Method::HEAD), refused("GET"));
        assert_eq!(allow("/threads", Method::POST), refused("GET"));
        assert_eq!(allow("/threads/t", Method::GET), refused("PATCH, DELETE"));
        assert_eq!(allow("/threads/t", Method::DELETE), None);
        assert_eq!(allow("/agent/a/run", Method::PUT), refused("POST"));
        let memories = Route::of("/memories/recall")
            .unwrap()
            .refusal(&Method::POST);
        assert_eq!(memories.unwrap().status.as_u16(), 404);
    }
}
