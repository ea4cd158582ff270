//! Other owners' threads, for admins: the AG-UI face's own routes below `/console/api`, with `?owner=` for whose they are.
//!
//! An admin reads what others have, stops their runs and deletes their threads; nobody speaks or renames in another's name.

use http::{HeaderMap, Method, StatusCode};
use poem::{Request, Response};

use super::api::{Visitor, for_admins};
use crate::agui::Route;
use crate::reply::Reply;
use crate::server::app::Shared;
use crate::server::respond;
use crate::store::Owner;

impl Shared {
    /// Answers a route of the face as the owner sees it whom the query names; without one, as who asks does.
    pub(super) async fn face_as(
        &self,
        request: Request,
        path: &str,
        visitor: &Visitor,
    ) -> Response {
        let Some(route) = Route::of(path) else {
            return respond(Reply::not_found());
        };
        if let Some(refusal) = route.refusal(request.method()) {
            return respond(refusal);
        }
        let own = &visitor.principal.owner;
        let owner = owner(request.uri().query().unwrap_or_default());
        let owner = owner.unwrap_or_else(|| own.clone());
        if owner != *own && !visitor.admin {
            return respond(for_admins());
        }
        if !is_for_admins(&route, request.method()) {
            return respond(not_for_admins());
        }
        let mut asked = self.asked(&request, route);
        if owner != *own {
            // What the admin's request carries is no business of the other's agents.
            asked.headers = HeaderMap::new();
        }
        asked.principal.owner = owner;
        self.complete(request, asked).await
    }
}

/// The owner whom a query names.
fn owner(query: &str) -> Option<Owner> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let (_, name) = pairs.find(|(key, _)| key == "owner")?;
    (!name.is_empty()).then(|| Owner::new(name))
}

/// What an admin does with what others have.
fn is_for_admins(route: &Route, method: &Method) -> bool {
    match route {
        Route::Threads
        | Route::ThreadMessages { .. }
        | Route::ThreadEvents { .. }
        | Route::ThreadState { .. }
        | Route::Connect { .. }
        | Route::Stop { .. } => true,
        Route::Thread { .. } => *method == Method::DELETE,
        Route::Info
        | Route::Run { .. }
        | Route::Suggest { .. }
        | Route::Transcribe
        | Route::DebugEvents
        | Route::ClearThreads
        | Route::SubscribeToThreads
        | Route::ArchiveThread { .. }
        | Route::Memories
        | Route::Annotate
        | Route::InspectorMetadata
        | Route::InspectorLearning => false,
    }
}

fn not_for_admins() -> Reply {
    Reply::explained(
        StatusCode::FORBIDDEN,
        "not_for_admins",
        "Here threads are read, stopped and deleted. The rest is for their owner to do, below the server's base path.",
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn nobody_speaks_for_another() {
        let allowed =
            |method: Method, path: &str| is_for_admins(&Route::of(path).unwrap(), &method);
        assert!(allowed(Method::GET, "threads"));
        assert!(allowed(Method::DELETE, "threads/t"));
        assert!(allowed(Method::POST, "agent/a/connect"));
        assert!(allowed(Method::POST, "agent/a/stop/t"));
        assert!(!allowed(Method::PATCH, "threads/t"));
        assert!(!allowed(Method::POST, "agent/a/run"));
        assert!(!allowed(Method::POST, "threads/clear"));
    }

    #[test]
    fn an_owner_is_named_by_the_query() {
        assert_eq!(
            owner("a=b&owner=ann%20b&owner=c"),
            Some(Owner::new("ann b"))
        );
        assert_eq!(owner("owner="), None);
        assert_eq!(owner(""), None);
    }
}
