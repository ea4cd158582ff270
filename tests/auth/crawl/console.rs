//! Everything that the console asks: what its own scripts name, and every operation of the face in its place below the console's
//! path, where the query says whose threads are meant.

use poem::http::Method;
use regex::Regex;
use serde_json::Value;

use super::place::{Asked, FACE};
use super::rest;

const API: &str = "/console/api";

/// Each of them with this id of a thread, and this owner.
pub fn requests(scripts: &str, document: &Value, id: &str, owner: &str) -> Vec<Asked> {
    let named = |pattern: &str, root: &'static str| {
        let pattern = Regex::new(pattern).expect("a pattern");
        let found = pattern.captures_iter(scripts);
        let paths: Vec<_> = found.map(|it| it[1].to_owned()).collect();
        paths.into_iter().map(move |path| page(root, &path))
    };
    let mut all: Vec<_> = named(r#"own\("([a-z-]+)"\)"#, API).collect();
    assert!(all.len() >= 4, "the scripts ask otherwise: {all:?}");
    let usage = named(r"\$\{base\}/(usage)\b", FACE);
    let usage: Vec<_> = usage.map(|asked| of(asked, owner)).collect();
    assert!(!usage.is_empty(), "the scripts ask otherwise");
    all.extend(usage);
    for asked in rest::requests(document, id) {
        let asked = Asked {
            route: format!("console {}", asked.route),
            root: API,
            ..asked
        };
        all.extend([of(asked.clone(), owner), asked]);
    }
    all
}

/// What the console is told with a GET.
fn page(root: &'static str, path: &str) -> Asked {
    Asked {
        route: format!("console GET /{path}"),
        root,
        ..Asked::get(&format!("/{path}"))
    }
}

fn of(asked: Asked, owner: &str) -> Asked {
    Asked {
        route: format!("{} of an owner", asked.route),
        path: format!("{}?owner={owner}", asked.path),
        ..asked
    }
}

/// What an administrator may do to somebody's threads: the rest is for their owner.
pub fn is_for_admins(asked: &Asked) -> bool {
    let path = asked.path.split('?').next().unwrap_or_default();
    let below = |start: &str, end: &str| path.starts_with(start) && path.ends_with(end);
    match asked.method {
        Method::GET => path.starts_with("/threads") && path != "/threads/subscribe",
        Method::DELETE => path.starts_with("/threads/"),
        Method::POST => below("/agent/", "/connect") || path.contains("/stop/"),
        _ => false,
    }
}
