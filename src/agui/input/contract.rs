//! What upstream's AG-UI (0.0.59) demands of a `RunAgentInput`: the description from which its complaints are made; and what
//! AG-UI 1.0 allows besides.

use super::shape::Shape::{
    self, Any, Binary, List, Literal, Map, Object, Tagged, Text, TextOr, Widened,
};
use super::shape::{Field, optional, required, required_once};

pub(super) const RUN_AGENT_INPUT: Shape = Object(&[
    required("threadId", Text),
    required("runId", Text),
    optional("parentRunId", Text),
    optional("state", Any),
    required("messages", List(&MESSAGE)),
    required_once("tools", List(&TOOL)),
    required_once("context", List(&CONTEXT)),
    optional("forwardedProps", Any),
    optional("resume", List(&RESUME_ENTRY)),
]);

const MESSAGE: Shape = Tagged {
    tag: "role",
    choices: &[
        ("developer", Object(TEXT_MESSAGE)),
        ("system", Object(TEXT_MESSAGE)),
        ("assistant", Object(ASSISTANT_MESSAGE)),
        ("user", Object(USER_MESSAGE)),
        ("tool", Object(TOOL_MESSAGE)),
        ("activity", Object(ACTIVITY_MESSAGE)),
        ("reasoning", Object(REASONING_MESSAGE)),
    ],
};

const ID: Field = required("id", Text);
const NAME: Field = optional("name", Text);
const ENCRYPTED: Field = optional("encryptedValue", Text);
const SUBAGENT: Field = optional("subagentRunId", Text);
const METADATA: Field = optional("metadata", Map);

const TEXT_MESSAGE: &[Field] = &[
    ID,
    required("content", Text),
    NAME,
    ENCRYPTED,
    SUBAGENT,
    METADATA,
];
const ASSISTANT_MESSAGE: &[Field] = &[
    ID,
    optional("content", Text),
    NAME,
    ENCRYPTED,
    SUBAGENT,
    METADATA,
    optional("toolCalls", List(&TOOL_CALL)),
];
const USER_MESSAGE: &[Field] = &[
    ID,
    required("content", TextOr(&List(&CONTENT_PART))),
    NAME,
    ENCRYPTED,
    SUBAGENT,
    METADATA,
];
const TOOL_MESSAGE: &[Field] = &[
    ID,
    required(
        "content",
        Widened {
            old: &Text,
            new: &TextOr(&List(&CONTENT_PART)),
        },
    ),
    required("toolCallId", Text),
    optional("error", Text),
    ENCRYPTED,
    SUBAGENT,
    METADATA,
];
const ACTIVITY_MESSAGE: &[Field] = &[
    ID,
    required("activityType", Text),
    required("content", Map),
    SUBAGENT,
    METADATA,
];
const REASONING_MESSAGE: &[Field] = &[ID, required("content", Text), ENCRYPTED, SUBAGENT, METADATA];

const TOOL_CALL: Shape = Object(&[
    ID,
    required("type", Literal("function")),
    required(
        "function",
        Object(&[required("name", Text), required("arguments", Text)]),
    ),
    ENCRYPTED,
    METADATA,
]);

const CONTENT_PART: Shape = Tagged {
    tag: "type",
    choices: &[
        ("text", Object(&[required("text", Text)])),
        ("image", MEDIA),
        ("audio", MEDIA),
        ("video", MEDIA),
        ("document", MEDIA),
        ("binary", Binary(BINARY)),
    ],
};

/// AG-UI's older form of all media.
const BINARY: &[Field] = &[
    required("mimeType", Text),
    optional("id", Text),
    optional("url", Text),
    optional("data", Text),
    optional("filename", Text),
];

const MEDIA: Shape = Object(&[required("source", SOURCE), optional("metadata", Any)]);

const SOURCE: Shape = Widened {
    old: &Tagged {
        tag: "type",
        choices: &[DATA, URL],
    },
    new: &Tagged {
        tag: "type",
        choices: &[DATA, URL, FILE],
    },
};

const DATA: (&str, Shape) = (
    "data",
    Object(&[required("value", Text), required("mimeType", Text)]),
);
const URL: (&str, Shape) = (
    "url",
    Object(&[required("value", Text), optional("mimeType", Text)]),
);
/// What a provider keeps under this id.
const FILE: (&str, Shape) = (
    "file",
    Object(&[
        required("value", Text),
        optional("provider", Text),
        optional("mimeType", Text),
    ]),
);

const TOOL: Shape = Object(&[
    required("name", Text),
    required("description", Text),
    optional("parameters", Any),
    METADATA,
]);

const CONTEXT: Shape = Object(&[required("description", Text), required("value", Text)]);

const RESUME_ENTRY: Shape = Object(&[
    required("interruptId", Text),
    required("status", Shape::Word(&["resolved", "cancelled"])),
    optional("payload", Any),
    METADATA,
]);
