//! Which lines the log has, by level and module; it can be changed while the log is written.
//!
//! This is `EnvFilter` without its filters by span: they have to know of each time that a span is entered, which is with every
//! token of a run.

use std::sync::Arc;

use arc_swap::ArcSwap;
use tracing::Metadata;
use tracing::callsite::rebuild_interest_cache;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::layer::{Context, Filter};

/// What the log has. Clones are one.
#[derive(Debug, Clone)]
pub struct LogLevel(Arc<ArcSwap<EnvFilter>>);

impl LogLevel {
    /// As `telemetry.level` is written: `info`, or by module `info,agui_runtime::store=debug`.
    ///
    /// # Errors
    /// If it is no level.
    pub fn new(level: &str) -> Result<Self, ParseError> {
        let filter = EnvFilter::try_new(level)?;
        Ok(Self(Arc::new(ArcSwap::from_pointee(filter))))
    }

    /// Changes it. What is no level leaves it as it was, with a line in the log.
    pub fn set(&self, level: &str) {
        match EnvFilter::try_new(level) {
            Ok(filter) => {
                self.0.store(Arc::new(filter));
                rebuild_interest_cache();
            }
            Err(error) => tracing::error!("telemetry.level stays as it was: {error}"),
        }
    }
}

impl<S> Filter<S> for LogLevel {
    fn enabled(&self, metadata: &Metadata<'_>, context: &Context<'_, S>) -> bool {
        Filter::enabled(&**self.0.load(), metadata, context)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        Filter::<S>::callsite_enabled(&**self.0.load(), metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        self.0.load().max_level_hint()
    }
}
