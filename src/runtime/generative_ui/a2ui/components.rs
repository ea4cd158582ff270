//! Whether a surface's components can be drawn: each has an id and a type, all children are there, and no component is within
//! itself. The codes of what is wrong are those of `@ag-ui/a2ui-toolkit` 0.0.4.
//!
//! Which types there are and what they need only the frontend knows; data comes later than components and is not looked at.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

/// What is wrong, for people and for the model's next attempt; nothing if they can be drawn.
pub(super) fn errors(components: &[Value]) -> Vec<Value> {
    let mut errors = Vec::new();
    let ids = ids(components, &mut errors);
    for (at, component) in components.iter().enumerate() {
        if id(component).is_none() {
            let message = format!("Component {at} has no text for `id`");
            errors.push(error("missing_id", format!("components[{at}].id"), message));
        }
        if component["component"].as_str().is_none_or(str::is_empty) {
            let message = format!("Component {at} has no text for `component`, its type");
            let path = format!("components[{at}].component");
            errors.push(error("missing_component_type", path, message));
        }
        for (path, child) in children(component) {
            if !ids.contains(child) {
                let message = format!("There is no component with the id '{child}'");
                let path = format!("components[{at}].{path}");
                errors.push(error("unresolved_child", path, message));
            }
        }
    }
    errors.extend(cycle(components).map(|cycle| {
        let message = format!("Components are within themselves: {}", cycle.join(" -> "));
        error(
            "child_cycle",
            format!("components[id={}]", cycle[0]),
            message,
        )
    }));
    if !ids.contains("root") {
        let message = "No component has the id 'root'".to_owned();
        errors.push(error("no_root", "components".to_owned(), message));
    }
    errors
}

/// The key of the data that a component is repeated for, if there is one: the first array that children are bound to.
pub(super) fn repeated(components: &[Value]) -> Option<&str> {
    let mut paths = components
        .iter()
        .filter_map(|component| component["children"]["path"].as_str());
    let path = paths.find(|path| !path.is_empty())?;
    Some(path.strip_prefix('/').unwrap_or(path))
}

fn error(code: &str, path: String, message: String) -> Value {
    json!({"code": code, "path": path, "message": message})
}

fn id(component: &Value) -> Option<&str> {
    component["id"].as_str().filter(|id| !id.is_empty())
}

fn ids<'a>(components: &'a [Value], errors: &mut Vec<Value>) -> HashSet<&'a str> {
    let mut ids = HashSet::new();
    for id in components.iter().filter_map(id) {
        if !ids.insert(id) {
            let message = format!("Several components have the id '{id}'");
            errors.push(error(
                "duplicate_id",
                format!("components[id={id}]"),
                message,
            ));
        }
    }
    ids
}

/// The ids that a component names as its children, and where.
fn children(component: &Value) -> Vec<(String, &str)> {
    let mut found = Vec::new();
    for field in ["child", "children"] {
        match &component[field] {
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    // A list of children is told by place, a single child is not.
                    let path = match field {
                        "children" => format!("{field}[{at}]"),
                        _ => field.to_owned(),
                    };
                    found.extend(child(item).map(|id| (path, id)));
                }
            }
            value => found.extend(child(value).map(|id| (field.to_owned(), id))),
        }
    }
    found
}

fn child(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value["componentId"].as_str())
}

/// The first way from a component to itself, by ids, its first id again at the end.
fn cycle(components: &[Value]) -> Option<Vec<&str>> {
    let named = components.iter().filter_map(|component| {
        let children = children(component).into_iter().map(|(_, id)| id);
        Some((id(component)?, children.collect::<Vec<_>>()))
    });
    let graph: HashMap<&str, Vec<&str>> = named.collect();
    let mut done = HashSet::new();
    for component in components.iter().filter_map(id) {
        // The way to here, with how many of each one's children were visited.
        let mut way: Vec<(&str, usize)> = vec![(component, 0)];
        let mut on_way = HashSet::from([component]);
        while let Some((at, visited)) = way.last_mut() {
            let next = graph.get(at).and_then(|children| children.get(*visited));
            *visited += 1;
            match next {
                _ if done.contains(*at) => {
                    on_way.remove(*at);
                    way.pop();
                }
                None => {
                    on_way.remove(*at);
                    done.insert(*at);
                    way.pop();
                }
                Some(next) if on_way.contains(next) => {
                    let ids = way.iter().map(|(id, _)| *id);
                    return Some(ids.skip_while(|id| id != next).chain([*next]).collect());
                }
                Some(next) => {
                    on_way.insert(next);
                    way.push((next, 0));
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_cannot_be_drawn_is_told_by_code_and_place() {
        let text = |id: &str| json!({"id": id, "component": "Text"});
        let row =
            |id: &str, children: Value| json!({"id": id, "component": "Row", "children": children});
        for (components, expected) in [
            (json!([text("root")]), &[][..]),
            (
                json!([
                    row("root", json!(["a", {"componentId": "a", "path": "/x"}])),
                    text("a")
                ]),
                &[],
            ),
            (
                json!([text("root"), text("root")]),
                &["duplicate_id components[id=root]"],
            ),
            (
                json!([text("root"), {"component": "Text"}]),
                &["missing_id components[1].id"],
            ),
            (
                json!([{"id": "root", "component": ""}]),
                &["missing_component_type components[0].component"],
            ),
            (
                json!([row("root", json!(["a", "b"])), text("b")]),
                &["unresolved_child components[0].children[0]"],
            ),
            (
                json!([{"id": "root", "component": "Card", "child": "a"}]),
                &["unresolved_child components[0].child"],
            ),
            (
                json!([row("root", json!({"componentId": "a"}))]),
                &["unresolved_child components[0].children"],
            ),
            (
                json!([row("root", json!(["root"]))]),
                &["child_cycle components[id=root]"],
            ),
            (
                json!([
                    row("root", json!(["a"])),
                    row("a", json!(["b", "c"])),
                    text("b"),
                    row("c", json!(["b", "a"]))
                ]),
                &["child_cycle components[id=a]"],
            ),
            (json!([text("a")]), &["no_root components"]),
        ] {
            let found = errors(components.as_array().unwrap());
            let told: Vec<String> = found
                .iter()
                .map(|error| {
                    format!(
                        "{} {}",
                        error["code"].as_str().unwrap(),
                        error["path"].as_str().unwrap()
                    )
                })
                .collect();
            assert_eq!(told, expected, "{components}");
        }
    }

    #[test]
    fn many_ways_to_one_component_are_looked_at_once() {
        let name = |at: usize| {
            if at == 0 {
                "root".to_owned()
            } else {
                format!("c{at}")
            }
        };
        let component = |at: usize| {
            let children = if at < 2_000 {
                vec![name(at + 1); 2]
            } else {
                Vec::new()
            };
            json!({"id": name(at), "component": "Row", "children": children})
        };
        let components: Vec<Value> = (0..=2_000).map(component).collect();
        assert_eq!(errors(&components), Vec::<Value>::new());
    }
}
