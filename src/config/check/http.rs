//! What browsers and headers ask of the configuration.

use std::str::FromStr;

use super::{Check, Path};
use crate::config::AnyOr;
use crate::server::address::Networks;

impl Check<'_> {
    pub(super) fn server(&mut self) {
        let server = &self.config.server;
        if let Some(message) = base_path(&server.base_path) {
            self.refuse("server.base_path", message);
        }
        if server.console && !crate::server::fits_beside(&server.base_path) {
            let message = "`/console` is where the console is; choose another, or set `server.console = false`";
            self.refuse("server.base_path", message);
        }
        if server.host.trim().is_empty() {
            let message = "names no address; write `127.0.0.1`, or `0.0.0.0` for all";
            self.refuse("server.host", message);
        }
        if let Err((n, message)) = Networks::new(&server.trusted_proxies) {
            self.refuse(Path::from("server.trusted_proxies").child(n), message);
        }
    }

    pub(super) fn cors(&mut self) {
        let cors = &self.config.cors;
        let any = cors.origins == AnyOr::Any && !self.found.doubts(&"cors.origins".into());
        if cors.credentials && any {
            self.refuse(
                "cors.credentials",
                "with any origin allowed, every web page could act as the user who visits it; list your own in \
                 `cors.origins`, such as [\"https://app.example.com\"]",
            );
        }
        for (n, text) in these(&cors.origins) {
            if let Some(message) = origin(text) {
                self.refuse(Path::from("cors.origins").child(n), message);
            }
        }
        self.header_names("cors.headers", these(&cors.headers));
    }

    pub(super) fn headers(&mut self) {
        let (allow, deny) = (&self.config.headers.allow, &self.config.headers.deny);
        self.header_names("headers.allow", starts(allow.iter().flatten()));
        self.header_names("headers.deny", starts(deny.iter()));
        let both = allow.iter().flatten().enumerate();
        for (n, name) in both.filter(|(_, name)| deny.contains(name)) {
            let message = format!("`{name}` is in `headers.deny` too; remove it from one of them");
            self.refuse(Path::from("headers.allow").child(n), message);
        }
    }

    fn header_names<'a>(&mut self, list: &str, names: impl Iterator<Item = (usize, &'a str)>) {
        for (n, name) in names {
            if ::http::HeaderName::from_str(name).is_err() {
                let message = format!("`{name}` is no header name; write it like `x-team`");
                self.refuse(Path::from(list).child(n), message);
            }
        }
    }
}

/// Names without the `*` that stands for any end; alone, it needs no start.
fn starts<'a>(names: impl Iterator<Item = &'a String>) -> impl Iterator<Item = (usize, &'a str)> {
    let start = |name: &'a String| name.strip_suffix('*').unwrap_or(name).trim();
    let starts = names.map(start).enumerate();
    starts.filter(|(_, start)| !start.is_empty())
}

fn these(list: &AnyOr) -> impl Iterator<Item = (usize, &str)> {
    let these = match list {
        AnyOr::Any => [].iter(),
        AnyOr::These(these) => these.iter(),
    };
    these.map(String::as_str).enumerate()
}

fn base_path(path: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-._~".contains(c);
    if !path.starts_with('/') {
        Some(format!("begins with a slash: `/{path}`"))
    } else if path.len() > 1 && path.ends_with('/') {
        Some(format!(
            "ends without a slash: `{}`",
            path.trim_end_matches('/')
        ))
    } else if !path.chars().all(plain) || path.contains("//") {
        Some("has letters, digits, `-`, `.`, `_`, `~`, and single slashes".to_owned())
    } else {
        None
    }
}

/// What is wrong with an origin as browsers send it: scheme, host and port, and nothing after.
fn origin(text: &str) -> Option<String> {
    if text == "*" {
        return Some("`*` stands alone: `origins = \"*\"`".to_owned());
    }
    match url::Url::parse(text) {
        Ok(url) if url.has_host() && url.origin().ascii_serialization() == text => None,
        Ok(url) if url.has_host() => Some(format!(
            "browsers never send `{text}`; write `{}`",
            url.origin().ascii_serialization()
        )),
        _ => Some(format!(
            "`{text}` is no origin; write it like `https://app.example.com`"
        )),
    }
}
