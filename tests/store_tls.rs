//! Redis over TLS: the certificate must be one that the system's authorities have signed.

use std::path::Path;
use std::process::Command;

use crate::support::external::skip;
use crate::support::server::Binary;
use crate::support::{client, http, redis};

/// An authority in `ca.pem`, and what it has signed for `localhost` in `cert.pem` and `key.pem`.
const CERTIFICATES: &str = r#"
new='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
openssl req -x509 $new -keyout ca.key -out ca.pem -subj /CN=authority -days 2
openssl req $new -keyout key.pem -out request -subj /CN=localhost
echo subjectAltName=DNS:localhost >names
openssl x509 -req -in request -CA ca.pem -CAkey ca.key -CAcreateserial -out cert.pem -days 2 -extfile names
"#;

fn make_certificates(folder: &Path) {
    let mut shell = Command::new("sh");
    let made = shell
        .args(["-ec", CERTIFICATES])
        .current_dir(folder)
        .output();
    let made = made.unwrap();
    assert!(made.status.success(), "{made:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_with_tls_keeps_threads_if_its_certificate_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let openssl = Command::new("openssl").arg("version").output();
    if !openssl.is_ok_and(|it| it.status.success()) {
        return skip("openssl is not installed");
    }
    make_certificates(folder.path());
    let Some(redis) = redis::Server::secure(folder.path()) else {
        return;
    };
    let config = format!(
        "[server]\nbase_path = \"/copilotkit\"\n[store]\nurl = \"{}\"\n[agents.default]\ntype = \"demo\"\n",
        redis.store()
    );
    let authority = folder.path().join("ca.pem");
    let known = [("SSL_CERT_FILE", authority.to_str().unwrap())];
    for runs in 1..=2 {
        let server = Binary::start_in(&config, &known).await;
        let run = client::run("t", &runs.to_string(), "state");
        let reply = http::ask(server.address, run).await;
        assert!(reply.text().contains("RUN_FINISHED"), "{reply:?}");
        assert_eq!(client::kept(server.address, "t").await.len(), runs);
    }
    let refused = Command::new(env!("CARGO_BIN_EXE_agui-runtime"))
        .args(["store", "check", "--store", &redis.store()])
        .env_clear()
        .output()
        .unwrap();
    assert!(!refused.status.success());
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("SSL_CERT_FILE"), "{said}");
}
