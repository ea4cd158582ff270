//! `agui-runtime key new`.

use agui_runtime::config::Config;
use agui_runtime::server::auth::{ApiKeyConfig, Expiry, NewKey};
use chrono::{Days, NaiveDate, NaiveTime, Utc};

use super::failure::Failure;
use super::terminal;

/// What to do with keys.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Make a key: it is shown now and never again, with what the configuration needs to know of it
    New(New),
}

/// Whose key it is.
#[derive(Debug, clap::Args)]
struct New {
    /// Whose threads it opens
    #[arg(long)]
    owner: String,
    /// What the log calls it [default: the owner's name]
    #[arg(long)]
    name: Option<String>,
    /// What its owner is, such as `admin`; may be repeated
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,
    /// The day at whose beginning (UTC) it becomes useless, as 2027-01-31, or a number of days, as 90
    #[arg(long, value_name = "DAY", value_parser = expiry)]
    expires: Option<Expiry>,
}

pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let Action::New(new) = arguments.action;
    let NewKey { key, sha256 } = NewKey::generate();
    let entry = ApiKeyConfig {
        name: new.name.unwrap_or_else(|| new.owner.clone()),
        owner: new.owner,
        sha256: Some(sha256),
        key_env: None,
        roles: new.roles,
        expires: new.expires,
    };
    let lines = section(&entry)?;
    // What the configuration would refuse is not worth having.
    Config::parse(&lines, "key", []).map_err(Failure::misused)?;
    eprintln!("The key, which nobody can show again:\n");
    terminal::print(&key)?;
    eprintln!("\nFor the configuration, which holds only its hash:\n");
    terminal::print(lines.trim_end())
}

fn section(entry: &ApiKeyConfig) -> Result<String, Failure> {
    #[derive(serde::Serialize)]
    struct File<'a> {
        auth: Auth<'a>,
    }
    #[derive(serde::Serialize)]
    struct Auth<'a> {
        api_keys: [&'a ApiKeyConfig; 1],
    }
    let auth = Auth { api_keys: [entry] };
    toml::to_string(&File { auth }).map_err(Failure::failed)
}

/// A day, or a number of days from now on.
fn expiry(text: &str) -> Result<Expiry, String> {
    let day = match text.parse::<u64>() {
        Ok(days) => Utc::now().date_naive().checked_add_days(Days::new(days)),
        Err(_) => text.parse::<NaiveDate>().ok(),
    };
    let time = day.map(|day| day.and_time(NaiveTime::MIN).and_utc());
    time.map(Expiry)
        .ok_or_else(|| "write a day, as 2027-01-31, or a number of days".to_owned())
}
