//! One call of `render_a2ui`: what its arguments have said so far, and what can be drawn of it.

use serde_json::{Map, Value, json};

use super::super::partial_json::{Reader, Unreadable};
use super::super::partial_tree::Tree;
use super::{ATTEMPTS, components, snapshot};
use crate::generated::agui::Event;

/// What surfaces are made of where nobody names another catalog.
const BASIC_CATALOG: &str = "https://a2ui.org/specification/v0_9/basic_catalog.json";

/// How many tokens are between two reports of progress.
const TOKENS: usize = 20;

/// The array that is shown item by item where no component is repeated for one.
const ITEMS: &str = "items";

/// The size of arguments up to which every new item of data is shown at once. Each snapshot has all items: beyond it, they
/// are shown when the arguments have grown by a quarter, so that what is sent grows with the arguments and not with their
/// square.
const PROMPT_BYTES: usize = 8 << 10;

/// How far the attempts have come that are one activity.
#[derive(Debug, Default)]
pub(super) struct Progress {
    attempts: usize,
    /// An attempt could not be drawn, and its successor has not been drawn yet.
    retrying: bool,
    /// The last number of tokens that was told.
    tokens: usize,
}

impl Progress {
    /// Notes the beginning of an attempt. Whether the client is to be told.
    pub(super) fn begin(&mut self) -> bool {
        self.attempts += 1;
        self.tokens = 0;
        !self.retrying
    }
}

#[derive(Debug)]
pub(super) struct Call {
    /// The id of the call whose activity this is part of.
    pub(super) activity: String,
    reader: Reader,
    tree: Tree,
    unreadable: Option<Unreadable>,
    /// In UTF-16 units, as upstream counts.
    length: usize,
    bytes: usize,
    surface: Surface,
}

/// What became of the components.
#[derive(Debug)]
enum Surface {
    Awaited,
    /// With what is wrong.
    Rejected(String),
    Drawn(Drawn),
}

/// A surface that is shown.
#[derive(Debug)]
struct Drawn {
    id: String,
    components: Value,
    /// The key of the data that is shown item by item.
    key: String,
    items: usize,
    whole: bool,
    /// The size of the arguments when it was shown last.
    bytes: usize,
}

impl Call {
    pub(super) fn new(activity: String) -> Self {
        Self {
            activity,
            reader: Reader::default(),
            tree: Tree::default(),
            unreadable: None,
            length: 0,
            bytes: 0,
            surface: Surface::Awaited,
        }
    }

    /// The id of its surface, if it was drawn.
    pub(super) fn drawn(&self) -> Option<&str> {
        match &self.surface {
            Surface::Drawn(drawn) => Some(&drawn.id),
            _ => None,
        }
    }

    /// Why nothing was drawn, if nothing was.
    pub(super) fn failure(&self) -> Option<String> {
        match (&self.surface, self.unreadable) {
            (Surface::Drawn(_), _) => None,
            (Surface::Rejected(errors), _) => Some(errors.clone()),
            (Surface::Awaited, Some(why)) => Some(why.to_string()),
            (Surface::Awaited, None) => {
                Some("the arguments need a `surfaceId` and a list of `components`, each with its `component`".to_owned())
            }
        }
    }

    /// Lets go of the arguments: no more of them come.
    pub(super) fn end(&mut self) {
        self.tree = Tree::default();
    }

    /// Reads more of the arguments.
    pub(super) fn read(
        &mut self,
        delta: &str,
        progress: &mut Progress,
        catalog: Option<&str>,
        out: &mut Vec<Event>,
    ) {
        self.length += delta.encode_utf16().count();
        self.bytes += delta.len();
        self.tell_progress(progress, out);
        if self.unreadable.is_some() {
            return;
        }
        let tree = &mut self.tree;
        let read = self.reader.feed(delta, &mut |piece| tree.take(piece));
        self.unreadable = read.err();
        // Nothing that is drawn ends with another character.
        if delta.contains(['}', ']', '"']) {
            self.look(progress, catalog, out);
        }
    }

