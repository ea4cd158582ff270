//! From the payloads of an incremental answer to typed pieces.
//!
//! The same pieces come out of a whole answer: a server that streams nothing looks like one that is very fast.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::{ClientError, GraphQlError};
use super::messages::{Message, MessageStatus, MetaEvent, ResponseStatus};

/// Something that arrived.
#[derive(Debug, Clone)]
pub enum Piece {
    /// The thread on which the runtime answers.
    Thread(String),
    /// A message begins; its place in the answer.
    Message(usize, Message),
    /// More text, or more of a call's arguments, for the message at this place.
    Chunk(usize, String),
    /// How the message at this place ended.
    MessageEnd(usize, MessageStatus),
    /// The agent waits for the user.
    Meta(MetaEvent),
    /// How the answer ended.
    End(ResponseStatus),
}

/// One payload: the first one with `data`, later ones with `incremental`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    data: Option<Value>,
    #[serde(default)]
    errors: Vec<GraphQlError>,
    #[serde(default)]
    incremental: Vec<Patch>,
}

/// One late value.
#[derive(Deserialize)]
struct Patch {
    #[serde(default)]
    path: Vec<PathPart>,
    items: Option<Vec<Value>>,
    data: Option<Value>,
    #[serde(default)]
    errors: Vec<GraphQlError>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum PathPart {
    Key(String),
    Index(usize),
}

const FIELD: &str = "generateCopilotResponse";

/// The pieces of one payload, in their order; `None` if it is no GraphQL payload.
pub(super) fn pieces(payload: &[u8]) -> Option<Result<Vec<Piece>, ClientError>> {
    let payload: Payload = serde_json::from_slice(payload).ok()?;
    let failed = payload.errors.into_iter().chain(
        payload
            .incremental
            .iter()
            .flat_map(|patch| patch.errors.clone()),
    );
    let failed: Vec<_> = failed.collect();
    if !failed.is_empty() {
        return Some(Err(ClientError::Refused(failed)));
    }
    let mut pieces = Vec::new();
    let read = payload
        .data
        .map_or(Ok(()), |mut data| response(data[FIELD].take(), &mut pieces))
        .and_then(|()| {
            payload
                .incremental
                .into_iter()
                .try_for_each(|late| patch(late, &mut pieces))
        });
    Some(read.map(|()| pieces))
}

fn patch(patch: Patch, pieces: &mut Vec<Piece>) -> Result<(), ClientError> {
    use PathPart::{Index, Key};
    let items = patch.items.unwrap_or_default();
    let path: Vec<_> = patch.path.iter().collect();
    match path.as_slice() {
        [Key(_)] => response(patch.data.unwrap_or_default(), pieces),
        [Key(_), Key(list), Index(first)] if list == "messages" => {
            if let Some(data) = patch.data {
                message_end(*first, &data, pieces)?;
            }
            (*first..)
                .zip(items)
                .try_for_each(|(index, item)| message(index, item, pieces))
        }
        [Key(_), Key(list), Index(index), Key(_), Index(_)] if list == "messages" => {
            chunks(*index, items, pieces)
        }
        [Key(_), Key(list), Index(_)] if list == "metaEvents" => metas(items, pieces),
        // Late parts of what this client does not show, such as an interrupt's messages.
        _ => Ok(()),
    }
}

fn response(value: Value, pieces: &mut Vec<Piece>) -> Result<(), ClientError> {
    let Value::Object(mut fields) = value else {
        return Ok(());
    };
    if let Some(Value::String(thread)) = fields.remove("threadId") {
        pieces.push(Piece::Thread(thread));
    }
    for (index, item) in list(&mut fields, "messages").into_iter().enumerate() {
        message(index, item, pieces)?;
    }
    metas(list(&mut fields, "metaEvents"), pieces)?;
    if let Some(status) = fields.remove("status") {
        pieces.push(Piece::End(typed(&status)?));
    }
    Ok(())
}

fn list(fields: &mut Map<String, Value>, name: &str) -> Vec<Value> {
    match fields.remove(name) {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    }
}

fn message(index: usize, item: Value, pieces: &mut Vec<Piece>) -> Result<(), ClientError> {
    pieces.push(Piece::Message(index, typed(&item)?));
    message_end(index, &item, pieces)
}

fn message_end(index: usize, data: &Value, pieces: &mut Vec<Piece>) -> Result<(), ClientError> {
    if let Some(status) = data.get("status") {
        pieces.push(Piece::MessageEnd(index, typed(status)?));
    }
    Ok(())
}

fn chunks(index: usize, items: Vec<Value>, pieces: &mut Vec<Piece>) -> Result<(), ClientError> {
    for item in &items {
        pieces.push(Piece::Chunk(index, typed(item)?));
    }
    Ok(())
}

fn metas(items: Vec<Value>, pieces: &mut Vec<Piece>) -> Result<(), ClientError> {
    for item in &items {
        pieces.push(Piece::Meta(typed(item)?));
    }
    Ok(())
}

fn typed<T: DeserializeOwned>(value: &Value) -> Result<T, ClientError> {
    T::deserialize(value).map_err(|error| ClientError::Protocol(error.to_string()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    /// Each piece in a line, as short as can be.
    fn shown(payload: &Value) -> Vec<String> {
        let line = |piece: &Piece| match piece {
            Piece::Thread(thread) => format!("thread {thread}"),
            Piece::Message(at, Message::Text(text)) => format!("{at} text {:?}", text.content),
            Piece::Message(at, Message::ToolCall(call)) => {
                format!("{at} call {} {:?}", call.name, call.arguments)
            }
            Piece::Message(at, Message::ToolResult(result)) => {
                format!("{at} result {}", result.result)
            }
            Piece::Message(at, Message::State(state)) => format!("{at} state {}", state.state),
            Piece::Message(at, Message::Image(image)) => format!("{at} image {}", image.format),
            Piece::Message(at, Message::Other) => format!("{at} other"),
            Piece::Chunk(at, text) => format!("{at} + {text}"),
            Piece::MessageEnd(at, MessageStatus::FailedMessageStatus(failed)) => {
                format!("{at} failed {}", failed.reason)
            }
            Piece::MessageEnd(at, _) => format!("{at} end"),
            Piece::Meta(event) => format!("asks {}", event.question().unwrap().1),
            Piece::End(ResponseStatus::FailedResponseStatus(failed)) => {
                format!("failed {:?}", failed.reason)
            }
            Piece::End(_) => "end".to_owned(),
        };
        pieces(payload.to_string().as_bytes())
            .unwrap()
            .unwrap()
            .iter()
            .map(line)
            .collect()
    }

    fn text(id: &str, content: Value) -> Value {
        json!({"__typename": "TextMessageOutput", "id": id, "createdAt": "2026-11-22T06:15:59.844Z",
            "content": content, "role": "assistant", "parentMessageId": null})
    }

    fn success(typename: &str) -> Value {
        json!({"code": "Success", "__typename": typename})
    }

    #[test]
    fn payloads_become_pieces_in_their_order() {
        let at = |rest: Value| {
            json!(
                [
                    &[json!("generateCopilotResponse")],
                    rest.as_array().unwrap().as_slice()
                ]
                .concat()
            )
        };
        let first = json!({"data": {"generateCopilotResponse": {"threadId": "t", "runId": null, "extensions": null,
            "messages": [], "metaEvents": [], "__typename": "CopilotResponse"}}, "hasNext": true});
        assert_eq!(shown(&first), ["thread t"]);
        let late = json!({"incremental": [
            {"items": [text("m1", json!([]))], "path": at(json!(["messages", 0]))},
            {"items": ["Hel", "lo"], "path": at(json!(["messages", 0, "content", 0]))},
            {"data": {"status": success("SuccessMessageStatus")}, "path": at(json!(["messages", 0]))},
            {"items": [{"__typename": "ActionExecutionMessageOutput", "id": "c", "createdAt": "2026-11-22T06:15:59Z",
                "name": "go", "arguments": [], "parentMessageId": null}], "path": at(json!(["messages", 1]))},
            {"items": ["{}"], "path": at(json!(["messages", 1, "arguments", 0]))},
            {"data": {"status": {"code": "Failed", "reason": "broke", "__typename": "FailedMessageStatus"}},
                "path": at(json!(["messages", 1]))},
            {"items": [{"__typename": "LangGraphInterruptEvent", "type": "MetaEvent", "value": "sure?",
                "name": "LangGraphInterruptEvent"}], "path": at(json!(["metaEvents", 0]))},
            {"data": {"status": {"code": "Failed", "reason": "UNKNOWN_ERROR", "details": {"description": "x"},
                "__typename": "FailedResponseStatus"}}, "path": at(json!([]))},
        ], "hasNext": true});
        let expected = [
            "0 text []",
            "0 + Hel",
            "0 + lo",
            "0 end",
            "1 call go []",
            "1 + {}",
            "1 failed broke",
            "asks sure?",
            "failed UnknownError",
        ];
        assert_eq!(shown(&late), expected);
        assert!(shown(&json!({"hasNext": false})).is_empty());
    }

    #[test]
    fn a_whole_answer_has_the_same_pieces() {
        let mut message = text("m1", json!(["Hello", "!"]));
        message["status"] = success("SuccessMessageStatus");
        let whole = json!({"data": {"generateCopilotResponse": {"threadId": "t", "messages": [message],
            "metaEvents": [], "status": success("SuccessResponseStatus")}}});
        assert_eq!(
            shown(&whole),
            ["thread t", "0 text [\"Hello\", \"!\"]", "0 end", "end"]
        );
    }

    #[test]
    fn errors_are_told_wherever_they_stand() {
        let error = json!({"message": "no such agent", "extensions": {"code": "AGENT_NOT_FOUND"}});
        for payload in [
            json!({"errors": [error], "data": null}),
            json!({"incremental": [{"items": null, "path": ["generateCopilotResponse", "messages", 0], "errors": [error]}]}),
        ] {
            let error = pieces(payload.to_string().as_bytes()).unwrap().unwrap_err();
            assert_eq!(error.to_string(), "no such agent (AGENT_NOT_FOUND)");
        }
        assert!(pieces(b"<html>").is_none());
    }
}
