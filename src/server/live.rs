//! What is served right now, and how another configuration takes its place.
//!
//! Runtime and endpoint are built anew, whole, over the same store and the same runs, and change places with the old ones in
//! one step. Requests under way hold the old endpoint, and runs the old runtime, until they have ended.

use std::sync::Arc;

use arc_swap::ArcSwap;
use futures_util::stream::{Stream, StreamExt};
use poem::endpoint::BoxEndpoint;
use poem::{Endpoint, EndpointExt, Request, Response};
use tokio_util::task::AbortOnDropHandle;

use super::HttpOptions;
use super::auth::{Auth, Door};
use super::connections::Entrance;
use super::limits::{LimitOptions, Limits};
use super::options::{http_options, store_options};
use super::parts::Parts;
use super::serve::ServeError;
use super::tls::Certificates;
use crate::config::{Config, ConfigError};
use crate::runtime::Runtime;
use crate::store;

/// How the log begins of a configuration that cannot be served.
const KEPT: &str = "the configuration stays as it was";

/// A configuration that is to be served in place of the one before.
pub struct Reload {
    /// What was read, or all that is wrong with it.
    pub config: Result<Config, ConfigError>,
    /// Told of the configuration once it is served.
    pub served: Box<dyn FnOnce(&Config) + Send>,
}

/// The server's state between two configurations.
pub(super) struct Live {
    parts: Parts,
    door: Door,
    current: Current,
    limits: Limits,
    certificates: Option<Arc<Certificates>>,
}

/// What answers new requests.
#[derive(Clone)]
pub(super) struct Current(Arc<ArcSwap<Served>>);

struct Served {
    runtime: Runtime,
    endpoint: BoxEndpoint<'static, Response>,
}

impl Endpoint for Current {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        // Held until the answer has begun; what comes of it holds what it needs.
        let served = self.0.load_full();
        served.endpoint.call(request).await
    }
}

impl Current {
    /// The runtime that new requests are for. What ends its runs ends those of the ones before it.
    pub(super) fn runtime(&self) -> Runtime {
        self.0.load().runtime.clone()
    }
}

impl Live {
    /// Opens the store, and makes of the configuration what it says.
    pub(super) async fn start(config: Config, door: Door) -> Result<Self, ServeError> {
        let auth = door.auth(&config.auth)?;
        let store = store::open(&config.store.url, store_options(&config.store)).await?;
        let parts = Parts::make(config, None)?;
        let runtime = parts.builder()?.store(store).build().await?;
        let limits = Limits::new(limit_options(&parts.config)?);
        let served = served(&parts.config, auth, runtime, &limits)?;
        parts.keep_looking(None);
        let tls = parts.config.server.tls.as_ref();
        let certificates = tls.map(Certificates::load).transpose()?;
        let current = Current(Arc::new(ArcSwap::from_pointee(served)));
        Ok(Self {
            parts,
            door,
            current,
            limits,
            certificates,
        })
    }

    /// The way in, by whatever is served at the time.
    pub(super) fn entrance(&self) -> Result<Entrance<Current>, ServeError> {
        let certificates = self.certificates.as_ref();
        Ok(Entrance {
            endpoint: self.current(),
            limits: self.limits.clone(),
            tls: certificates.map(Certificates::acceptor).transpose()?,
            metrics: self.current.runtime().metrics().clone(),
        })
    }

    /// Answers by what is served at the time.
    pub(super) fn current(&self) -> Current {
        self.current.clone()
    }

    /// Serves each configuration as it comes.
    pub(super) async fn reload_all(mut self, reloads: impl Stream<Item = Reload>) {
        let mut reloads = std::pin::pin!(reloads);
        let certificates = self.certificates.clone();
        let _looked_at = certificates.map(|it| AbortOnDropHandle::new(tokio::spawn(it.watch())));
        while let Some(Reload { config, served }) = reloads.next().await {
            if let Some(certificates) = &self.certificates {
                certificates.renew().await;
            }
            let config = match config {
                Ok(config) => config,
                Err(error) => {
                    tracing::error!("{KEPT}, as there are mistakes in the new one:\n{error}");
                    continue;
                }
            };
            match self.reload(config) {
                Ok(()) => served(&self.parts.config),
                Err(error) => tracing::error!("{KEPT}: {error}"),
            }
        }
    }

    fn reload(&mut self, mut config: Config) -> Result<(), ServeError> {
        let before = &self.parts;
        let restart = config.keep_what_needs_a_restart(&before.config);
        let auth = self.door.auth(&config.auth)?;
        let parts = Parts::make(config, Some(before))?;
        let runtime = parts.builder()?.build_after(&self.current.runtime())?;
        let limits = limit_options(&parts.config)?;
        let served = served(&parts.config, auth, runtime, &self.limits)?;
        parts.keep_looking(Some(before));
        self.limits.reload(limits);
        self.current.0.store(Arc::new(served));
        self.parts = parts;
        if !restart.is_empty() {
            tracing::warn!(
                "these keys need a restart, and stay as they were until then: {}",
                restart.join(", ")
            );
        }
        tracing::info!("the configuration was reloaded");
        Ok(())
    }
}

fn limit_options(config: &Config) -> Result<LimitOptions, ServeError> {
    LimitOptions::configured(&config.server, &config.limits).map_err(ServeError::Proxies)
}

fn served(
    config: &Config,
    auth: Auth,
    runtime: Runtime,
    limits: &Limits,
) -> Result<Served, ServeError> {
    let options = HttpOptions {
        auth,
        limits: limits.clone(),
        ..http_options(config)
    };
    let endpoint = runtime.endpoint_with(options)?.boxed();
    Ok(Served { runtime, endpoint })
}
