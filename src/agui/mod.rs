//! The AG-UI face: what CopilotKit's clients from 1.50 on call, over REST routes or in one envelope (upstream 1.75.0).
//!
//! Nothing in here knows a web framework: [`Face::answer`] takes an [`Asked`] and gives a [`Reply`].

mod dialect;
mod envelope;
mod info;
mod input;
mod reply;
mod route;
mod runs;
mod sse;

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};

use crate::runtime::Runtime;
use crate::store::{Owner, ThreadKey};

pub(crate) use envelope::Envelope;
pub(crate) use reply::{Body, Reply};
pub(crate) use route::Route;

/// A request to the face, whichever way it came in.
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) route: Route,
    /// What follows the `?`; empty without one.
    pub(crate) query: String,
    /// Empty without one.
    pub(crate) content_type: String,
    pub(crate) body: Bytes,
    /// Who asks.
    pub(crate) owner: Owner,
    /// Those headers of the request that reach agents.
    pub(crate) headers: HeaderMap,
    /// Whether it came in an envelope.
    pub(crate) enveloped: bool,
}

impl Asked {
    /// The asking owner's thread of this id.
    fn thread(&self, id: &str) -> ThreadKey {
        ThreadKey {
            owner: self.owner.clone(),
            id: id.to_owned(),
        }
    }
}

/// What the face needs to know besides the runtime.
#[derive(Debug, Clone)]
pub(crate) struct FaceOptions {
    /// How long a stream may be silent before a comment says that it is still there; `None` never says so.
    pub(crate) keep_alive: Option<Duration>,
    /// How many messages a request may carry.
    pub(crate) messages: usize,
}

/// The face of one runtime.
pub(crate) struct Face {
    runtime: Runtime,
    options: FaceOptions,
}

impl Face {
    pub(crate) fn new(runtime: Runtime, options: FaceOptions) -> Self {
        Self { runtime, options }
    }

    /// Answers a request whose route takes its method; see [`Route::refusal`].
    pub(crate) async fn answer(&self, asked: Asked) -> Reply {
        match &asked.route {
            Route::Info => self.info(asked.enveloped),
            Route::Run { agent } => self.run(&asked, agent),
            Route::Suggest { agent } => self.suggest(&asked, agent),
            Route::Connect { agent } => self.connect(&asked, agent).await,
            Route::Stop { agent, thread } => self.stop(&asked, agent, thread),
            Route::InspectorMetadata => Reply::empty(StatusCode::NO_CONTENT).not_to_be_kept(),
            Route::InspectorLearning => Reply::not_found().not_to_be_kept(),
            _ => Reply::not_found(),
        }
    }
}
