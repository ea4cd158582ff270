//! What the page asks that the AG-UI face does not have: who is asking and of what server, the runs that go on, owners, and
//! the configuration.

use std::sync::LazyLock;
use std::time::Instant;

use http::{HeaderValue, Method, StatusCode};
use poem::{Request, Response};
use serde::Serialize;
use serde_json::json;

use super::site;
use crate::principal::Principal;
use crate::reply::Reply;
use crate::runtime::ActiveRun;
use crate::server::app::Shared;
use crate::server::respond;
use crate::store::{Owner, StoreError};

/// More runs than a person looks through.
const RUNS: usize = 200;
/// How many threads are looked at for the names of owners, and how many at once.
const KEYS: (usize, usize) = (10_000, 1_000);

/// Since when the process serves, however often its endpoint is made anew.
static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Who asks for something of the console.
pub(super) struct Visitor {
    pub(super) principal: Principal,
    pub(super) admin: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    owner: &'a str,
    thread_id: &'a str,
    run_id: &'a str,
    agent_id: &'a str,
    started_at_ms: i64,
    /// How many runs wait for its end.
    waiting: usize,
}

impl<'a> From<&'a ActiveRun> for Listed<'a> {
    fn from(ActiveRun { run, waiting }: &'a ActiveRun) -> Self {
        Self {
            owner: run.thread.owner.as_str(),
            thread_id: &run.thread.id,
            run_id: &run.id,
            agent_id: &run.agent,
            started_at_ms: run.started_at_ms,
            waiting: *waiting,
        }
    }
}

/// Begins to count how long the server is up, if nobody has.
pub(in crate::server) fn begin() {
    LazyLock::force(&STARTED);
}

impl Shared {
    pub(super) async fn console_api(&self, request: Request, path: &str) -> Response {
        if !site::is_own(&request) {
            return sealed(respond(foreign()));
        }
        let principal = self.principal(&request);
        let visitor = Visitor {
            admin: site::is_admin(&request, &principal),
            principal,
        };
        let reply = match path {
            "session" | "runs" | "owners" | "configuration" if *request.method() != Method::GET => {
                Reply::method_not_allowed("GET")
            }
            "session" => self.session(&visitor),
            "runs" => self.runs(&visitor),
            "owners" | "configuration" if !visitor.admin => for_admins(),
            "owners" => match self.owners().await {
                Ok(owners) => Reply::ok(&json!({ "owners": owners })),
                Err(error) => Reply::store_failed(&error),
            },
            "configuration" => self.configuration(),
            _ => return sealed(self.face_as(request, path, &visitor).await),
        };
        sealed(respond(reply))
    }

    fn session(&self, visitor: &Visitor) -> Reply {
        let store = self.options.console.as_ref().map(|it| it.store.as_str());
        Reply::ok(&json!({
            "owner": visitor.principal.owner,
            "admin": visitor.admin,
            "server": {
                "version": env!("CARGO_PKG_VERSION"),
                "store": store,
                "uptimeSeconds": STARTED.elapsed().as_secs(),
                "graphiql": self.has_graphiql(),
                "metrics": self.options.metrics,
            },
        }))
    }

    /// The runs of this server that who asks may see, oldest first.
    fn runs(&self, visitor: &Visitor) -> Reply {
        let owner = (!visitor.admin).then_some(&visitor.principal.owner);
        let runs = self.runtime.active_runs(owner);
        let listed: Vec<_> = runs.iter().take(RUNS).map(Listed::from).collect();
        Reply::ok(&json!({"runs": listed, "total": runs.len()}))
    }

    /// Who has threads, as far as a look at some of them tells.
    async fn owners(&self) -> Result<Vec<Owner>, StoreError> {
        let (most, at_once) = KEYS;
        let mut owners = std::collections::BTreeSet::new();
        let mut after = None;
        for _ in 0..most / at_once {
            let keys = self
                .runtime
                .store()
                .all_keys(after.as_ref(), at_once)
                .await?;
            owners.extend(keys.iter().map(|key| key.owner.as_str().to_owned()));
            let whole = keys.len() == at_once;
            after = keys.into_iter().next_back();
            if !whole {
                break;
            }
        }
        Ok(owners.into_iter().map(Owner::new).collect())
    }

    fn configuration(&self) -> Reply {
        let console = self.options.console.as_ref();
        let text = console.map(|it| it.configuration.as_str());
        Reply::ok(&json!({ "toml": text }))
    }
}

/// Nobody keeps it, takes it for something else, or shows it in a page of another origin.
fn sealed(mut response: Response) -> Response {
    for (name, value) in [
        ("cache-control", "no-store, private"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        let value = HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    response
}

fn foreign() -> Reply {
    Reply::explained(
        StatusCode::FORBIDDEN,
        "origin_not_allowed",
        "The console's data is for its own page. Ask it from the server's own origin, or without an `Origin` header.",
    )
}

/// What only admins see, in the same words for whoever else asks.
pub(super) fn for_admins() -> Reply {
    Reply::explained(
        StatusCode::FORBIDDEN,
        "admins_only",
        "Only admins see this. Sign in with a key or a token that has the admin role.",
    )
}
