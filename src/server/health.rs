//! The probes: whether the server lives, whether it can serve, and what it has to do without.
//!
//! An upstream that is down takes nobody out of a load balancer: all nodes would go at once, with all that works.

use std::time::Duration;

use http::{Method, StatusCode, header};
use poem::Response;
use serde::Serialize;
use tokio::time::timeout;

use super::{app, graphql, respond};
use crate::reply::Reply;
use crate::runtime::Runtime;
use crate::store::{Owner, ThreadFilter};
use crate::upstream::UpstreamReport;

/// How long the store may take to say that it is there.
const PATIENCE: Duration = Duration::from_secs(2);

/// Which probe a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Probe {
    /// `/health/live`, and `/health` as upstream has it: whether anybody answers at all.
    Live,
    /// `/health/ready`: whether requests can be served. `/health/startup` is the same.
    Ready,
}

#[derive(Serialize)]
struct Report {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    store: &'static str,
    /// Who is down, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upstreams: Option<Vec<UpstreamReport>>,
}

impl Probe {
    pub(super) fn of(path: &str) -> Option<Self> {
        match path.strip_suffix('/').unwrap_or(path) {
            "/health" | "/health/live" => Some(Self::Live),
            "/health/ready" | "/health/startup" => Some(Self::Ready),
            _ => None,
        }
    }

    /// With `details` it says how the upstreams do, which names agents.
    pub(super) async fn answer(
        self,
        method: &Method,
        runtime: &Runtime,
        details: bool,
    ) -> Response {
        match self {
            Self::Live => graphql::with_version(app::status(StatusCode::OK)),
            Self::Ready if matches!(*method, Method::GET | Method::HEAD) => {
                ready(runtime, details).await
            }
            Self::Ready => respond(Reply::method_not_allowed("GET")),
        }
    }
}

async fn ready(runtime: &Runtime, details: bool) -> Response {
    let works = store_works(runtime).await;
    let reason = if runtime.closing().is_cancelled() {
        Some("the server shuts down")
    } else if !works {
        Some("the store cannot be used; the log says why")
    } else {
        None
    };
    let upstreams = details.then(|| runtime.upstreams());
    let report = Report {
        status: if reason.is_none() {
            "ready"
        } else {
            "not_ready"
        },
        reason,
        store: if works { "ok" } else { "failing" },
        missing: upstreams.as_deref().map(missing),
        upstreams,
    };
    let status = match reason {
        None => StatusCode::OK,
        Some(_) => StatusCode::SERVICE_UNAVAILABLE,
    };
    let body = serde_json::to_vec(&report).unwrap_or_default();
    Response::builder()
        .status(status)
        .content_type("application/json")
        .header(header::CACHE_CONTROL, "no-store")
        .body(body)
}

/// Whether the store answers the smallest question.
async fn store_works(runtime: &Runtime) -> bool {
    let owner = Owner::anonymous();
    let filter = ThreadFilter {
        agent: None,
        archived: false,
        limit: 1,
        after: None,
    };
    match timeout(PATIENCE, runtime.store().list_threads(&owner, filter)).await {
        Ok(Ok(_)) => true,
        Ok(Err(error)) => {
            tracing::error!(%error, "the store cannot be used");
            false
        }
        Err(_) => {
            tracing::error!("the store did not answer within {PATIENCE:?}");
            false
        }
    }
}

fn missing(upstreams: &[UpstreamReport]) -> Vec<String> {
    let down = upstreams.iter().filter(|it| it.status.state.is_down());
    let told = down.map(|it| {
        let error = it.status.error.as_deref().unwrap_or_default();
        format!("{} {}: {error}", it.kind, it.name)
    });
    told.collect()
}
