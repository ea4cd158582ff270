//! What a configuration says of the way in and of the store, as those who do it want to hear it.

use std::time::Duration;

use super::{ConsoleOptions, CorsOptions, HeaderForwarding, HttpOptions, Origins};
use crate::config::{AnyOr, Config, StoreSection};
use crate::graphql::document::Limits as DocumentLimits;
use crate::store::{self, StoreLimits, StoreOptions};

pub(super) fn store_options(section: &StoreSection) -> StoreOptions {
    const DAY: u64 = 24 * 60 * 60;
    let days = section.max_age_days;
    StoreOptions {
        limits: StoreLimits {
            threads: section.threads,
            runs_per_thread: section.runs_per_thread,
            bytes: section.bytes,
            age: days.map(|days| Duration::from_secs(u64::from(days) * DAY)),
            state_versions: Some(section.state_versions),
        },
        durability: section.durability,
        lease: Duration::from_secs(section.lease_seconds),
        ..StoreOptions::default()
    }
}

pub(super) fn http_options(config: &Config) -> HttpOptions {
    let limits = &config.limits;
    HttpOptions {
        introspection: config.server.introspection,
        graphiql: config.server.graphiql,
        base_path: config.server.base_path.clone(),
        cors: CorsOptions {
            origins: match &config.cors.origins {
                AnyOr::Any => Origins::Any,
                AnyOr::These(these) => Origins::List(these.clone()),
            },
            credentials: config.cors.credentials,
            headers: match &config.cors.headers {
                AnyOr::Any => Vec::new(),
                AnyOr::These(these) => these.clone(),
            },
            max_age: config.cors.max_age,
        },
        forward: HeaderForwarding::new(config.headers.allow.clone(), config.headers.deny.clone()),
        body_bytes: limits.body_bytes,
        messages: limits.messages,
        tools: limits.tools,
        debug_events: config.telemetry.debug_events,
        metrics: config.telemetry.metrics,
        body_read: Duration::from_secs(limits.body_read_seconds),
        keep_alive: Some(Duration::from_secs(config.server.keep_alive_seconds))
            .filter(|period| !period.is_zero()),
        documents: DocumentLimits {
            tokens: limits.query_tokens,
            depth: limits.query_depth,
            complexity: limits.query_complexity,
            aliases: limits.query_aliases,
        },
        console: config.server.console.then(|| ConsoleOptions {
            configuration: config.to_toml_with_origins(),
            store: store::kind(&config.store.url).to_owned(),
        }),
        ..HttpOptions::default()
    }
}
