//! An application's own hooks, on a mount without a path of its own: any prefix leads to the routes.

use agui_runtime::Runtime;
use agui_runtime::agents::agui::{AgUiAgent, AgUiConfig};
use agui_runtime::runtime::hooks::{
    Hook, HookError, HookResult, Refusal, RequestHead, ResponseHead,
};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use poem::http::{HeaderValue, StatusCode};

use crate::support::embedded::Embedded;
use crate::support::http;
use crate::support::recorded::session::{Session, load, request};
use crate::support::upstream::Scripted;

/// What the recorded application's hooks did.
struct Recorded;

impl Hook for Recorded {
    fn on_request<'a>(&'a self, request: &'a mut RequestHead) -> BoxFuture<'a, HookResult> {
        async move {
            if request.headers.contains_key("x-throw") {
                return Err(HookError::Failed("the recorded hook throws".into()));
            }
            match request.headers.contains_key("x-deny") {
                true => Err(Refusal::new(StatusCode::UNAUTHORIZED, "Unauthorized").into()),
                false => Ok(()),
            }
        }
        .boxed()
    }

    fn on_response<'a>(
        &'a self,
        _: &'a RequestHead,
        response: &'a mut ResponseHead,
    ) -> BoxFuture<'a, HookResult> {
        let value = HeaderValue::from_static("1");
        response.headers.insert("x-hooked", value);
        async { Ok(()) }.boxed()
    }
}

/// The answers as recorded, and the header that tells whether the hooks saw them.
pub async fn hooks(names: &[String]) {
    let agents = Scripted::scenarios();
    let text = AgUiAgent::new(AgUiConfig::new(agents.agent("agui/text"))).expect("an agent");
    let builder = Runtime::builder().agent("text", text).hook(Recorded);
    let served = Embedded::serve_at("/", builder).await;
    let mut session = Session::at(served.address);
    for name in names {
        let golden = load(name);
        let reply = http::ask(served.address, request(&golden)).await;
        let recorded = golden.part("response")["headers"]["x-hooked"].as_str();
        assert_eq!(reply.header("x-hooked"), recorded, "{name}");
        session.check(&golden, &reply);
    }
    session.finish(names);
}
