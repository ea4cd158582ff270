//! A wire between a store and its database that a test can cut, or make long.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Bytes that go along it at once.
const PIECE: usize = 64 << 10;

/// A wire; it is there as long as the test.
pub struct Wire {
    /// As the database's, through the wire.
    pub url: String,
    is_cut: watch::Sender<bool>,
    /// Milliseconds.
    delay: Arc<AtomicU64>,
}

impl Wire {
    /// A wire to the database of this URL.
    pub async fn to(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let mut through = url::Url::parse(url).expect("a URL");
        let server = format!("127.0.0.1:{}", through.port().expect("a port"));
        through.set_port(Some(port)).expect("it has a port");
        let (is_cut, _) = watch::channel(false);
        let (state, delay) = (is_cut.clone(), Arc::<AtomicU64>::default());
        let slow = delay.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if !*state.borrow() {
                    tokio::spawn(pass(
                        client,
                        server.clone(),
                        state.subscribe(),
                        slow.clone(),
                    ));
                }
            }
        });
        Self {
            url: through.into(),
            is_cut,
            delay,
        }
    }

    /// Ends all connections, and takes no more.
    pub fn cut(&self) {
        self.is_cut.send_replace(true);
    }

    /// Takes connections again.
    pub fn mend(&self) {
        self.is_cut.send_replace(false);
    }

    /// From now on each statement or command takes so much longer.
    #[allow(dead_code, reason = "not all who cut it slow it down")]
    pub fn slow(&self, delay: Duration) {
        let delay = u64::try_from(delay.as_millis()).expect("a short time");
        self.delay.store(delay, Ordering::Relaxed);
    }
}

async fn pass(
    client: TcpStream,
    server: String,
    mut is_cut: watch::Receiver<bool>,
    delay: Arc<AtomicU64>,
) {
    let Ok(server) = TcpStream::connect(server).await else {
        return;
    };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let is_work = AtomicBool::new(false);
    let asks = async {
        let mut piece = vec![0; PIECE];
        while let Ok(length @ 1..) = from_client.read(&mut piece).await {
            // PostgreSQL's Query and Bind, and a command of Redis; not what is asked about them before.
            is_work.store(matches!(piece[0], b'Q' | b'B' | b'*'), Ordering::Relaxed);
            if to_server.write_all(&piece[..length]).await.is_err() {
                return;
            }
        }
    };
    let answers = async {
        let mut piece = vec![0; PIECE];
        while let Ok(length @ 1..) = from_server.read(&mut piece).await {
            let delay = delay.load(Ordering::Relaxed);
            if delay > 0 && is_work.load(Ordering::Relaxed) {
                tokio::time::sleep(Duration::from_millis(delay)).await;
            }
            if to_client.write_all(&piece[..length]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = asks => {}
        () = answers => {}
        _ = is_cut.wait_for(|it| *it) => {}
    }
}
