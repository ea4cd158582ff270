//! LangServe chains as tools, through the binary: a real server of chains, and ones that are down or odd.

use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::support::http;
use crate::support::model::{Call, Model};
use crate::support::python;
use crate::support::requests;
use crate::support::server::{Binary, config, free_address, model_at};
use crate::support::upstream::Scripted;

/// A model that calls what the user tells it to, `NAME {ARGUMENTS}`, and says back what came of it.
struct World {
    server: Binary,
    asked: mpsc::Receiver<Value>,
    _model: Model,
}

impl World {
    async fn start(chains: &str) -> Self {
        let (tell, asked) = mpsc::channel(64);
        let model = Model::start(move |mut call: Call| {
            let _ = tell.try_send(call.body.clone());
            async move {
                let text = call.text().to_owned();
                let (name, arguments) = text.split_once(' ').unwrap_or((&text, "{}"));
                call.tool_call(name, arguments).await;
            }
        })
        .await;
        let tables = format!("{}{chains}", model_at(&model.base_url()));
        Self {
            server: Binary::start(&config(&tables)).await,
            asked,
            _model: model,
        }
    }

    /// What came of a call.
    async fn call(&mut self, text: &str) -> String {
        let answer = http::ask(self.server.address, requests::chat(text)).await;
        let text = answer.text().to_owned();
        let answer = crate::support::canonical::canonical(&answer.answer()).expect("an answer");
        let messages = &answer["body"]["merged"]["data"]["generateCopilotResponse"]["messages"];
        let result = messages.as_array().expect("messages").iter();
        let mut results = result.filter_map(|it| it["result"].as_str());
        results
            .next()
            .unwrap_or_else(|| panic!("no result in {text}"))
            .to_owned()
    }

    /// The tools that the model was offered in the next request.
    async fn offered(&mut self) -> Value {
        self.asked.recv().await.expect("a request")["tools"].clone()
    }
}

fn chain(name: &str, url: &str, more: &str) -> String {
    format!(
        "[[langserve]]\nname = \"{name}\"\ndescription = \"The {name}\"\nurl = \"{url}\"\n{more}\n"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_chains_are_offered_with_what_they_take_and_run() {
    if python::interpreter().is_none() {
        return;
    }
    let python = Scripted::python("chains");
    let chains = ["poem", "shout", "broken"].map(|name| chain(name, &python.agent(name), ""));
    let mut world = World::start(&chains.concat()).await;
    assert_eq!(
        world.call("poem {\"topic\": \"rust\"}").await,
        "A poem about rust"
    );
    let tools = world.offered().await;
    let names: Vec<_> = tools
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["function"]["name"])
        .collect();
    assert_eq!(names, ["poem", "shout", "broken"]);
    let poem = &tools[0]["function"];
    assert_eq!(poem["description"], "The poem");
    assert_eq!(
        poem["parameters"]["properties"]["topic"]["description"],
        "What it is about"
    );
    assert_eq!(poem["parameters"]["properties"]["tags"]["type"], "array");
    assert_eq!(poem["parameters"]["required"], json!(["topic"]));
    assert_eq!(
        tools[1]["function"]["parameters"]["properties"]["input"]["type"],
        "string"
    );
    assert_eq!(
        world.call("shout {\"input\": \"hey\"}").await,
        "{\"shouted\":\"HEY\"}"
    );
    let refused = world.call("poem {}").await;
    assert!(
        refused.contains("HTTP 422") && refused.contains("topic"),
        "{refused}"
    );
    let broken = world.call("broken {\"input\": \"x\"}").await;
    assert!(broken.contains("HTTP 500"), "{broken}");
}

async fn answer(mut call: Call, body: Value) {
    let body = body.to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    call.raw(format!("{head}{body}").as_bytes()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_that_is_down_costs_its_tool_until_it_is_back() {
    let address = free_address();
    let given = "parameters = { properties = { topic = { type = \"string\" } } }";
    let url = format!("http://{address}/chain");
    let chains = [chain("late", &url, ""), chain("given", &url, given)].concat();
    let mut world = World::start(&chains).await;
    let result = world.call("given {\"topic\": \"x\"}").await;
    assert!(
        result.contains("cannot be reached: Connection refused"),
        "{result}"
    );
    assert!(!result.contains("/chain"), "{result}");
    let tools = world.offered().await;
    assert_eq!(tools.as_array().unwrap().len(), 1, "{tools}");
    assert_eq!(tools[0]["function"]["name"], "given");
    assert_eq!(
        world
            .server
            .log()
            .matches("is not offered as a tool")
            .count(),
        1
    );
    let _server = chains_at(address).await;
    let back = async {
        while !world.server.log().contains("the LangServe chain is back") {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(http::PATIENCE, back)
        .await
        .expect("it is found");
    assert_eq!(
        world.call("late {\"topic\": \"x\"}").await,
        "{\"topic\":\"x\"}"
    );
    assert_eq!(world.offered().await[0]["function"]["name"], "late");
}

/// Says back its input. A GET has no length, and so no [`Call`].
async fn chains_at(address: std::net::SocketAddr) -> tokio::task::JoinHandle<()> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .expect("a port");
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut asked = vec![0; 8192];
            let length = socket.read(&mut asked).await.unwrap_or(0);
            let asked = String::from_utf8_lossy(&asked[..length]).into_owned();
            let body = match asked.starts_with("GET /chain/input_schema") {
                true => json!({"type": "object", "properties": {"topic": {"type": "string"}}}),
                false => {
                    let (_, body) = asked.split_once("\r\n\r\n").expect("a body");
                    let body: Value = serde_json::from_str(body).expect("JSON");
                    json!({"output": body["input"]})
                }
            };
            let body = body.to_string();
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = socket.write_all(format!("{head}{body}").as_bytes()).await;
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_gets_configured_headers_and_those_that_may_pass() {
    let (tell, mut heads) = mpsc::channel(8);
    let server = Model::start(move |call: Call| {
        let _ = tell.try_send(call.head.clone());
        answer(call, json!({"output": null}))
    })
    .await;
    let url = format!("http://{}/chain/", server.address);
    let more = "parameters = {}\nheaders = { x-server = \"server\" }\n[headers]\nallow = [\"x-*\"]";
    let mut world = World::start(&chain("chain", &url, more)).await;
    let request = String::from_utf8(requests::chat("chain {}")).expect("text");
    let sent = "connection: close\r\nx-custom: c\r\nx-server: client\r\ncookie: a=b\r\n";
    let request = request.replace("connection: close\r\n", sent);
    http::ask(world.server.address, request.into_bytes()).await;
    world.offered().await;
    let head = heads.recv().await.expect("a call");
    assert!(head.starts_with("post /chain/invoke http/1.1"), "{head}");
    assert!(
        head.contains("x-custom: c") && head.contains("x-server: server"),
        "{head}"
    );
    assert!(
        !head.contains("x-server: client") && !head.contains("cookie"),
        "{head}"
    );
}
