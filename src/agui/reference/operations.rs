//! The table of the routes.

use http::Method;
use poem_openapi::registry::MetaParamIn;

/// One method of one route.
pub(super) struct Operation {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) tag: &'static str,
    pub(super) summary: &'static str,
    /// Empty if the summary says it all.
    pub(super) description: &'static str,
    pub(super) params: &'static [Param],
    pub(super) body: Option<Body>,
    pub(super) answers: &'static [Answer],
}

pub(super) struct Param {
    pub(super) name: &'static str,
    pub(super) place: MetaParamIn,
    pub(super) description: &'static str,
    /// What the page fills in; empty for nothing.
    pub(super) example: &'static str,
}

pub(super) struct Body {
    /// Media types, and the names of their schemas.
    pub(super) content: &'static [(&'static str, &'static str)],
    /// JSON that the page fills in; it works as it is with the demo agent.
    pub(super) example: &'static str,
    pub(super) required: bool,
}

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) description: &'static str,
    /// Media type, and the name of its schema.
    pub(super) content: Option<(&'static str, &'static str)>,
}

pub(super) const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";

const AGENTS: &str = "Agents";
const THREADS: &str = "Threads";
const SERVER: &str = "Server";
const PLATFORM: &str = "Of upstream's paid platform";

const AGENT: Param = Param {
    name: "agentId",
    place: MetaParamIn::Path,
    description: "The agent's name in the configuration",
    example: "default",
};
const THREAD: Param = Param {
    name: "threadId",
    place: MetaParamIn::Path,
    description: "The thread; slashes and the like percent-encoded",
    example: "docs",
};

const fn query(name: &'static str, description: &'static str) -> Param {
    Param {
        name,
        place: MetaParamIn::Query,
        description,
        example: "",
    }
}

const fn json(schema: &'static str, status: u16, description: &'static str) -> Answer {
    Answer {
        status,
        description,
        content: Some((JSON, schema)),
    }
}

const fn empty(status: u16, description: &'static str) -> Answer {
    Answer {
        status,
        description,
        content: None,
    }
}

const RUN_EVENTS: Answer = Answer {
    status: 200,
    description: "AG-UI events, one in each `data:` line; an agent's failure is the event RUN_ERROR",
    content: Some((EVENTS, "Event")),
};
const NO_AGENT: Answer = json("Error", 404, "No such agent");
const NO_THREAD: Answer = json("Error", 404, "No such thread");
const BAD_INPUT: Answer = json("Error", 400, "The body is no RunAgentInput");
const TOO_LARGE: Answer = json(
    "Error",
    413,
    "More messages or bytes than this server takes",
);
const STORE_FAILED: Answer = json("Error", 500, "The thread store failed");
const NOT_PAID: Answer = json("Error", 422, "Always, in upstream's words");

const fn input(example: &'static str) -> Option<Body> {
    Some(Body {
        content: &[(JSON, "RunAgentInput")],
        example,
        required: true,
    })
}

const HELLO: &str = r#"{"threadId": "docs", "runId": "run-1", "messages": [{"id": "message-1", "role": "user", "content": "Hello"}], "tools": [], "context": []}"#;
const BACK: &str = r#"{"threadId": "docs", "runId": "connect-1", "messages": []}"#;

