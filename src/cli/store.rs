//! `agui-runtime store check|migrate|export|import`.

use std::path::PathBuf;
use std::sync::Arc;

use agui_runtime::config::Config;
use agui_runtime::store::{
    self, Store, StoreCheck, StoreError, StoreOptions, ThreadDump, without_secrets,
};
use tokio::io::{AsyncBufReadExt, BufReader, stdin};

use super::failure::Failure;
use super::terminal;

/// Threads that are looked up at once.
const PAGE: usize = 1_000;

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
        for key in &keys {
            // Deleted meanwhile, where the store is at work.
            let Some(dump) = store.dump(key).await? else {
                continue;
            };
            let line = serde_json::to_string(&dump).map_err(Failure::failed)?;
            terminal::print(&line)?;
        }
        match keys.into_iter().next_back() {
            Some(last) => after = Some(last),
            None => return Ok(store.close().await?),
        }
    }
}

async fn import(url: &str) -> Result<(), Failure> {
    let store = open(url).await?;
    let mut lines = BufReader::new(stdin()).lines();
    let mut imported = 0_u64;
    let failed = |error: &dyn std::fmt::Display, line: u64| {
        Failure::failed(format!(
            "line {line}: {error}\n{} threads before it were imported",
            line - 1
        ))
    };
    while let Some(line) = lines
        .next_line()
        .await
        .map_err(|error| failed(&error, imported + 1))?
    {
        let dump: ThreadDump = serde_json::from_str(&line)
            .map_err(|error| failed(&format!("no thread: {error}"), imported + 1))?;
        let restored = store.restore(&dump).await;
        restored.map_err(|error: StoreError| failed(&error, imported + 1))?;
        imported += 1;
    }
    store.close().await?;
    eprintln!("imported {imported} threads");
    Ok(())
}
