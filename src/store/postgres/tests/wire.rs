//! A wire between a store and its database that a test can cut.

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub(super) struct Wire {
    /// As the database's, through the wire.
    pub(super) url: String,
    is_cut: watch::Sender<bool>,
}

impl Wire {
    pub(super) async fn to(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut through = url::Url::parse(url).unwrap();
        let server = format!("127.0.0.1:{}", through.port().unwrap());
        through.set_port(Some(port)).unwrap();
        let (is_cut, _) = watch::channel(false);
        let state = is_cut.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if !*state.borrow() {
                    tokio::spawn(pass(client, server.clone(), state.subscribe()));
                }
            }
        });
        Self {
            url: through.into(),
            is_cut,
        }
    }

    /// Ends all connections, and takes no more.
    pub(super) fn cut(&self) {
        self.is_cut.send_replace(true);
    }

    pub(super) fn mend(&self) {
        self.is_cut.send_replace(false);
    }
}

async fn pass(mut client: TcpStream, server: String, mut is_cut: watch::Receiver<bool>) {
    let mut server = TcpStream::connect(server).await.unwrap();
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
        _ = is_cut.wait_for(|it| *it) => {}
    }
}
