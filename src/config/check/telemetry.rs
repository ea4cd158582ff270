//! What the log, metrics and traces ask of the configuration.

use tracing_subscriber::EnvFilter;

use super::{Check, Path};
use crate::upstream::{address, header_mistakes};

impl Check<'_> {
    pub(super) fn telemetry(&mut self) {
        let telemetry = &self.config.telemetry;
        if let Err(error) = EnvFilter::try_new(&telemetry.level) {
            let remedy = "write `info`, or `info,agui_runtime=debug`";
            self.refuse("telemetry.level", format!("{error}; {remedy}"));
        }
        if telemetry.level.contains('[') {
            let message = "names modules, and no spans; write `info,agui_runtime=debug`";
            self.refuse("telemetry.level", message);
        }
        if let Some(Err(error)) = telemetry.otlp_endpoint.as_deref().map(address) {
            let error = error.to_string();
            let message = error.strip_prefix("url: ").unwrap_or(&error);
            self.refuse("telemetry.otlp_endpoint", message);
        }
        let ratio = telemetry.sample_ratio;
        if ratio.is_some_and(|ratio| !(0.0..=1.0).contains(&ratio)) {
            let message = "is from 0, for none, to 1, for all";
            self.refuse("telemetry.sample_ratio", message);
        }
    }

    /// The headers for the collector, whose values may be in the environment.
    pub(super) fn telemetry_headers(&mut self) {
        let headers = &self.config.telemetry.otlp_headers;
        for (keys, message) in header_mistakes(headers) {
            let name = keys.last().copied().unwrap_or_default();
            let path = Path::from("telemetry.otlp_headers").child(name);
            self.refuse(path, message);
        }
    }
}
