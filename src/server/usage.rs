//! `GET {base}/usage`: the tokens that the asking owner's runs used; an administrator sees all owners'.

use chrono::{Days, Utc};
use http::{HeaderValue, Method, StatusCode, header};
use poem::{Request, Response};

use super::app::Shared;
use super::respond;
use crate::reply::Reply;
use crate::store::Owner;

/// How many days are told where none are asked for.
const DAYS: u64 = 30;
/// What is kept for longer is of no use: a server that runs for years.
const MOST_DAYS: u64 = 3660;

/// What is asked.
struct Asked {
    days: u64,
    /// Only this owner.
    owner: Option<Owner>,
}

impl Shared {
    /// Usage by day, owner, agent and model.
    pub(super) fn usage(&self, request: &Request) -> Response {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return respond(Reply::method_not_allowed("GET"));
        }
        let asked = match Asked::of(request.uri().query().unwrap_or_default()) {
            Ok(asked) => asked,
            Err(message) => {
                return respond(Reply::explained(
                    StatusCode::BAD_REQUEST,
                    "invalid_request",
                    &message,
                ));
            }
        };
        let principal = self.principal(request);
        let owner = match principal.admin {
            true => asked.owner,
            false => Some(principal.owner),
        };
        let today = Utc::now().date_naive();
        let back = Days::new(asked.days.saturating_sub(1));
        let from = today.checked_sub_days(back).unwrap_or(today);
        let report = self.runtime.metrics().usage(from, owner.as_ref());
        let mut response = match serde_json::to_vec(&report) {
            Ok(body) => Response::builder()
                .content_type("application/json")
                .body(body),
            Err(_) => return respond(Reply::internal_error()),
        };
        let fresh = HeaderValue::from_static("no-store");
        response.headers_mut().insert(header::CACHE_CONTROL, fresh);
        response
    }
}

impl Asked {
    fn of(query: &str) -> Result<Self, String> {
        let mut asked = Self {
            days: DAYS,
            owner: None,
        };
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "days" => {
                    let days = value.parse().ok();
                    let days = days.filter(|days| (1..=MOST_DAYS).contains(days));
                    asked.days =
                        days.ok_or_else(|| format!("`days` is a number from 1 to {MOST_DAYS}."))?;
                }
                "owner" => asked.owner = Some(Owner::new(value)),
                _ => {}
            }
        }
        Ok(asked)
    }
}
