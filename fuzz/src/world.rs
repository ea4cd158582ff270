//! An endpoint in this process as an application builds it, with agents that say what they are told to. Time passes when nothing
//! else can happen, so that nobody waits.

use std::time::Duration;

use agui_runtime::Runtime;
use agui_runtime::server::HttpOptions;
use agui_runtime::store::Owner;
use futures_util::StreamExt;
use poem::endpoint::BoxEndpoint;
use poem::{Body, Endpoint, EndpointExt, Request, Response};

use crate::choices::Choices;
use crate::script::{Vocabulary, script};
use crate::{Scripted, Steps, typed};

/// After so many requests what is remembered is given up.
const REQUESTS: usize = 2000;
/// Longer than anything waits here that is not stuck.
const FOR_EVER: Duration = Duration::from_secs(24 * 3600);

/// One request.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub accept: String,
    pub content_type: String,
    pub body: Vec<u8>,
}

/// Its answer.
#[derive(Debug)]
pub struct Answered {
    pub status: u16,
    pub content_type: String,
    pub body: Vec<u8>,
    /// Whether the body came to its end.
    pub complete: bool,
}

/// The endpoint, and the runtime that it runs in.
pub struct World {
    clock: tokio::runtime::Runtime,
    place: Place,
    asked: usize,
}

struct Place {
    app: BoxEndpoint<'static, Response>,
    runtime: Runtime,
    agent: Scripted,
}

impl Place {
    async fn new() -> Self {
        let agent = Scripted::default();
        let runtime = Runtime::builder()
            .agent("default", agent.clone())
            .agent("agent", agent.clone())
            .agent("other", agent.clone())
            .build()
            .await
            .expect("it has agents");
        let options = HttpOptions {
            body_bytes: 1 << 20,
            debug_events: false,
            ..HttpOptions::default()
        };
        let app = runtime.endpoint_with(options).expect("the schema fits");
        Self {
            app: app.map_to_response().boxed(),
            runtime,
            agent,
        }
    }
}

impl Default for World {
    fn default() -> Self {
        let clock = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        let place = clock.block_on(Place::new());
        Self {
            clock,
            place,
            asked: 0,
        }
    }
}

impl World {
    /// Somebody nobody has heard of, for whom agents do these steps. Each of them has threads of their own.
    pub fn somebody(&mut self, steps: Steps) -> Owner {
        self.asked += 1;
        if self.asked.is_multiple_of(REQUESTS) {
            let runtime = self.place.runtime.clone();
            self.clock
                .block_on(async move { runtime.shut_down().await });
            self.place = self.clock.block_on(Place::new());
        }
        self.place.agent.set(steps);
        Owner::new(format!("somebody-{}", self.asked))
    }

    /// Asks and reads the whole answer, or so many pieces of it before the client goes away. `None` for what is no request, and
    /// for one that has no body to look at.
    pub fn ask(&mut self, owner: &Owner, asked: Asked, pieces: Option<usize>) -> Option<Answered> {
        let is_head = asked.method == "HEAD";
        let request = Request::builder()
            .method(asked.method.parse().ok()?)
            .uri(asked.path.parse().ok()?)
            .header("accept", header(&asked.accept)?)
            .header("content-type", header(&asked.content_type)?)
            .extension(owner.clone())
            .body(Body::from(asked.body));
        let app = &self.place.app;
        let read = async {
            let response = app.get_response(request).await;
            let content_type = response.content_type().unwrap_or_default().to_owned();
            let status = response.status().as_u16();
            let mut stream = response.into_body().into_bytes_stream();
            let (mut body, mut complete) = (Vec::new(), false);
            for _ in 0..pieces.unwrap_or(usize::MAX) {
                match stream.next().await {
                    Some(piece) => body.extend(piece.expect("bodies do not break off")),
                    None => {
                        complete = true;
                        break;
                    }
                }
            }
            Answered {
                status,
                content_type,
                body,
                complete,
            }
        };
        let answered = self.clock.block_on(async {
            let answered = tokio::time::timeout(FOR_EVER, read).await;
            answered.expect("every answer comes to its end")
        });
        assert!(!is_head || answered.body.is_empty(), "HEAD has no body");
        (!is_head).then_some(answered)
    }

    /// How many agents are still at work when all that can happen has happened.
    pub fn at_work(&mut self) -> usize {
        self.clock
            .block_on(async { tokio::time::sleep(Duration::from_secs(60)).await });
        self.place.agent.at_work()
    }
}

fn header(text: &str) -> Option<poem::http::HeaderValue> {
    text.parse().ok()
}

/// Steps that these choices make, with pauses in between.
pub fn steps(choices: &mut Choices<'_>) -> Steps {
    let events = typed(&script(choices, Vocabulary::Any, 40));
    let mut pause = || match choices.below(4) {
        0 => choices.below(30) as u64,
        _ => 0,
    };
    let events = events.into_iter().map(|event| (pause(), event)).collect();
    Steps {
        events,
        fails: choices.once_in(6),
    }
}
