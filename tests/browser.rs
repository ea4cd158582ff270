//! CopilotKit's own React packages in a real browser, served by the binary: the last GraphQL generation, today's packages with
//! the same API, and today's own API. `tests/e2e` has the apps, written as its quickstarts write them, and what people do
//! with them; a screenshot of each step is left in the target directory's `tmp/e2e/shots`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::apps;
use crate::support::external;
use crate::support::golden::root;
use crate::support::npm;
use crate::support::server::{Binary, free_address};
use crate::support::upstream::Scripted;

/// Four browsers beside everything else that is tested.
const PATIENCE: Duration = Duration::from_secs(1800);

/// What is driven: what the scenarios call it, the built page, and the apps that it needs.
struct Driven {
    generation: &'static str,
    html: &'static str,
    apps: &'static [&'static str],
}

/// `@copilotkit/react-core` and `react-ui` 1.10.6: GraphQL.
const CLASSIC: Driven = Driven {
    generation: "1.10",
    html: "classic/index.html",
    apps: &["classic"],
};

/// `<CopilotKit>` of today's packages, as apps of before 1.50 have it.
const MIGRATED: Driven = Driven {
    generation: "v1",
    html: "current/index.html",
    apps: &["current"],
};

/// `@copilotkit/react-core/v2`.
const CURRENT: Driven = Driven {
    generation: "v2",
    html: "current/v2.html",
    apps: &["current"],
};

/// The page of `just demo`.
const DEMO: Driven = Driven {
    generation: "demo",
    html: "demo/index.html",
    apps: &["classic", "current"],
};

/// The scripted upstreams behind the agents that the pages talk to.
struct Upstreams {
    model: Scripted,
    scenarios: Scripted,
}

impl Upstreams {
    fn start() -> Self {
        Self {
            model: Scripted::model(),
            scenarios: Scripted::scenarios(),
        }
    }

    /// Agents by what they do, for pages of this origin.
    fn config(&self, origin: &str) -> String {
        let agui = |name: &str, url: String| {
            format!("[agents.{name}]\ntype = \"ag-ui\"\nurl = \"{url}\"\n")
        };
        [
            "[store]\nurl = \"memory:\"\n".to_owned(),
            format!("[cors]\norigins = [\"{origin}\"]\ncredentials = true\n"),
            "[generative_ui]\na2ui = true\nsandbox = true\n".to_owned(),
            "[agents.default]\ntype = \"demo\"\n[agents.demo]\ntype = \"demo\"\n".to_owned(),
            format!(
                "[agents.model]\ntype = \"llm\"\nmodel = \"openai/gpt-4o\"\nbase_url = \"{}\"\n\
                 api_key_env = \"TEST_MODEL_KEY\"\n",
                self.model.base_url()
            ),
            agui("weather", self.scenarios.agent("agui/backendtool")),
            agui("drawing", self.scenarios.agent("agui/turn")),
            agui("slow", self.scenarios.agent("agui/slow")),
        ]
        .concat()
    }

    /// The runs that were stopped in a page were cut off here too.
    fn were_stopped(&self) {
        assert_eq!(self.scenarios.cut_off("/agui/slow"), 2);
    }

    /// The picture that was put into the page came to the model, with what was asked about it.
    async fn got_the_picture(&self) {
        let asked = self.model.asked_since(0, 1).await.to_string();
        let picture = std::fs::read(root().join("tests/e2e/drive/picture.png")).expect("a picture");
        let url = format!("data:image/png;base64,{}", base64(&picture));
        assert!(asked.contains(&url), "{asked}");
        assert!(asked.contains("what is this?"), "{asked}");
    }
}

/// Drives a page through its scenarios. Nothing of them may fail: no step, no request of the page, nothing in its console.
/// Without what that needs there are no upstreams: it counts as skipped.
async fn drive(driven: Driven) -> Option<Upstreams> {
    let chromium = external::chromium()?;
    if !npm::clients() || !driven.apps.iter().all(|app| apps::built(app)) {
        return None;
    }
    let upstreams = Upstreams::start();
    let pages = free_address();
    let binary = Binary::start(&upstreams.config(&format!("http://{pages}"))).await;
    let job = json!({
        "chromium": chromium,
        "dist": apps::place(""),
        "port": pages.port(),
        "html": driven.html,
        "generation": driven.generation,
        "runtime": format!("http://{}/api/copilotkit", binary.address),
        "artifacts": apps::place("shots").join(driven.generation),
    });
    let script = root().join("tests/e2e/drive/main.cjs");
    let lines = npm::run(&script, job, PATIENCE).await;
    assert!(!lines.is_empty(), "nothing was driven");
    let bad: Vec<&Value> = lines.iter().filter(|line| !is_well(line)).collect();
    assert!(bad.is_empty(), "{bad:#?}");
    Some(upstreams)
}

/// Drives an app, and looks whether its upstreams saw what they should.
async fn drive_app(driven: Driven) {
    if let Some(upstreams) = drive(driven).await {
        upstreams.were_stopped();
        upstreams.got_the_picture().await;
    }
}

/// What pages cancel by themselves is told too, but does not count: see `tests/e2e/drive/page.cjs`.
fn is_well(line: &Value) -> bool {
    line["failed"].is_null() && line["failures"] == json!([]) && line["complaints"] == json!([])
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copilotkit_1_10_over_graphql() {
    drive_app(CLASSIC).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn todays_packages_with_the_old_api() {
    drive_app(MIGRATED).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn todays_packages_with_their_own_api() {
    drive_app(CURRENT).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_shows_one_thread_in_both() {
    let page = apps::place("demo");
    std::fs::create_dir_all(&page).expect("a folder");
    let source = root().join("tests/e2e/demo/index.html");
    std::fs::copy(source, page.join("index.html")).expect("a copy");
    drive(DEMO).await;
}
