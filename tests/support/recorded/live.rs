//! A stream that is read while something else goes on: a stop, another run, a reader that goes.

use std::net::SocketAddr;

use tokio::time::timeout;

use crate::support::http::{Exchange, PATIENCE, Reply};

/// An answer that is still arriving.
pub struct Live {
    exchange: Exchange,
    reply: Reply,
}

impl Live {
    /// Sends the request and reads the answer's head.
    pub async fn open(address: SocketAddr, request: Vec<u8>) -> Self {
        let mut exchange = Exchange::start(address, request).await;
        let mut reply = Reply::default();
        timeout(PATIENCE, exchange.head(&mut reply))
            .await
            .expect("a head in time");
        Self { exchange, reply }
    }

    /// Reads on until the answer has this text in it.
    pub async fn until(&mut self, text: &str) {
        self.until_times(text, 1).await;
    }

    /// Reads on until the answer has this text in it so many times.
    pub async fn until_times(&mut self, text: &str, times: usize) {
        while self.reply.text().matches(text).count() < times {
            let next = timeout(PATIENCE, self.exchange.next()).await;
            let Ok(Some(bytes)) = next else {
                panic!("{text:?} did not come: {:?}", self.reply);
            };
            self.reply.body.extend_from_slice(&bytes);
        }
    }

    /// Reads to the end.
    pub async fn rest(mut self) -> Reply {
        let reading = async {
            while let Some(bytes) = self.exchange.next().await {
                self.reply.body.extend_from_slice(&bytes);
            }
        };
        timeout(PATIENCE, reading).await.expect("an end in time");
        self.reply.complete = self.exchange.ended();
        self.reply
    }

    /// Goes away in the middle, with what has come.
    pub fn hang_up(self) -> Reply {
        self.exchange.hang_up();
        self.reply
    }
}
