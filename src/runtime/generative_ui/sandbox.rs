//! Open generative UI: a model writes a page as the arguments of `generateSandboxedUi`, and the page is shown as it is
//! written.
//!
//! Events and their order are upstream's (1.75.0): an activity `open-generative-ui` whose parts come as JSON patches. The
//! call itself is held back until there is something to show.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::partial_json::{Kind, Piece, Reader};
use crate::generated::agui::{
    ActivityDeltaEvent, ActivitySnapshotEvent, AddOperation, Event, JsonPatchOperation,
};

/// The tool that the frontend offers for it.
const TOOL: &str = "generateSandboxedUi";

const ACTIVITY: &str = "open-generative-ui";

/// Shows the pages of one run.
#[derive(Debug, Default)]
pub(super) struct Sandbox {
    calls: HashMap<String, Call>,
}

/// A call whose arguments are a page.
#[derive(Debug)]
struct Call {
    reader: Reader,
    page: Page,
    /// Its own events, until there is something to show.
    held: Vec<Event>,
}

impl Sandbox {
    /// Adds what the client is to see of an event.
    pub(super) fn take(&mut self, event: Event, out: &mut Vec<Event>) {
        match &event {
            Event::ToolCallStart(start) if start.tool_call_name == TOOL => {
                let call = Call {
                    reader: Reader::default(),
                    page: Page::new(&start.tool_call_id),
                    held: Vec::new(),
                };
                let id = start.tool_call_id.clone();
                self.calls.entry(id).or_insert(call).pass(event, out);
            }
            Event::ToolCallArgs(args) => match self.calls.get_mut(&args.tool_call_id) {
                Some(call) => {
                    let delta = args.delta.clone();
                    call.pass(event, out);
                    call.read(&delta, out);
                }
                None => out.push(event),
            },
            Event::ToolCallEnd(end) => match self.calls.remove(&end.tool_call_id) {
                Some(mut call) => {
                    out.append(&mut call.held);
                    if call.page.shown {
                        out.push(call.page.add("/generating", false.into()));
                    }
                    out.push(event);
                }
                None => out.push(event),
            },
            Event::RunFinished(_) | Event::RunError(_) => {
                self.release(out);
                out.push(event);
            }
            _ => out.push(event),
        }
    }

    /// Lets go of what is held back.
    pub(super) fn release(&mut self, out: &mut Vec<Event>) {
        for (_, mut call) in self.calls.drain() {
            out.append(&mut call.held);
        }
    }
}

impl Call {
    /// One of the call's own events.
    fn pass(&mut self, event: Event, out: &mut Vec<Event>) {
        match self.page.shown {
            true => out.push(event),
            false => self.held.push(event),
        }
    }

    fn read(&mut self, delta: &str, out: &mut Vec<Event>) {
        let mut shown = Vec::new();
        let page = &mut self.page;
        let read = self
            .reader
            .feed(delta, &mut |piece| page.take(piece, &mut shown));
        if let Err(error) = read {
            tracing::debug!(activity = %page.id, %error, "a page is shown only in part");
        }
        page.flush_html(&mut shown);
        let mut shown = shown.into_iter();
        if let Some(first) = shown.next() {
            out.push(first);
            out.append(&mut self.held);
            out.extend(shown);
        }
    }
}

/// What there is of a page.
#[derive(Debug)]
struct Page {
    /// The activity's message id.
    id: String,
    shown: bool,
    depth: usize,
    key: String,
    /// The array under the current key is one whose items are shown.
    in_list: bool,
    text: String,
    html_begun: bool,
}

impl Page {
    fn new(call: &str) -> Self {
        Self {
            id: format!("{call}-activity"),
            shown: false,
            depth: 0,
            key: String::new(),
            in_list: false,
            text: String::new(),
            html_begun: false,
        }
    }

