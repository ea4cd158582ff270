//! A binary that knows people in every way there is.

use agui_runtime::server::auth::NewKey;

use super::tokens::Rsa;
use crate::support::server::Binary;

/// The binary, and what opens it.
pub struct World {
    pub server: Binary,
    pub rsa: Rsa,
    pub ann: NewKey,
    pub boss: NewKey,
    /// It has expired.
    pub old: NewKey,
    /// It is in the environment.
    pub robot: &'static str,
}

pub const ROBOT: &str = "the robot's own key, which somebody chose";

impl World {
    /// Keys for ann, an administrator and a robot; one that has expired; tokens of one issuer; a proxy, which is not here.
    pub async fn start() -> Self {
        Self::with("").await
    }

    /// The same with more in the configuration.
    pub async fn with(more: &str) -> Self {
        let [ann, boss, old] = [(); 3].map(|()| NewKey::generate());
        let rsa = Rsa::new();
        let config = format!(
            r#"
[server]
base_path = "/copilotkit"
[store]
url = "memory:"
[telemetry]
level = "debug"
[agents.default]
type = "demo"
[auth.jwt]
public_key_env = "PUBLIC_KEY"
issuer = "https://id.example"
audience = ["agui"]
[auth.proxy]
owner_header = "x-forwarded-user"
roles_header = "x-forwarded-groups"
from = ["10.0.0.0/8"]
[[auth.api_keys]]
name = "ann's"
owner = "ann"
sha256 = "{}"
[[auth.api_keys]]
name = "boss's"
owner = "boss"
roles = ["admin"]
sha256 = "{}"
[[auth.api_keys]]
name = "old"
owner = "ann"
sha256 = "{}"
expires = 2020-01-31
[[auth.api_keys]]
name = "robot's"
owner = "robot"
key_env = "ROBOT_KEY"
{more}
"#,
            ann.sha256, boss.sha256, old.sha256
        );
        let env =
            [("PUBLIC_KEY", &*rsa.pem()), ("ROBOT_KEY", ROBOT)].map(|(k, v)| (k, v.to_owned()));
        let env: Vec<_> = env
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        Self {
            server: Binary::start_in(&config, &env).await,
            rsa,
            ann,
            boss,
            old,
            robot: ROBOT,
        }
    }
}
