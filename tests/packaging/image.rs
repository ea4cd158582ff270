//! The image's root file system, as packaging/rootfs makes it: run as another user, on a disk that cannot be written to. No container
//! engine is needed for that; the Dockerfile copies the same folder into an empty image.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{BINARY, packaged};
use crate::support::external;
use crate::support::golden::root;
use crate::support::http::{self, PATIENCE};
use crate::support::requests;

/// The image's user.
const USER: u32 = 65532;

/// A root file system, and the folder that a volume would be.
struct Image {
    root: PathBuf,
    data: PathBuf,
    _folder: TempDir,
}

impl Image {
    /// `None`, and the calling test skipped, where this machine does not let us mount or change users.
    fn make() -> Option<Self> {
        if fs::metadata("/proc/self").map_or(true, |it| it.uid() != 0) {
            external::skip("only root may mount, and run something as another user");
            return None;
        }
        if !(external::is_there("unshare") && external::is_there("chroot")) {
            return None;
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        // Anybody may look into it, as into a real root.
        let open = |path: &Path| {
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            fs::set_permissions(path, mode).expect("permissions");
        };
        open(folder.path());
        let (root_folder, data) = (folder.path().join("root"), folder.path().join("data"));
        let made = Command::new(root().join("packaging/rootfs"))
            .arg(BINARY)
            .arg(&root_folder)
            .output();
        let made = made.expect("the script starts");
        assert!(made.status.success(), "{made:?}");
        fs::create_dir(&data).expect("a folder");
        std::os::unix::fs::chown(&data, Some(USER), Some(USER)).expect("root may");
        Some(Self {
            root: root_folder,
            data,
            _folder: folder,
        })
    }

    /// The binary with these arguments, in a mount namespace of its own, where the root is read-only but for the volume.
    fn command(&self, volume: bool, arguments: &[&str]) -> Command {
        let script = r#"
            mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" || exit 99
            if [ "$2" ]; then mount --bind "$2" "$1/data" || exit 99; fi
            root=$1; user=$3; shift 3
            exec chroot --userspec="$user:$user" --groups= "$root" /usr/bin/agui-runtime "$@""#;
        let mut command = Command::new("unshare");
        command
            .args(["--mount", "sh", "-c", script, "sh"])
            .arg(&self.root);
        command.arg(if volume { &*self.data } else { Path::new("") });
        command.arg(USER.to_string()).args(arguments);
        command
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("AGUI_STORE__URL", "sqlite:/data/agui-runtime.db")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null());
        command
    }
}

/// A server in the image; it ends with this value.
struct Running {
    child: Child,
    address: SocketAddr,
}

impl Running {
    async fn start(image: &Image) -> Self {
        let log = image.data.with_file_name("log");
        let file = fs::File::create(&log).expect("a log");
        let mut command = image.command(true, &["--port", "0"]);
        let mut child = command.stderr(file).spawn().expect("it starts");
        let started = Instant::now();
        loop {
            let said = fs::read_to_string(&log).unwrap_or_default();
            let after = said.split_once("listening on http://");
            let address = after.and_then(|(_, it)| it.split_once('/')?.0.parse().ok());
            if let Some(address) = address {
                return Self { child, address };
            }
            let lives = matches!(child.try_wait(), Ok(None));
            assert!(lives && started.elapsed() < PATIENCE, "{said}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// A file of the process's in /proc.
    fn proc(&self, name: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{name}", self.child.id())).expect(name)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_runs_as_another_user_on_a_read_only_disk() {
    let Some(image) = Image::make() else { return };
    let mut running = Running::start(&image).await;
    let status = running.proc("status");
    assert!(
        status.contains(&format!("Uid:\t{USER}\t{USER}\t{USER}\t{USER}\n")),
        "{status}"
    );
    assert!(status.contains("CapEff:\t0000000000000000\n"), "{status}");
    let mounts = running.proc("mountinfo");
    let at_root = mounts
        .lines()
        .find(|line| line.split(' ').nth(4) == Some("/"));
    let options = at_root.and_then(|line| line.split(' ').nth(5));
    assert!(options.is_some_and(|it| it.starts_with("ro")), "{mounts}");
    // It answers, and keeps what was said on the volume.
    let request = String::from_utf8(requests::chat("Hello")).expect("UTF-8");
    let request = request.replace("POST /copilotkit ", "POST /api/copilotkit ");
    let reply = http::ask(running.address, request.into_bytes()).await;
    assert!(reply.complete && reply.code() == 200, "{reply:?}");
    assert!(image.data.join("agui-runtime.db").exists());
    // The image's health check, with nothing else of the image.
    let url = format!("http://{}", running.address);
    let health = image.command(false, &["health", "--url", &url]).output();
    let health = health.expect("it starts");
    assert_eq!(
        String::from_utf8_lossy(&health.stdout),
        "ready\n",
        "{health:?}"
    );
    let asked = Command::new("kill")
        .arg(running.child.id().to_string())
        .status();
    assert!(asked.expect("kill starts").success());
    assert!(running.child.wait().expect("it ends").success());
}

#[tokio::test]
async fn without_a_volume_it_says_what_it_cannot_write() {
    let Some(image) = Image::make() else { return };
    let ended = image.command(false, &["--port", "0"]).output();
    let ended = ended.expect("it starts");
    let told = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{told}");
    assert!(told.contains("/data/agui-runtime.db"), "{told}");
}

#[test]
fn there_is_nothing_else_in_it() {
    let Some(image) = Image::make() else { return };
    let listed = fs::read_dir(image.root.join("usr/bin")).expect("the folder");
    let names: Vec<_> = listed.map(|it| it.expect("an entry").file_name()).collect();
    assert_eq!(names, ["agui-runtime"]);
    for shell in ["bin/sh", "bin/bash", "usr/bin/env"] {
        assert!(!image.root.join(shell).exists(), "{shell}");
    }
}

#[test]
fn the_dockerfile_is_of_the_same() {
    let dockerfile = packaged("Dockerfile");
    for line in [
        "packaging/rootfs /release/agui-runtime /rootfs",
        "FROM scratch\nCOPY --from=build /rootfs /\n",
        // Into a folder that is there, nobody's ownership would be taken along.
        "mv /rootfs/data /volume/\n",
        &format!("COPY --from=build --chown={USER}:{USER} /volume /\n"),
        &format!("USER {USER}:{USER}"),
        r#"CMD ["/usr/bin/agui-runtime", "health"]"#,
        &format!("FROM rust:{}-", env!("CARGO_PKG_RUST_VERSION")),
    ] {
        assert!(dockerfile.contains(line), "{line}");
    }
}