pub(super) static OPERATIONS: &[Operation] = &[
    Operation {
        method: Method::GET,
        path: "/info",
        tag: SERVER,
        summary: "Which agents there are, and what this server can do",
        description: "",
        params: &[],
        body: None,
        answers: &[json("Info", 200, "What clients ask first")],
    },
    Operation {
        method: Method::POST,
        path: "/agent/{agentId}/run",
        tag: AGENTS,
        summary: "Run an agent",
        description: "Streams the run. A client that goes away does not end it: stop it, or connect to it again.",
        params: &[AGENT],
        body: input(HELLO),
        answers: &[
            RUN_EVENTS,
            BAD_INPUT,
            NO_AGENT,
            json("Error", 409, "The thread has an active run"),
            TOO_LARGE,
        ],
    },
    Operation {
        method: Method::POST,
        path: "/agent/{agentId}/connect",
        tag: AGENTS,
        summary: "Come back to a thread",
        description: "Streams what was said on the thread, then follows its active run. A thread that is not there is empty.",
        params: &[AGENT],
        body: input(BACK),
        answers: &[RUN_EVENTS, BAD_INPUT, NO_AGENT, TOO_LARGE, STORE_FAILED],
    },
    Operation {
        method: Method::POST,
        path: "/agent/{agentId}/stop/{threadId}",
        tag: AGENTS,
        summary: "Stop a thread's run",
        description: "Its stream ends with RUN_ERROR, code `abort`.",
        params: &[AGENT, THREAD],
        body: Some(Body {
            content: &[(JSON, "StopRequest")],
            example: "{}",
            required: false,
        }),
        answers: &[
            json("Stopped", 200, "Whether there was a run to stop"),
            json("Error", 400, "The body is no stop request"),
            NO_AGENT,
        ],
    },
    Operation {
        method: Method::POST,
        path: "/agent/{agentId}/suggest",
        tag: AGENTS,
        summary: "Run an agent for suggestions",
        description: "As a run, but nothing of it is kept, and it ends with its client.",
        params: &[AGENT],
        body: input(HELLO),
        answers: &[RUN_EVENTS, BAD_INPUT, NO_AGENT, TOO_LARGE],
    },
    Operation {
        method: Method::POST,
        path: "/transcribe",
        tag: AGENTS,
        summary: "Turn a recording into text",
        description: "Needs `[transcription]` in the configuration.",
        params: &[],
        body: Some(Body {
            content: &[
                (JSON, "Recording"),
                ("multipart/form-data", "RecordingForm"),
            ],
            example: r#"{"audio": "aGVsbG8=", "mimeType": "audio/webm"}"#,
            required: true,
        }),
        answers: &[
            json("Transcript", 200, "The text"),
            json(
                "TranscriptionError",
                400,
                "No recording, or one that cannot be used",
            ),
            json(
                "TranscriptionError",
                401,
                "The provider does not take the server's key",
            ),
            json(
                "TranscriptionError",
                429,
                "The provider was asked too often",
            ),
            json("TranscriptionError", 500, "The provider failed"),
            json("TranscriptionError", 502, "The provider was not reached"),
            json(
                "TranscriptionError",
                503,
                "Nobody is configured to transcribe",
            ),
        ],
    },
    Operation {
        method: Method::GET,
        path: "/threads",
        tag: THREADS,
        summary: "List threads, the one that changed last first",
        description: "",
        params: &[
            query("agentId", "Only threads whose last run was this agent's"),
            query("includeArchived", "`true` lists archived ones too"),
            query(
                "limit",
                "How many to a page: 100 unless given, 1,000 at most",
            ),
            query("cursor", "The `nextCursor` of the page before"),
        ],
        body: None,
        answers: &[
            json("ThreadPage", 200, "A page of threads"),
            json("Error", 400, "The limit or the cursor is none"),
            STORE_FAILED,
        ],
    },
    Operation {
        method: Method::PATCH,
        path: "/threads/{threadId}",
        tag: THREADS,
        summary: "Rename a thread, put it away or take it out again",
        description: "",
        params: &[THREAD],
        body: Some(Body {
            content: &[(JSON, "ThreadChange")],
            example: r#"{"name": "From the reference"}"#,
            required: true,
        }),
        answers: &[
            json("Thread", 200, "The thread as it is now"),
            json("Error", 400, "Nothing to change"),
            NO_THREAD,
            STORE_FAILED,
        ],
    },
    Operation {
        method: Method::DELETE,
        path: "/threads/{threadId}",
        tag: THREADS,
        summary: "Delete a thread; its run is stopped first",
        description: "",
        params: &[THREAD],
        body: None,
        answers: &[
            json("ThreadDone", 200, "It is gone"),
            NO_THREAD,
            STORE_FAILED,
        ],
    },
    Operation {
        method: Method::POST,
        path: "/threads/{threadId}/archive",
        tag: THREADS,
        summary: "Put a thread away",
        description: "",
        params: &[THREAD],
        body: None,
        answers: &[
            json("ThreadDone", 200, "It is put away"),
            NO_THREAD,
            STORE_FAILED,
        ],
    },
    Operation {
        method: Method::GET,
        path: "/threads/{threadId}/messages",
        tag: THREADS,
        summary: "A thread's messages",
        description: "A thread that is not there has none.",
        params: &[THREAD],
        body: None,
        answers: &[json("ThreadMessages", 200, "In order"), STORE_FAILED],
    },
    Operation {
        method: Method::GET,
        path: "/threads/{threadId}/events",
        tag: THREADS,
        summary: "A thread's events, compacted",
        description: "",
        params: &[THREAD],
        body: None,
        answers: &[json("ThreadEvents", 200, "Of all its runs"), STORE_FAILED],
    },
    Operation {
        method: Method::GET,
        path: "/threads/{threadId}/state",
        tag: THREADS,
        summary: "The state that the thread's agent left",
        description: "",
        params: &[THREAD],
        body: None,
        answers: &[json("ThreadState", 200, "The state, or null"), STORE_FAILED],
    },
    Operation {
        method: Method::POST,
        path: "/threads/clear",
        tag: THREADS,
        summary: "Delete all your threads",
        description: "",
        params: &[],
        body: None,
        answers: &[empty(204, "They are gone"), STORE_FAILED],
    },
    Operation {
        method: Method::POST,
        path: "/",
        tag: SERVER,
        summary: "Any of these in an envelope; or GraphQL",
        description: "A body with `method` is an envelope, one with `query` a GraphQL request.",
        params: &[],
        body: Some(Body {
            content: &[(JSON, "Envelope")],
            example: r#"{"method": "info"}"#,
            required: true,
        }),
        answers: &[
            json("Info", 200, "What the route answers; of `info` this"),
            json("Error", 400, "No envelope"),
            json("Error", 415, "No JSON"),
        ],
    },
    Operation {
        method: Method::GET,
        path: "/cpk-debug-events",
        tag: SERVER,
        summary: "All events of your runs as they come",
        description: "Needs `telemetry.debug_events` in the configuration.",
        params: &[],
        body: None,
        answers: &[
            Answer {
                status: 200,
                description: "One event in each `data:` line",
                content: Some((EVENTS, "DebugEvent")),
            },
            Answer {
                status: 404,
                description: "Not switched on",
                content: Some(("text/plain", "Text")),
            },
        ],
    },
    Operation {
        method: Method::GET,
        path: "/inspector-metadata",
        tag: PLATFORM,
        summary: "Nothing",
        description: "",
        params: &[],
        body: None,
        answers: &[empty(204, "Always")],
    },
    Operation {
        method: Method::GET,
        path: "/inspector-learning",
        tag: PLATFORM,
        summary: "Not there",
        description: "",
        params: &[],
        body: None,
        answers: &[json("Error", 404, "Always")],
    },
    Operation {
        method: Method::GET,
        path: "/memories",
        tag: PLATFORM,
        summary: "Not there, nor anything below it",
        description: "",
        params: &[],
        body: None,
        answers: &[json("Error", 404, "Always")],
    },
    Operation {
        method: Method::POST,
        path: "/threads/subscribe",
        tag: PLATFORM,
        summary: "Refused",
        description: "",
        params: &[],
        body: None,
        answers: &[NOT_PAID],
    },
    Operation {
        method: Method::POST,
        path: "/annotate",
        tag: PLATFORM,
        summary: "Refused",
        description: "",
        params: &[],
        body: None,
        answers: &[NOT_PAID],
    },
];
