//! When a failed request is worth another, and how long to wait before it.

use std::time::Duration;

use http::{HeaderMap, StatusCode};

/// A server that asks for more is not waited for: the pause is ours then.
const LONGEST_ASKED: Duration = Duration::from_secs(60);

/// Pauses that double.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Backoff {
    /// Before the first further attempt.
    pub(crate) first: Duration,
    /// No pause is longer.
    pub(crate) longest: Duration,
}

impl Default for Backoff {
    /// Half a second, up to eight (OpenAI's client).
    fn default() -> Self {
        Self {
            first: Duration::from_millis(500),
            longest: Duration::from_secs(8),
        }
    }
}

impl Backoff {
    /// The pause after the attempt of this number, from 0: up to a quarter shorter by chance, so that those who failed together
    /// do not come back together.
    pub(super) fn pause(&self, attempt: u32) -> Duration {
        let pause = self.first.saturating_mul(2_u32.saturating_pow(attempt));
        let pause = pause.min(self.longest);
        pause.mul_f64(1.0 - rand::random::<f64>() * 0.25)
    }
}

/// What a second request would do at an upstream that may have taken the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Something a second time: the run of an agent, the call of a tool.
    Acts,
    /// Nothing: it only reads.
    Reads,
    /// Nothing but another answer, by the rules of OpenAI's client.
    Model,
}

impl Repeat {
    /// Whether to ask again after there was no connection, or it broke off before an answer.
    pub(super) fn after_no_answer(self, connected: bool) -> bool {
        !connected || self != Self::Acts
    }

    /// Whether to ask again after this answer; `x-should-retry` is the server's own word on it.
    pub(super) fn after(self, status: StatusCode, headers: &HeaderMap) -> bool {
        match text(headers, "x-should-retry") {
            Some("true") => return true,
            Some("false") => return false,
            _ => {}
        }
        match status.as_u16() {
            // It says itself that it has done nothing.
            429 | 503 => true,
            408 | 502 | 504 => self != Self::Acts,
            409 | 500.. => self == Self::Model,
            _ => false,
        }
    }
}

/// The pause that the server asks for, where it is bearable.
pub(super) fn asked_for(headers: &HeaderMap) -> Option<Duration> {
    let pause = match text(headers, "retry-after-ms").and_then(|value| value.parse::<f64>().ok()) {
        Some(millis) => Duration::try_from_secs_f64(millis / 1000.0).ok(),
        None => text(headers, "retry-after").and_then(seconds_or_date),
    };
    pause.filter(|pause| *pause <= LONGEST_ASKED)
}

fn seconds_or_date(value: &str) -> Option<Duration> {
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = chrono::DateTime::parse_from_rfc2822(value).ok()?;
    (date.to_utc() - chrono::Utc::now()).to_std().ok()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::trim)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())])
    }

    #[test]
    fn the_server_is_waited_for_as_it_asks_within_reason() {
        assert_eq!(
            asked_for(&headers("retry-after-ms", "20")),
            Some(Duration::from_millis(20))
        );
        assert_eq!(
            asked_for(&headers("retry-after", "1.5")),
            Some(Duration::from_millis(1500))
        );
        assert_eq!(asked_for(&headers("retry-after", "3600")), None);
        assert_eq!(asked_for(&headers("retry-after", "-1")), None);
        assert_eq!(asked_for(&headers("retry-after", "soon")), None);
        let date = (chrono::Utc::now() + chrono::TimeDelta::seconds(30)).to_rfc2822();
        let pause = asked_for(&headers("retry-after", &date)).unwrap();
        assert!((28..=30).contains(&pause.as_secs()), "{pause:?}");
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let backoff = Backoff::default();
        for (attempt, longest) in [(0, 500), (1, 1000), (2, 2000), (4, 8000), (40, 8000)] {
            let millis = backoff.pause(attempt).as_millis();
            assert!(
                (longest * 3 / 4..=longest).contains(&millis),
                "{attempt}: {millis}"
            );
        }
    }

    #[test]
    fn what_cannot_get_better_or_may_be_done_already_is_not_tried_again() {
        use Repeat::{Acts, Model, Reads};
        let none = HeaderMap::new();
        for (status, again) in [
            (400, &[][..]),
            (401, &[]),
            (404, &[]),
            (408, &[Reads, Model]),
            (409, &[Model]),
            (429, &[Acts, Reads, Model]),
            (500, &[Model]),
            (502, &[Reads, Model]),
            (503, &[Acts, Reads, Model]),
            (504, &[Reads, Model]),
            (529, &[Model]),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            let all = [Acts, Reads, Model].into_iter();
            let repeated: Vec<_> = all.filter(|it| it.after(status, &none)).collect();
            assert_eq!(repeated, again, "{status}");
        }
        for (word, again) in [("true", true), ("false", false)] {
            let told = headers("x-should-retry", word);
            assert_eq!(Acts.after(StatusCode::BAD_GATEWAY, &told), again);
            assert_eq!(Model.after(StatusCode::TOO_MANY_REQUESTS, &told), again);
        }
        assert!(Acts.after_no_answer(false), "nobody has heard of it");
        assert!(!Acts.after_no_answer(true));
        assert!(Reads.after_no_answer(true));
    }
}
