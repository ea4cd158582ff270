//! What answers the runs of a soak: a model and an agent in one, which does to each run what its prompt says.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::model::{Call, Model};

/// What becomes of a run on the side of its model or agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It says all of its words.
    Whole,
    /// The same, but it thinks for a while first.
    Slow,
    /// The connection breaks after so many words.
    Cut(usize),
    /// The answer is an error.
    Refused,
    /// The answer is nothing that anybody could read.
    Garbage,
    /// Nothing listens there.
    Unreachable,
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => f.write_str("whole"),
            Self::Slow => f.write_str("slow"),
            Self::Cut(words) => write!(f, "cut@{words}"),
            Self::Refused => f.write_str("refused"),
            Self::Garbage => f.write_str("garbage"),
            Self::Unreachable => f.write_str("unreachable"),
        }
    }
}

impl Fate {
    fn read(text: &str) -> Self {
        match text {
            "whole" => Self::Whole,
            "slow" => Self::Slow,
            "refused" => Self::Refused,
            "garbage" => Self::Garbage,
            _ => {
                let words = text.strip_prefix("cut@").expect("a fate");
                Self::Cut(words.parse().expect("a number"))
            }
        }
    }

    /// The same for all of its kind.
    pub fn name(self) -> String {
        let text = self.to_string();
        text.split('@').next().unwrap_or_default().to_owned()
    }

    /// Whether the run is to end well.
    pub fn is_good(self) -> bool {
        matches!(self, Self::Whole | Self::Slow)
    }

    /// How many words are said, of so many that there would be.
    pub fn words(self, words: usize) -> usize {
        match self {
            Self::Whole | Self::Slow => words,
            Self::Cut(at) => at,
            Self::Refused | Self::Garbage | Self::Unreachable => 0,
        }
    }
}

/// The prompt of a run.
pub fn prompt(mark: &str, words: usize, pause: Duration, fate: Fate) -> String {
    format!("{mark} {words} {} {fate}", pause.as_millis())
}

/// What a run says whose prompt has this mark.
pub fn text(mark: &str, words: usize) -> String {
    (0..words).map(|number| word(mark, number)).collect()
}

fn word(mark: &str, number: usize) -> String {
    format!("{mark}:{number} ")
}

/// Starts it.
pub async fn start() -> Model {
    Model::start(answer).await
}

async fn answer(mut call: Call) {
    let prompt: Vec<String> = call.text().split(' ').map(str::to_owned).collect();
    let [mark, words, pause, fate] = &prompt[..] else {
        panic!("no prompt of the soak: {:?}", call.body);
    };
    let (words, pause): (usize, u64) = (words.parse().unwrap(), pause.parse().unwrap());
    let fate = Fate::read(fate);
    match fate {
        Fate::Refused => {
            let error = r#"{"error": {"message": "not today", "type": "server_error"}}"#;
            call.answer("500 Internal Server Error", error).await;
            return;
        }
        Fate::Garbage => {
            call.begin().await;
            call.chunk(b"data: {\"type\": nonsense\n\n").await;
            call.raw(b"0\r\n\r\n").await;
            return;
        }
        Fate::Slow => tokio::time::sleep(Duration::from_millis(1500)).await,
        _ => {}
    }
    let mut voice = Voice::of(&call);
    call.begin().await;
    voice.begin(&mut call).await;
    for number in 0..fate.words(words) {
        if !voice.says(&mut call, &word(mark, number)).await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
    if fate.is_good() {
        voice.end(&mut call).await;
    }
}

/// How it speaks: as a model, or as an agent.
enum Voice {
    Model,
    Agent { ids: Value, message: String },
}

impl Voice {
    fn of(call: &Call) -> Self {
        if call.head.contains("/chat/completions") {
            return Self::Model;
        }
        Self::Agent {
            ids: json!({"threadId": call.body["threadId"], "runId": call.body["runId"]}),
            message: format!("m {}", call.body["runId"]),
        }
    }

    async fn begin(&mut self, call: &mut Call) {
        if let Self::Agent { ids, message } = self {
            let mut started = ids.clone();
            started["type"] = "RUN_STARTED".into();
            event(call, &started).await;
            let begins =
                json!({"type": "TEXT_MESSAGE_START", "messageId": message, "role": "assistant"});
            event(call, &begins).await;
        }
    }

    async fn says(&mut self, call: &mut Call, word: &str) -> bool {
        match self {
            Self::Model => call.token(word).await,
            Self::Agent { message, .. } => {
                let content =
                    json!({"type": "TEXT_MESSAGE_CONTENT", "messageId": message, "delta": word});
                event(call, &content).await
            }
        }
    }

    async fn end(&mut self, call: &mut Call) {
        match self {
            Self::Model => call.end().await,
            Self::Agent { ids, message } => {
                let mut finished = ids.clone();
                finished["type"] = "RUN_FINISHED".into();
                let events = [
                    json!({"type": "TEXT_MESSAGE_END", "messageId": message}),
                    json!({"type": "STATE_SNAPSHOT", "snapshot": {"said": message}}),
                    finished,
                ];
                for it in events {
                    event(call, &it).await;
                }
                call.raw(b"0\r\n\r\n").await;
            }
        }
    }
}

async fn event(call: &mut Call, event: &Value) -> bool {
    call.chunk(format!("data: {event}\n\n").as_bytes()).await
}
