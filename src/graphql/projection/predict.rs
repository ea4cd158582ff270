//! State that an agent announces in the arguments of a tool call, shown as the arguments come (upstream's `PredictState`).

use std::collections::HashMap;

use serde_json::Value;

use crate::generated::agui::{CustomEvent, ToolCallArgsEvent, ToolCallStartEvent};

/// What the agent said about its tool calls, until its next step.
#[derive(Default)]
pub(super) struct Predictions {
    rules: Vec<Rule>,
    /// The calls since then: tool, and arguments so far. A rule may come after the call that it is about (upstream 1.10.6).
    calls: HashMap<String, (String, String)>,
}

struct Rule {
    tool: String,
    /// The argument that becomes the state's value; all of them if there is none.
    argument: Option<String>,
    key: String,
}

impl Predictions {
    /// Takes a custom event in, if it is one of these.
    pub(super) fn announce(&mut self, event: &CustomEvent) {
        if event.name == "PredictState" {
            let rules = event.value.as_array().into_iter().flatten();
            self.rules = rules.filter_map(Rule::read).collect();
        }
    }

    pub(super) fn start(&mut self, event: &ToolCallStartEvent) {
        let call = (event.tool_call_name.clone(), String::new());
        self.calls.insert(event.tool_call_id.clone(), call);
    }

    /// The state's key and its value, as far as the arguments tell by now.
    pub(super) fn predict(&mut self, event: &ToolCallArgsEvent) -> Option<(String, Value)> {
        let (tool, arguments) = self.calls.get_mut(&event.tool_call_id)?;
        arguments.push_str(&event.delta);
        let rule = self.rules.iter().find(|rule| rule.tool == *tool)?;
        let mut so_far = complete(arguments)?;
        let value = match &rule.argument {
            Some(argument) => so_far.get_mut(argument)?.take(),
            None => so_far,
        };
        Some((rule.key.clone(), value))
    }

    /// Forgets all: a step begins or ends.
    pub(super) fn clear(&mut self) {
        self.rules.clear();
        self.calls.clear();
    }
}

impl Rule {
    fn read(value: &Value) -> Option<Self> {
        let text = |key: &str| value[key].as_str().map(str::to_owned);
        Some(Self {
            tool: text("tool")?,
            argument: text("tool_argument").filter(|argument| !argument.is_empty()),
            key: text("state_key")?,
        })
    }
}

/// The value of JSON that broke off: text as far as it came, the rest as far as it is sure.
fn complete(text: &str) -> Option<Value> {
    let mut cut = Cut::default();
    for (at, byte) in text.bytes().enumerate() {
        cut.follow(at, byte);
    }
    let (end, depth) = match cut.string {
        Some(start) if !cut.in_key => (sure_end(text, start), cut.open.len()),
        _ => cut.sure,
    };
    let mut whole = text.get(..end)?.to_owned();
    if cut.string.is_some() && !cut.in_key {
        whole.push('"');
    }
    whole.extend(cut.open[..depth].iter().rev());
    serde_json::from_str(&whole).ok()
}

/// Where JSON can be cut off and closed.
#[derive(Default)]
struct Cut {
    /// What closes the objects and lists that are open.
    open: Vec<char>,
    /// Where the open string begins.
    string: Option<usize>,
    escaped: bool,
    /// Whether a string here is, or would be, a key.
    in_key: bool,
    /// The last place behind a whole value, and how much was open there.
    sure: (usize, usize),
}

impl Cut {
    fn follow(&mut self, at: usize, byte: u8) {
        if self.string.is_some() {
            return self.in_string(at, byte);
        }
        match byte {
            b'"' => self.string = Some(at + 1),
            b'{' | b'[' => {
                self.in_key = byte == b'{';
                self.open.push(if self.in_key { '}' } else { ']' });
                self.sure = (at + 1, self.open.len());
            }
            b'}' | b']' => {
                self.open.pop();
                self.in_key = false;
                self.sure = (at + 1, self.open.len());
            }
            b',' => {
                self.in_key = self.open.last() == Some(&'}');
                self.sure = (at, self.open.len());
            }
            b':' => self.in_key = false,
            _ => {}
        }
    }

