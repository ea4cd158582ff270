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

/// Three browsers beside everything else that is tested.
const PATIENCE: Duration = Duration::from_secs(600);

/// The packages: the folder of the app that has them, the page in it, and what the scenarios call them.
struct Generation {
    name: &'static str,
    app: &'static str,
    html: &'static str,
}

/// `@copilotkit/react-core` and `react-ui` 1.10.6: GraphQL.
const CLASSIC: Generation = Generation {
    name: "1.10",
    app: "classic",
    html: "index.html",
};

/// The same pages with the packages of today: AG-UI.
const COMPATIBLE: Generation = Generation {
    name: "v1",
    app: "current",
    html: "index.html",
};

/// `@copilotkit/react-core/v2`.
const CURRENT: Generation = Generation {
    name: "v2",
    app: "current",
    html: "v2.html",
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

/// Drives the app through its scenarios. Nothing of them may fail: no step, no request of the page, nothing in its console.
async fn drives(generation: Generation) {
    let (Some(chromium), true) = (external::chromium(), npm::clients()) else {
        return;
    };
    let Some(dist) = apps::built(generation.app) else {
        return;
    };
    let upstreams = Upstreams::start();
    let pages = free_address();
    let binary = Binary::start(&upstreams.config(&format!("http://{pages}"))).await;
    let job = json!({
        "chromium": chromium,
        "dist": dist,
        "port": pages.port(),
        "html": generation.html,
        "generation": generation.name,
        "runtime": format!("http://{}/api/copilotkit", binary.address),
        "artifacts": apps::place("shots").join(generation.name),
    });
    let script = root().join("tests/e2e/drive/main.cjs");
    let lines = npm::run(&script, job, PATIENCE).await;
    assert!(lines.len() > 10, "{lines:#?}");
    let bad: Vec<&Value> = lines.iter().filter(|line| !is_well(line)).collect();
    assert!(bad.is_empty(), "{bad:#?}");
    upstreams.were_stopped();
    upstreams.got_the_picture().await;
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
    drives(CLASSIC).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn todays_packages_with_the_api_of_1_10() {
    drives(COMPATIBLE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn todays_packages_with_their_own_api() {
    drives(CURRENT).await;
}
