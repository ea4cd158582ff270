//! "Did you mean …?": which of the known names are near a mistyped one, in graphql-js' order.

use std::cmp::Ordering;

/// ` Did you mean "a", "b", or "c"?`, or nothing if nothing is near.
pub fn did_you_mean<'o>(input: &str, options: impl IntoIterator<Item = &'o str>) -> String {
    sentence("", &near(input, options))
}

/// The question for names already chosen, `what` said before them; at most five are offered.
pub fn sentence(what: &str, names: &[&str]) -> String {
    const OFFERED: usize = 5;
    let quoted: Vec<String> = names
        .iter()
        .take(OFFERED)
        .map(|name| format!("\"{name}\""))
        .collect();
    let Some((last, before)) = quoted.split_last() else {
        return String::new();
    };
    let list = match before {
        [] => last.clone(),
        [first] => format!("{first} or {last}"),
        _ => format!("{}, or {last}", before.join(", ")),
    };
    let space = if what.is_empty() { "" } else { " " };
    format!(" Did you mean {what}{space}{list}?")
}

/// The options near the input, nearest first.
pub fn near<'o>(input: &str, options: impl IntoIterator<Item = &'o str>) -> Vec<&'o str> {
    // No name of a schema is near what is longer than this.
    const LONGEST: usize = 1000;
    if input.len() > LONGEST {
        return Vec::new();
    }
    let length = input.encode_utf16().count();
    let threshold = length * 4 / 10 + 1;
    let lower: Vec<u16> = input.to_lowercase().encode_utf16().collect();
    let mut found: Vec<(usize, &str)> = Vec::new();
    for option in options {
        if let Some(distance) = distance(input, &lower, option, threshold)
            && !found.contains(&(distance, option))
        {
            found.push((distance, option));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| natural_order(a.1, b.1)));
    found.into_iter().map(|(_, option)| option).collect()
}

/// How many edits lead from one to the other: inserting, deleting, replacing or swapping neighbours; a difference in case
/// alone is one. `None` beyond the threshold.
fn distance(input: &str, lower: &[u16], option: &str, threshold: usize) -> Option<usize> {
    if input == option {
        return Some(0);
    }
    let other: Vec<u16> = option.to_lowercase().encode_utf16().collect();
    if other == lower {
        return Some(1);
    }
    let (long, short) = if other.len() < lower.len() {
        (lower, &other[..])
    } else {
        (&other[..], lower)
    };
    if long.len() - short.len() > threshold {
        return None;
    }
    let mut before_last = vec![0; short.len() + 1];
    let mut last: Vec<usize> = (0..=short.len()).collect();
    for i in 1..=long.len() {
        let mut row = vec![i; short.len() + 1];
        for j in 1..=short.len() {
            let replaced = last[j - 1] + usize::from(long[i - 1] != short[j - 1]);
            row[j] = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && long[i - 1] == short[j - 2] && long[i - 2] == short[j - 1] {
                row[j] = row[j].min(before_last[j - 2] + 1);
            }
        }
        if row
            .iter()
            .min()
            .is_none_or(|&smallest| smallest > threshold)
        {
            return None;
        }
        before_last = std::mem::replace(&mut last, row);
    }
    let distance = last[short.len()];
    (distance <= threshold).then_some(distance)
}

/// Alphabetical, but numbers inside names by their value.
pub fn natural_order(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        let order = if a[i].is_ascii_digit() && b[j].is_ascii_digit() {
            number(a, &mut i).total_cmp(&number(b, &mut j))
        } else {
            (i, j) = (i + 1, j + 1);
            a[i - 1].cmp(&b[j - 1])
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    a.len().cmp(&b.len())
}

fn number(text: &[u8], at: &mut usize) -> f64 {
    let mut value = 0.0;
    // A leading zero is a number of its own, so that "01" and "1" do not compare equal.
    while let Some(digit) = text.get(*at).filter(|byte| byte.is_ascii_digit()) {
        value = value * 10.0 + f64::from(digit - b'0');
        *at += 1;
        if value == 0.0 {
            break;
        }
    }
    value
}
