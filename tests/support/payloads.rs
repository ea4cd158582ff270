//! Takes an incremental answer apart: multipart and SSE framing, and the records within.

use serde_json::{Map, Value, json};

/// The JSON parts of a `multipart/mixed; boundary="-"` body, and whether the closing delimiter came.
pub fn multipart(body: &str) -> Result<(Vec<Value>, bool), String> {
    let mut rest = body
        .strip_prefix("\r\n---")
        .ok_or_else(|| format!("no opening delimiter: {:?}", head(body)))?;
    let mut parts = Vec::new();
    loop {
        match rest {
            "" => return Ok((parts, false)),
            "--\r\n" => return Ok((parts, true)),
            _ => {}
        }
        let part = rest
            .strip_prefix("\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ")
            .ok_or_else(|| format!("unexpected part head: {:?}", head(rest)))?;
        let (length, after) = part.split_once("\r\n\r\n").ok_or("a part without a body")?;
        length
            .parse::<usize>()
            .map_err(|_| format!("Content-Length: {length:?}"))?;
        let Some((text, after)) = after.split_once("\r\n---") else {
            return Err(format!("a part without a delimiter: {:?}", head(after)));
        };
        parts.push(
            serde_json::from_str(text).map_err(|error| format!("{error} in {:?}", head(text)))?,
        );
        rest = after;
    }
}

/// Whether every part's `Content-Length` counts its bytes. (Recorded bodies have blanked stacks, so only ours can be asked.)
pub fn lengths_are_right(body: &str) -> bool {
    body.split("\r\n---\r\n").skip(1).all(|part| {
        let (head, text) = part.split_once("\r\n\r\n").unwrap_or_default();
        let text = text.split("\r\n---").next().unwrap_or_default();
        head.ends_with(&format!("Content-Length: {}", text.len()))
    })
}

/// The JSON of each `next` event of an SSE body, and whether `complete` came. Comments are pings.
pub fn events(body: &str) -> Result<(Vec<Value>, bool), String> {
    let body = body
        .strip_prefix(":\n\n")
        .ok_or_else(|| format!("no opening ping: {:?}", head(body)))?;
    let mut parts = Vec::new();
    let mut complete = false;
    for event in body.split_terminator("\n\n").filter(|event| *event != ":") {
        match event.strip_prefix("event: next\ndata: ") {
            _ if complete => return Err(format!("an event after complete: {:?}", head(event))),
            Some(text) => {
                parts.push(serde_json::from_str(text).map_err(|error| error.to_string())?)
            }
            None if event == "event: complete\ndata:" => complete = true,
            None => return Err(format!("unexpected event: {:?}", head(event))),
        }
    }
    Ok((parts, complete))
}

/// The canonical form of the payloads of one answer: the first, all merged, and the records of each path in their order.
/// How records were batched is left out; a record for a path that does not exist yet is an error.
pub fn canonical(payloads: &[Value], ended: bool) -> Result<Value, String> {
    let (first, later) = payloads.split_first().ok_or("an answer without payloads")?;
    let mut merged = first.clone();
    let mut records: Map<String, Value> = Map::new();
    let mut more = first["hasNext"].as_bool().unwrap_or(false);
    for payload in later {
        if !more {
            return Err(format!("a payload after hasNext was false: {payload}"));
        }
        more = payload["hasNext"]
            .as_bool()
            .ok_or_else(|| format!("no hasNext: {payload}"))?;
        for record in payload["incremental"].as_array().into_iter().flatten() {
            let key = apply(record, &mut merged["data"])?;
            let of_path = records.entry(key).or_insert_with(|| json!([]));
            of_path
                .as_array_mut()
                .ok_or("unreachable: always an array")?
                .push(record.clone());
        }
    }
    if ended && more {
        return Err("the answer ended though hasNext was true".into());
    }
    strip(&mut merged);
    let mut initial = first.clone();
    strip(&mut initial);
    Ok(json!({"initial": initial, "merged": merged, "records": records, "ended": ended}))
}

fn strip(payload: &mut Value) {
    if let Some(payload) = payload.as_object_mut() {
        payload.shift_remove("hasNext");
    }
}

/// Applies one record to the data so far and says under which key it is asserted: items under their list, data under its object.
fn apply(record: &Value, data: &mut Value) -> Result<String, String> {
    let path = record["path"]
        .as_array()
        .ok_or_else(|| format!("a record without a path: {record}"))?;
    let missing = || format!("nothing is there yet for {record}");
    if let Some(items) = record["items"].as_array() {
        let (index, list_path) = path.split_last().ok_or_else(missing)?;
        let list = resolve(data, list_path)
            .and_then(Value::as_array_mut)
            .ok_or_else(missing)?;
        let from = index.as_u64().ok_or_else(missing)? as usize;
        for (index, item) in (from..).zip(items) {
            let len = list.len();
            match list.get_mut(index) {
                Some(known) if agree(known, item) => merge(known, item),
                None if index == len => list.push(item.clone()),
                _ => return Err(format!("out of order, {len} items so far: {record}")),
            }
        }
        return Ok(format!("{}[]", joined(list_path)));
    }
    // A stream that broke: its list stays as it is.
    if record.get("items") == Some(&Value::Null) && record.get("errors").is_some() {
        let (_, list_path) = path.split_last().ok_or_else(missing)?;
        return Ok(format!("{}[]", joined(list_path)));
    }
    let target = resolve(data, path).ok_or_else(missing)?;
    match (&record["data"], target) {
        (data @ Value::Object(_), target @ Value::Object(_)) => merge(target, data),
        (Value::Null, _) if record.get("errors").is_some() => {}
        _ => return Err(format!("neither items nor data: {record}")),
    }
    Ok(joined(path))
}

/// Whether an item may be of a list that is streamed a second time, from another fragment: what both have is the same.
fn agree(known: &Value, item: &Value) -> bool {
    match (known, item) {
        (Value::Object(known), Value::Object(item)) => {
            let mut both = item
                .iter()
                .filter_map(|(key, item)| Some((known.get(key)?, item)));
            both.all(|(known, item)| agree(known, item))
        }
        (Value::Array(known), Value::Array(item)) => known
            .iter()
            .zip(item)
            .all(|(known, item)| agree(known, item)),
        (known, item) => known == item,
    }
}

/// Merges as urql does, item by item where both have a list: what is late may be more of what is there.
fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (Value::Array(into), Value::Array(from)) => {
            into.resize(into.len().max(from.len()), Value::Null);
            into.iter_mut()
                .zip(from)
                .for_each(|(into, from)| merge(into, from));
        }
        (into, from) => *into = from.clone(),
    }
}

fn resolve<'a>(data: &'a mut Value, path: &[Value]) -> Option<&'a mut Value> {
    path.iter().try_fold(data, |value, step| match step {
        Value::String(key) => value.as_object_mut()?.get_mut(key),
        Value::Number(index) => value
            .as_array_mut()?
            .get_mut(usize::try_from(index.as_u64()?).ok()?),
        _ => None,
    })
}

fn joined(path: &[Value]) -> String {
    let steps: Vec<String> = path
        .iter()
        .map(|step| {
            step.as_str()
                .map_or_else(|| step.to_string(), str::to_owned)
        })
        .collect();
    steps.join(".")
}

fn head(text: &str) -> String {
    text.chars().take(120).collect()
}
