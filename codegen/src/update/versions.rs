//! Versions of npm packages, as far as choosing one needs them.

/// Sorts versions as npm does: numbers by value, a release after its pre-releases.
pub fn key(version: &str) -> (Vec<u64>, bool, String) {
    let (numbers, pre_release) = version
        .split_once('-')
        .map_or((version, ""), |(numbers, rest)| (numbers, rest));
    let numbers = numbers
        .split('.')
        .map(|number| number.parse().unwrap_or(0))
        .collect();
    (numbers, pre_release.is_empty(), pre_release.to_owned())
}

/// Which of the `published` versions of another package goes with `version`: the same, or the last release before it.
pub fn matching<'a>(version: &str, published: &'a [String]) -> Option<&'a str> {
    let same = published.iter().find(|candidate| *candidate == version);
    let before = || {
        let releases = published
            .iter()
            .filter(|candidate| !candidate.contains('-') && key(candidate) <= key(version));
        releases.max_by_key(|candidate| key(candidate))
    };
    same.or_else(before).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_sorted_by_number() {
        let mut versions = ["1.10.6", "1.8.14", "1.8.14-next.1", "0.37.0", "2.0.0"];
        versions.sort_by_key(|version| key(version));
        assert_eq!(
            versions,
            ["0.37.0", "1.8.14-next.1", "1.8.14", "1.10.6", "2.0.0"]
        );
    }

    #[test]
    fn the_client_of_a_runtime_is_the_same_version_or_the_last_before_it() {
        let published = [
            "1.8.14",
            "1.8.14-next.2",
            "1.10.6",
            "1.74.0",
            "1.76.0-next.1",
        ]
        .map(str::to_owned);
        assert_eq!(matching("1.10.6", &published), Some("1.10.6"));
        assert_eq!(matching("1.8.14-next.2", &published), Some("1.8.14-next.2"));
        assert_eq!(matching("1.75.0", &published), Some("1.74.0"));
        assert_eq!(matching("1.77.0", &published), Some("1.74.0"));
        assert_eq!(matching("1.0.0", &published), None);
    }
}
