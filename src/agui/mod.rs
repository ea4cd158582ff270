//! The AG-UI face: what CopilotKit's clients from 1.50 on call, over REST routes or in one envelope (upstream 1.75.0).
//!
//! Nothing in here knows a web framework: [`Face::answer`] takes an [`Asked`] and gives a [`Reply`].

mod debug;
mod dialect;
mod envelope;
mod info;
mod input;
pub(crate) mod reference;
mod reply;
mod route;
mod runs;
mod sse;
mod thread_events;
mod threads;
mod transcribe;

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};

use crate::agents::Asker;
use crate::principal::Principal;
use crate::reply::{Body, Reply};
use crate::runtime::Runtime;
use crate::runtime::gate::RunGate;
use crate::store::ThreadKey;

pub(crate) use envelope::Envelope;
pub(crate) use input::Most;
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
    pub(crate) principal: Principal,
    /// Those headers of the request that reach agents.
    pub(crate) headers: HeaderMap,
    /// Lets runs in.
    pub(crate) gate: RunGate,
    /// Whether it came in an envelope.
    pub(crate) enveloped: bool,
}

impl Asked {
    /// The asking owner's thread of this id.
    fn thread(&self, id: &str) -> ThreadKey {
        ThreadKey {
            owner: self.principal.owner.clone(),
            id: id.to_owned(),
        }
    }
}

/// What the face needs to know besides the runtime.
#[derive(Debug, Clone)]
pub(crate) struct FaceOptions {
    /// How long a stream may be silent before a comment says that it is still there; `None` never says so.
    pub(crate) keep_alive: Option<Duration>,
    /// How much the input of a run may carry.
    pub(crate) most: Most,
    /// Whether developers may watch all events of their own runs.
    pub(crate) debug_events: bool,
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

    /// Who asks, for agents that are not there for everybody.
    fn asker<'a>(&'a self, asked: &'a Asked) -> Asker<'a> {
        Asker {
            principal: &asked.principal,
            properties: &self.runtime.parts().properties,
            headers: &asked.headers,
            frontend_url: None,
        }
    }

    /// Answers a request whose route takes its method; see [`Route::refusal`].
    pub(crate) async fn answer(&self, asked: Asked) -> Reply {
        match &asked.route {
            Route::Info => self.info(&asked).await,
            Route::Run { agent } => self.run(&asked, agent).await,
            Route::Suggest { agent } => self.suggest(&asked, agent).await,
            Route::Connect { agent } => self.connect(&asked, agent).await,
            Route::Stop { agent, thread } => self.stop(&asked, agent, thread).await,
            Route::Transcribe => self.transcribe(&asked).await,
            Route::DebugEvents => self.debug_events(&asked),
            Route::Threads => self.threads(&asked).await,
            Route::ClearThreads => self.clear_threads(&asked).await,
            Route::Thread { thread } => self.thread(&asked, thread).await,
            Route::ArchiveThread { thread } => self.archive_thread(&asked, thread).await,
            Route::ThreadMessages { thread } => self.thread_messages(&asked, thread).await,
            Route::ThreadEvents { thread } => self.thread_events(&asked, thread).await,
            Route::ThreadState { thread } => self.thread_state(&asked, thread).await,
            Route::SubscribeToThreads => not_paid("Thread operations require"),
            Route::Annotate => not_paid("annotate requires"),
            Route::InspectorMetadata => Reply::empty(StatusCode::NO_CONTENT).not_to_be_kept(),
            Route::InspectorLearning => Reply::not_found().not_to_be_kept(),
            Route::Memories => Reply::not_found(),
        }
    }
}

/// What only upstream's paid platform does, in its words.
fn not_paid(what: &str) -> Reply {
    let message = format!(
        "Missing CopilotKitIntelligence configuration. {what} a CopilotKitIntelligence instance to be provided in CopilotRuntime options."
    );
    Reply::error(StatusCode::UNPROCESSABLE_ENTITY, &message)
}
