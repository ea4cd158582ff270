//! When a failed request to a model server is worth another, and how long to wait before it.

use std::time::Duration;

use http::{HeaderMap, StatusCode};

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
/// A server that asks for more is not waited for: the pause is ours then.
const LONGEST_ASKED: Duration = Duration::from_secs(60);

/// Whether the same request may succeed later; `x-should-retry` is the server's own word on it.
pub(super) fn worth_it(status: StatusCode, headers: &HeaderMap) -> bool {
    match text(headers, "x-should-retry") {
        Some("true") => true,
        Some("false") => false,
        _ => matches!(status.as_u16(), 408 | 409 | 429 | 500..),
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

/// The pause after the attempt of this number, from 0: doubling, and up to a quarter shorter by chance.
pub(super) fn backoff(attempt: u32) -> Duration {
    let pause = FIRST_PAUSE
        .saturating_mul(2_u32.saturating_pow(attempt))
        .min(LONGEST_PAUSE);
    pause.mul_f64(1.0 - rand::random::<f64>() * 0.25)
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
    fn pauses_double_up_to_eight_seconds() {
        for (attempt, longest) in [(0, 500), (1, 1000), (2, 2000), (4, 8000), (40, 8000)] {
            let millis = backoff(attempt).as_millis();
            assert!(
                (longest * 3 / 4..=longest).contains(&millis),
                "{attempt}: {millis}"
            );
        }
    }

    #[test]
    fn what_cannot_get_better_is_not_tried_again() {
        let none = HeaderMap::new();
        for (status, again) in [
            (400, false),
            (401, false),
            (404, false),
            (408, true),
            (409, true),
            (429, true),
            (503, true),
        ] {
            assert_eq!(
                worth_it(StatusCode::from_u16(status).unwrap(), &none),
                again,
                "{status}"
            );
        }
        assert!(!worth_it(
            StatusCode::TOO_MANY_REQUESTS,
            &headers("x-should-retry", "false")
        ));
    }
}
