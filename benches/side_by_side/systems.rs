//! Who is measured, and how each is started.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::arguments::Arguments;
use super::process::{Process, Start};
use super::request::Face;

/// One row of the tables.
pub struct System {
    pub name: String,
    pub face: Face,
    pub kind: Kind,
    /// This runtime's executable.
    binary: PathBuf,
}

/// What kind of server it is.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    /// Upstream's runtime, of the package in this folder.
    TypeScript(&'static str),
    /// This runtime, with the store of this name and URL.
    Ours(&'static str, &'static str),
    /// The least that anything between agent and client can cost.
    Relay,
}

/// All systems that were asked for.
pub fn chosen(arguments: &Arguments) -> Result<Vec<System>, String> {
    let built = || env!("CARGO_BIN_EXE_agui-runtime").into();
    let binary = std::path::absolute(arguments.binary.clone().unwrap_or_else(built))
        .map_err(|error| error.to_string())?;
    let stores = [("memory", "memory:"), ("SQLite", "sqlite:bench.db")];
    let ours = stores.map(|(name, url)| Kind::Ours(name, url));
    let new = |face, kind| System::new(face, kind, binary.clone());
    let mut systems = vec![
        new(Face::GraphQl, Kind::TypeScript("classic"))?,
        new(Face::GraphQl, ours[0])?,
        new(Face::GraphQl, ours[1])?,
        new(Face::AgUi, Kind::TypeScript("current"))?,
        new(Face::AgUi, ours[0])?,
        new(Face::AgUi, ours[1])?,
        new(Face::AgUi, Kind::Relay)?,
    ];
    let names: Vec<_> = systems.iter().map(|system| system.name.clone()).collect();
    systems.retain(|system| arguments.only.is_empty() || system.is_among(&arguments.only));
    match systems.is_empty() {
        true => Err(format!("none of these was chosen: {}", names.join("; "))),
        false => Ok(systems),
    }
}

impl System {
    fn new(face: Face, kind: Kind, binary: PathBuf) -> Result<Self, String> {
        let face_name = face.name();
        let name = match kind {
            Kind::TypeScript(folder) => format!("TypeScript {}, {face_name}", version(folder)?),
            Kind::Ours(store, _) => format!("agui-runtime, {face_name}, {store}"),
            Kind::Relay => format!("bare relay, {face_name}"),
        };
        Ok(Self {
            name,
            face,
            kind,
            binary,
        })
    }

    /// Whether one of the texts has no other words than those in the name.
    fn is_among(&self, texts: &[String]) -> bool {
        let name = self.name.to_lowercase();
        let fits = |text: &String| text.to_lowercase().split(' ').all(|it| name.contains(it));
        texts.iter().any(fits)
    }

    /// Starts it before this upstream, and waits until it answers.
    pub fn start(&self, upstream: SocketAddr) -> Result<Process, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let start = match self.kind {
            Kind::TypeScript(package) => self.typescript(package, upstream, folder),
            Kind::Ours(_, store) => self.ours(store, upstream, folder)?,
            Kind::Relay => relay(upstream, folder),
        };
        start.run()
    }

    fn typescript(&self, package: &str, upstream: SocketAddr, folder: TempDir) -> Start {
        let (path, probe) = match self.face {
            Face::GraphQl => (
                "v1",
                "POST /copilotkit HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                 content-length: 26\r\n\r\n{\"query\":\"{ __typename }\"}",
            ),
            Face::AgUi => (
                "agent",
                "GET /copilotkit/info HTTP/1.1\r\nhost: localhost\r\n\r\n",
            ),
        };
        let mut command = Command::new("node");
        command
            .arg(packages().join(package).join("server.mjs"))
            .arg(format!("http://{upstream}/{path}"))
            .envs([
                ("NODE_ENV", "production"),
                ("COPILOTKIT_TELEMETRY_DISABLED", "true"),
                ("DO_NOT_TRACK", "1"),
            ])
            .stderr(Stdio::null());
        Start {
            command,
            port: None,
            probe,
            folder,
        }
    }

    /// This runtime as it is without any configuration but for agents, store and path.
    fn ours(&self, store: &str, upstream: SocketAddr, folder: TempDir) -> Result<Start, String> {
        let config = format!(
            "[server]\nbase_path = \"/copilotkit\"\n\n[store]\nurl = \"{store}\"\n\n\
             [agents.default]\ntype = \"llm\"\nmodel = \"openai/gpt-4o\"\nbase_url = \"http://{upstream}/v1\"\n\n\
             [agents.relayed]\ntype = \"ag-ui\"\nurl = \"http://{upstream}/agent\"\n"
        );
        let written = std::fs::write(folder.path().join("bench.toml"), config);
        written.map_err(|error| error.to_string())?;
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = free.map_err(|error| error.to_string())?.port();
        let mut command = Command::new(&self.binary);
        command
            .args(["serve", "--config", "bench.toml", "--port"])
            .arg(port.to_string())
            .current_dir(folder.path())
            .stderr(Stdio::null());
        Ok(Start {
            command,
            port: Some(port),
            probe: "GET /health/ready HTTP/1.1\r\nhost: localhost\r\n\r\n",
            folder,
        })
    }
}

/// This program in its other role.
fn relay(upstream: SocketAddr, folder: TempDir) -> Start {
    let this = std::env::current_exe().unwrap_or_else(|_| "side_by_side".into());
    let mut command = Command::new(this);
    command.args(["--relay-to", &upstream.to_string()]);
    Start {
        command,
        port: None,
        // It knows no other answer than the agent's.
        probe: "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n",
        folder,
    }
}

fn packages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/side_by_side/typescript")
}

/// The version of upstream's runtime in a folder's package.
fn version(package: &str) -> Result<String, String> {
    let file = packages().join(package).join("package.json");
    let unreadable = |error: String| format!("{}: {error}", file.display());
    let text = std::fs::read_to_string(&file).map_err(|error| unreadable(error.to_string()))?;
    let json: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
    let version = json["dependencies"]["@copilotkit/runtime"].as_str();
    version
        .map(str::to_owned)
        .ok_or_else(|| unreadable("no version of the runtime".to_owned()))
}