    fn in_string(&mut self, at: usize, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => {
                self.string = None;
                if !self.in_key {
                    self.sure = (at + 1, self.open.len());
                }
            }
            _ => {}
        }
    }
}

/// The end of an open string, without an escape that has not come whole. Of a pair of surrogates both must be there.
fn sure_end(text: &str, start: usize) -> usize {
    let string = text.get(start..).unwrap_or_default();
    let mut end = 0;
    while let Some(next) = string.get(end..).filter(|rest| !rest.is_empty()) {
        let length = match next.as_bytes() {
            [b'\\', b'u', ..] if is_high_surrogate(next) => 12,
            [b'\\', b'u', ..] => 6,
            [b'\\', ..] => 2,
            _ => next.find('\\').unwrap_or(next.len()),
        };
        if next.len() < length {
            break;
        }
        end += length;
    }
    start + end
}

fn is_high_surrogate(escape: &str) -> bool {
    let digits = escape.get(2..6).unwrap_or_default();
    u16::from_str_radix(digits, 16).is_ok_and(|unit| (0xd800..0xdc00).contains(&unit))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    #[test]
    fn json_that_broke_off_is_completed() {
        for (text, expected) in [
            (r#"{"#, Some(json!({}))),
            (r#"{"te"#, Some(json!({}))),
            (r#"{"text""#, Some(json!({}))),
            (r#"{"text": "#, Some(json!({}))),
            (r#"{"text":"On"#, Some(json!({"text": "On"}))),
            (
                r#"{"text":"a \"b\" c\n"#,
                Some(json!({"text": "a \"b\" c\n"})),
            ),
            (r#"{"text":"On\"#, Some(json!({"text": "On"}))),
            (r#"{"text":"é\u00e"#, Some(json!({"text": "é"}))),
            (r#"{"text":"\ud83d"#, Some(json!({"text": ""}))),
            (r#"{"text":"\ud83d\ude0"#, Some(json!({"text": ""}))),
            (r#"{"text":"\ud83d\ude00!"#, Some(json!({"text": "😀!"}))),
            (r#"{"n":12"#, Some(json!({}))),
            (r#"{"n":12,"#, Some(json!({"n": 12}))),
            (r#"{"n":tru"#, Some(json!({}))),
            (r#"{"a":[1,{"b":"c"#, Some(json!({"a": [1, {"b": "c"}]}))),
            (
                r#"{"a":[1,{"b":"c"}],"d"#,
                Some(json!({"a": [1, {"b": "c"}]})),
            ),
            (r#"{"a":"b"}"#, Some(json!({"a": "b"}))),
            (r#"{"a":"x,y:{["#, Some(json!({"a": "x,y:{["}))),
            ("", None),
            ("nonsense", None),
            ("]", None),
        ] {
            assert_eq!(complete(text), expected, "{text}");
        }
    }

    #[test]
    fn any_beginning_of_json_is_completed() {
        let text =
            json!({"a": "π\"\\\u{1f600}", "b": [true, null, -1.5e3, {"c": ["d", ""]}], "": {}});
        let text = text.to_string();
        for (end, _) in text.char_indices().skip(1) {
            assert!(complete(&text[..end]).is_some(), "{}", &text[..end]);
        }
    }

    /// Found by the differential fuzzer: nothing was predicted of a call that had begun.
    #[test]
    fn a_rule_may_come_after_the_call_that_it_is_about() {
        let rule = json!([{"state_key": "doc", "tool": "write", "tool_argument": "text"}]);
        let mut predictions = Predictions::default();
        predictions.start(&ToolCallStartEvent::new("c", "write"));
        let begin = ToolCallArgsEvent::new("c", "{\"text\":");
        assert_eq!(predictions.predict(&begin), None);
        predictions.announce(&CustomEvent::new("PredictState", rule));
        let end = ToolCallArgsEvent::new("c", "\"hi\"}");
        assert_eq!(
            predictions.predict(&end),
            Some(("doc".to_owned(), json!("hi")))
        );
    }
}