    fn take(&mut self, piece: Piece<'_>, out: &mut Vec<Event>) {
        match piece {
            Piece::Open(kind) => {
                let list = matches!(&*self.key, "placeholderMessages" | "jsExpressions");
                if self.depth == 1 && kind == Kind::Array && list {
                    self.in_list = true;
                    self.part(&format!("/{}", self.key), json!([]), out);
                }
                self.depth += 1;
            }
            Piece::Close => {
                self.depth -= 1;
                if self.depth == 1
                    && std::mem::take(&mut self.in_list)
                    && self.key == "jsExpressions"
                {
                    self.part("/jsExpressionsComplete", true.into(), out);
                }
            }
            Piece::Key(key) if self.depth == 1 => self.key = key,
            Piece::Key(_) => {}
            Piece::Text(text) if self.is_part() => self.text.push_str(text),
            Piece::Text(_) => {}
            Piece::TextEnd if self.is_part() && self.is_html() => self.end_html(out),
            Piece::TextEnd if self.is_part() => {
                let text = std::mem::take(&mut self.text);
                self.value(text.into(), out);
            }
            Piece::Scalar(value) if self.is_part() && self.is_html() => {
                if !value.is_null() {
                    self.text = value.to_string();
                }
                self.end_html(out);
            }
            Piece::Scalar(value) if self.is_part() => self.value(value, out),
            Piece::TextEnd | Piece::Scalar(_) => {}
        }
    }

    /// Whether the value that comes now is a part of the page.
    fn is_part(&self) -> bool {
        match self.depth {
            1 => true,
            depth => depth == 2 && self.in_list,
        }
    }

    fn is_html(&self) -> bool {
        self.depth == 1 && self.key == "html"
    }

    fn value(&mut self, value: Value, out: &mut Vec<Event>) {
        if self.in_list {
            let path = format!("/{}/-", self.key);
            return self.part(&path, text_of(value), out);
        }
        match &*self.key {
            "initialHeight" if self.shown => {
                if value.is_number() {
                    self.part("/initialHeight", value, out);
                }
            }
            "initialHeight" => self.show(Some(value).filter(Value::is_number), out),
            key @ ("css" | "jsFunctions") => {
                let path = format!("/{key}");
                if !value.is_null() {
                    self.part(&path, text_of(value), out);
                }
                self.part(&format!("{path}Complete"), true.into(), out);
            }
            _ => {}
        }
    }

    /// Shows what there is of the HTML that was not shown yet.
    fn flush_html(&mut self, out: &mut Vec<Event>) {
        if !self.is_html() || self.text.is_empty() {
            return;
        }
        if !std::mem::replace(&mut self.html_begun, true) {
            self.part("/html", json!([]), out);
        }
        let text = std::mem::take(&mut self.text);
        self.part("/html/-", text.into(), out);
    }

    fn end_html(&mut self, out: &mut Vec<Event>) {
        self.flush_html(out);
        self.part("/htmlComplete", true.into(), out);
    }

    fn part(&mut self, path: &str, value: Value, out: &mut Vec<Event>) {
        self.show(None, out);
        out.push(self.add(path, value));
    }

    /// Makes the activity, if it is not there.
    fn show(&mut self, height: Option<Value>, out: &mut Vec<Event>) {
        if std::mem::replace(&mut self.shown, true) {
            return;
        }
        let mut content = Map::new();
        content.extend(height.map(|height| ("initialHeight".to_owned(), height)));
        content.insert("generating".to_owned(), true.into());
        let event = ActivitySnapshotEvent::new(&*self.id, ACTIVITY, content.into());
        out.push(event.into());
    }

    fn add(&self, path: &str, value: Value) -> Event {
        let patch = vec![JsonPatchOperation::Add(AddOperation::new(path, value))];
        ActivityDeltaEvent::new(&*self.id, ACTIVITY, patch).into()
    }
}

/// A value where a text is expected.
fn text_of(value: Value) -> Value {
    match value {
        Value::String(_) => value,
        value => value.to_string().into(),
    }
}

#[cfg(test)]
mod tests;
