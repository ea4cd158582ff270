//! `agui-runtime store check|migrate|export|import`.

use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;

use agui_runtime::config::Config;
use agui_runtime::store::{
    self, Store, StoreCheck, StoreError, StoreOptions, ThreadDump, without_secrets,
};
use futures_util::stream::{self, Stream, StreamExt};
use tokio::io::{AsyncBufReadExt, BufReader, stdin};
use tokio_util::sync::CancellationToken;

use super::failure::Failure;
use super::terminal;

/// Threads that are looked up at once.
const PAGE: usize = 1_000;
/// Threads that are read at once.
const READ_AT_ONCE: usize = 4;
/// Threads that are written at once: they share the store's commits.
const WRITTEN_AT_ONCE: usize = 128;
/// Bytes of standard input that are read at once.
const INPUT: usize = 1 << 20;

/// Which store, and what to do with it.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
    /// Configuration file [default: ./agui-runtime.toml, if it is there]
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// The store, in place of the one that is configured
    #[arg(long, value_name = "URL", global = true)]
    store: Option<String>,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Tell what there is and whether this binary can work with it; changes nothing
    Check,
    /// Bring the tables up to date, as a server does when it starts
    Migrate,
    /// Write everything to standard output, a line of JSON for each thread; runs that go on are left out
    Export,
    /// Read from standard input what `export` wrote; what is there already is refused
    Import,
}

pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let url = match arguments.store {
        Some(url) => url,
        None => Config::load(arguments.config.as_deref())?.store.url,
    };
    match arguments.action {
        Action::Check => check(&url).await,
        Action::Migrate => migrate(&url).await,
        Action::Export => export(&url).await,
        Action::Import => import(&url).await,
    }
}

async fn check(url: &str) -> Result<(), Failure> {
    let found = store::check(url).await?;
    let StoreCheck {
        threads,
        bytes,
        going_on,
        ..
    } = found;
    let tables = match (found.version, found.newest) {
        (_, None) => "none".to_owned(),
        (None, Some(newest)) => {
            format!("not made yet; `store migrate`, or a server's start, makes version {newest}")
        }
        (Some(version), Some(newest)) if version < newest => {
            format!(
                "version {version}; `store migrate`, or a server's start, brings them to {newest}"
            )
        }
        (Some(version), _) => format!("version {version}, up to date"),
    };
    terminal::print(&format!(
        "store    {}\ntables   {tables}\nthreads  {threads}\nbytes    {bytes}\ngoing on {going_on}",
        without_secrets(url)
    ))
}

async fn open(url: &str) -> Result<Arc<dyn Store>, Failure> {
    Ok(store::open(url, StoreOptions::default()).await?)
}

async fn migrate(url: &str) -> Result<(), Failure> {
    open(url).await?.close().await?;
    check(url).await
}

async fn export(url: &str) -> Result<(), Failure> {
    let store = open(url).await?;
    let mut after = None;
    loop {
        let keys = store.all_keys(after.as_ref(), PAGE).await?;
        let dumps = stream::iter(&keys).map(|key| store.dump(key));
        let mut dumps = dumps.buffered(READ_AT_ONCE);
        while let Some(dump) = dumps.next().await {
            // Deleted meanwhile, where the store is at work.
            let Some(dump) = dump? else { continue };
            let line = serde_json::to_string(&dump).map_err(Failure::failed)?;
            terminal::print(&line)?;
        }
        drop(dumps);
        match keys.into_iter().next_back() {
            Some(last) => after = Some(last),
            None => return Ok(store.close().await?),
        }
    }
}

/// A line that was not imported.
struct Refused {
    /// From 1.
    line: u64,
    reason: String,
}

async fn import(url: &str) -> Result<(), Failure> {
    let store = open(url).await?;
    let stop = CancellationToken::new();
    let restored = lines(stop.clone()).map(|(line, text)| {
        let store = store.clone();
        async move {
            let restored = match text {
                Ok(text) => tokio::spawn(async move { restore(&*store, &text).await }).await,
                Err(reason) => Ok(Err(reason)),
            };
            let restored = restored.unwrap_or_else(|error| Err(error.to_string()));
            restored.map_err(|reason| Refused { line, reason })
        }
    });
    let mut restored = pin!(restored.buffered(WRITTEN_AT_ONCE));
    let (mut imported, mut refused) = (0, None);
    while let Some(done) = restored.next().await {
        match done {
            Ok(()) => imported += 1,
            Err(first) => {
                // Those behind it that are on their way come to their end.
                stop.cancel();
                refused.get_or_insert(first);
            }
        }
    }
    store.close().await?;
    match refused {
        None => {
            eprintln!("imported {imported} threads");
            Ok(())
        }
        Some(Refused { line, reason }) => {
            let behind = match imported + 1 - line {
                0 => String::new(),
                behind => format!(", and {behind} after it"),
            };
            Err(Failure::failed(format!(
                "line {line}: {reason}\n{} threads before it were imported{behind}",
                line - 1
            )))
        }
    }
}

/// The lines of standard input with their numbers, until `stop`.
fn lines(stop: CancellationToken) -> impl Stream<Item = (u64, Result<String, String>)> {
    let lines = BufReader::with_capacity(INPUT, stdin()).lines();
    stream::unfold((lines, 1, stop), async |(mut lines, number, stop)| {
        if stop.is_cancelled() {
            return None;
        }
        let line = lines.next_line().await.map_err(|error| error.to_string());
        let line = line.transpose()?;
        Some(((number, line), (lines, number + 1, stop)))
    })
}

async fn restore(store: &dyn Store, line: &str) -> Result<(), String> {
    let dump: ThreadDump =
        serde_json::from_str(line).map_err(|error| format!("no thread: {error}"))?;
    let restored = store.restore(&dump).await;
    restored.map_err(|error: StoreError| error.to_string())
}