    /// Tells now and then about how many tokens have come while nothing can be drawn.
    fn tell_progress(&self, progress: &mut Progress, out: &mut Vec<Event>) {
        let tokens = (self.length + 2) / 4;
        let awaited = matches!(self.surface, Surface::Awaited) && !progress.retrying;
        if awaited && tokens >= progress.tokens + TOKENS {
            progress.tokens = tokens;
            let content = json!({"status": "building", "progressTokens": tokens});
            out.push(snapshot(&self.activity, content));
        }
    }

    /// Shows what has become whole.
    fn look(&mut self, progress: &mut Progress, catalog: Option<&str>, out: &mut Vec<Event>) {
        let surface = self.tree.get("surfaceId").and_then(Value::as_str);
        let Some(surface) = surface.filter(|id| !id.is_empty()) else {
            return;
        };
        let streamed = self.tree.get("catalogId").and_then(Value::as_str);
        let streamed = streamed.filter(|id| !matches!(*id, "" | "basic"));
        let catalog = catalog.or(streamed).unwrap_or(BASIC_CATALOG);
        let operations = Operations { surface, catalog };
        let mut new = false;
        if matches!(self.surface, Surface::Awaited)
            && let Some(components) = whole(&self.tree)
        {
            let errors = components::errors(components);
            if !errors.is_empty() {
                self.surface = Surface::Rejected(joined(&errors));
                out.push(progress.reject(&self.activity, errors));
                return;
            }
            new = true;
            self.surface = Surface::Drawn(Drawn {
                id: surface.to_owned(),
                components: components.into(),
                key: components::repeated(components).unwrap_or(ITEMS).to_owned(),
                items: 0,
                whole: false,
                bytes: 0,
            });
        }
        let Surface::Drawn(drawn) = &mut self.surface else {
            return;
        };
        if drawn.whole {
            return;
        }
        let items = self.tree.items("data", &drawn.key);
        let more = items.len() > drawn.items;
        if new || (more && drawn.is_due(self.bytes)) {
            let data = more.then(|| {
                let items = (drawn.key.clone(), items.into());
                Value::Object(Map::from_iter([items]))
            });
            drawn.items = items.len();
            drawn.bytes = self.bytes;
            progress.retrying = false;
            let content = operations.with(&drawn.components, data);
            out.push(snapshot(&self.activity, content));
        }
        if let Some(data @ Value::Object(_)) = self.tree.get("data") {
            drawn.whole = true;
            let content = operations.with(&drawn.components, Some(data.clone()));
            out.push(snapshot(&self.activity, content));
        }
    }
}

impl Progress {
    /// What the client sees of an attempt that cannot be drawn.
    fn reject(&mut self, activity: &str, errors: Vec<Value>) -> Event {
        self.retrying = true;
        self.tokens = 0;
        let content = json!({
            "status": "retrying",
            "attempt": (self.attempts + 1).min(ATTEMPTS),
            "maxAttempts": ATTEMPTS,
            "errors": errors,
        });
        snapshot(activity, content)
    }
}

impl Drawn {
    /// Whether new data is shown now.
    fn is_due(&self, bytes: usize) -> bool {
        bytes <= PROMPT_BYTES || bytes >= self.bytes + self.bytes / 4
    }
}

/// The components, if they are all there and each has a type.
fn whole(tree: &Tree) -> Option<&[Value]> {
    let components = tree.get("components")?.as_array()?;
    let typed = |component: &Value| component["component"].is_string();
    (!components.is_empty() && components.iter().all(typed)).then_some(components)
}

fn joined(errors: &[Value]) -> String {
    let messages = errors.iter().filter_map(|error| error["message"].as_str());
    messages.collect::<Vec<_>>().join("; ")
}

/// What a frontend does to show a surface.
struct Operations<'a> {
    surface: &'a str,
    catalog: &'a str,
}

impl Operations<'_> {
    /// As an activity's content. A surface is never made without components: a frontend fails on one.
    fn with(&self, components: &Value, data: Option<Value>) -> Value {
        let Self { surface, catalog } = self;
        let mut operations = vec![
            json!({"version": "v0.9", "createSurface": {"surfaceId": surface, "catalogId": catalog}}),
            json!({"version": "v0.9", "updateComponents": {"surfaceId": surface, "components": components}}),
        ];
        operations.extend(data.map(|data| {
            json!({"version": "v0.9", "updateDataModel": {"surfaceId": surface, "path": "/", "value": data}})
        }));
        json!({"a2ui_operations": operations})
    }
}
