//! From a request to an answer: check, plan, execute. Everything that depends on the text alone is done once a text.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{EmptySubscription, Name, ObjectType, Request, Response, Schema, Variables};
use lru::LruCache;
use parking_lot::Mutex;
use serde_json::{Map, Value};

use super::document::{CheckedDocument, Checker, DocumentError, Limits, OperationKind};
use super::incremental::{Delivery, Payloads, Scope, clean};
use super::plan::{self, Plan, without_fillers};
use super::request::{GraphQlRequest, RequestError};
use super::resolvers::{CopilotSchema, RequestContext};
use super::unions::without_conditions;

/// How many documents are kept parsed. Apps send a handful.
const CACHED_DOCUMENTS: NonZeroUsize = NonZeroUsize::new(256).expect("not zero");
/// Longer documents are checked anew each time: they are not what apps send.
const CACHED_LENGTH: usize = 32 << 10;

/// What an execution gave.
pub(crate) enum Answer {
    Plain(String),
    Incremental(Box<Payloads>),
    /// The answer would be incremental, and the client takes none.
    NotAcceptable,
}

/// Executes requests against the schema.
pub(crate) struct Executor {
    schema: CopilotSchema,
    checker: Checker,
    documents: Mutex<LruCache<Arc<str>, Arc<Document>>>,
}

/// A checked document with its plans.
struct Document {
    checked: CheckedDocument,
    /// The document as async-graphql reads it, and the variables that its directives depend on. Only a valid document is
    /// read: async-graphql's parser refuses some invalid ones in its own words.
    parsed: OnceLock<(ExecutableDocument, Vec<Name>)>,
    /// The plan of the operation that was asked for last, which is the only one apps ever ask for.
    last: Mutex<Option<(PlanKey, Arc<Plan>)>>,
}

#[derive(PartialEq)]
struct PlanKey {
    operation: Option<String>,
    switches: Vec<Option<Value>>,
}

impl Executor {
    pub(crate) fn new(schema: CopilotSchema, limits: Limits) -> Result<Self, String> {
        Ok(Self {
            checker: Checker::new(
                &[
                    include_str!("../../schema/schema.graphql"),
                    include_str!("../../schema/extensions.graphql"),
                ],
                limits,
            )?,
            schema,
            documents: Mutex::new(LruCache::new(CACHED_DOCUMENTS)),
        })
    }

    /// Answers one request. `by_get` forbids mutations, which a link must not cause.
    pub(crate) async fn execute(
        &self,
        request: GraphQlRequest,
        context: RequestContext,
        by_get: bool,
    ) -> Result<Answer, RequestError> {
        let document = self.document(&request.query)?;
        let name = request.operation_name.as_deref();
        let selected = document.checked.select(name);
        let operation = selected.map_err(|error| RequestError::variables(&[error]))?;
        if by_get && operation.kind == OperationKind::Mutation {
            return Err(RequestError::mutation_by_get());
        }
        let operation = document.checked.operation(name);
        let operation = operation.map_err(|errors| RequestError::document(&errors))?;
        let variables = match document.checked.coerce(operation, request.variables) {
            Ok(variables) => variables,
            // Not refused but executed, to no avail (upstream 1.10.6).
            Err(errors) if operation.kind == OperationKind::Subscription => {
                return Ok(Answer::Plain(refusal(&errors)));
            }
            Err(errors) => return Err(RequestError::variables(&errors)),
        };
        let plan = document.plan(&request.query, name, &variables)?;
        self.run(&plan, variables, context).await
    }

    async fn run(
        &self,
        plan: &Plan,
        variables: Map<String, Value>,
        mut context: RequestContext,
    ) -> Result<Answer, RequestError> {
        let unread = Arc::new(AtomicBool::new(false));
        context.unread = (plan.incremental && !context.takes_incremental).then(|| unread.clone());
        let too_many = context.too_many.clone();
        let request = Request::new(String::new())
            .variables(Variables::from_json(Value::Object(variables)))
            .data(context);
        let answer = run(&self.schema, plan, request).await;
        if let Some(too_many) = too_many.get() {
            return Err(RequestError::too_many(too_many));
        }
        Ok(match unread.load(Ordering::Relaxed) {
            true => Answer::NotAcceptable,
            false => answer,
        })
    }

    fn document(&self, text: &str) -> Result<Arc<Document>, RequestError> {
        if let Some(document) = self.documents.lock().get(text) {
            return Ok(document.clone());
        }
        let checked = self
            .checker
            .check(text)
            .map_err(|errors| RequestError::document(&errors))?;
        let document = Arc::new(Document {
            checked,
            parsed: OnceLock::new(),
            last: Mutex::new(None),
        });
        if text.len() <= CACHED_LENGTH {
            self.documents.lock().put(text.into(), document.clone());
        }
        Ok(document)
    }
}

/// Carries out a plan. What it leaves to be delivered late hangs off the answer.
async fn run<Q: ObjectType + 'static, M: ObjectType + 'static>(
    schema: &Schema<Q, M, EmptySubscription>,
    plan: &Plan,
    mut request: Request,
) -> Answer {
    let delivery = Delivery::new(plan);
    let scope = Scope::new(delivery.clone());
    let _unanswered = Unanswered(scope.clone());
    if plan.incremental {
        request = request.data(scope.clone());
    }
    request.set_parsed_query(plan.document.clone());
    let mut response = schema.execute(request).await;
    if plan.filled {
        without_fillers(&mut response.data);
    }
    scope.settle(&mut response.data, &Default::default());
    if scope.is_empty() {
        return Answer::Plain(json(response, None));
    }
    let first = json(response, Some(true));
    scope.release();
    Answer::Incremental(Box::new(Payloads::new(first, delivery)))
}

/// Frees what an execution holds back when it is dropped before it has an answer.
struct Unanswered(Arc<Scope>);

impl Drop for Unanswered {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

impl Document {
    /// The plan of a valid operation.
    fn plan(
        &self,
        text: &str,
        operation: Option<&str>,
        variables: &Map<String, Value>,
    ) -> Result<Arc<Plan>, RequestError> {
        let (document, switches) = match self.parsed.get() {
            Some(parsed) => parsed,
            None => {
                let mut parsed = async_graphql::parser::parse_query(text).map_err(unreadable)?;
                without_conditions(&mut parsed, |name| self.checked.covers(name));
                let switches = plan::switches(&parsed);
                self.parsed.get_or_init(|| (parsed, switches))
            }
        };
        let key = PlanKey {
            operation: operation.map(str::to_owned),
            switches: switches
                .iter()
                .map(|name| variables.get(name.as_str()).cloned())
                .collect(),
        };
        let mut last = self.last.lock();
        if let Some((of, plan)) = &*last
            && *of == key
        {
            return Ok(plan.clone());
        }
        let mut operations = document.operations.iter();
        let chosen = operations
            .find(|(name, _)| operation.is_none() || name.map(Name::as_str) == operation)
            .ok_or_else(|| unreadable("it has no such operation"))?
            .1;
        let plan = Arc::new(plan::plan(document, chosen, variables));
        *last = Some((key, plan.clone()));
        Ok(plan)
    }
}

/// A document that is valid, and that async-graphql cannot read all the same: descriptions of operations, for example.
fn unreadable(reason: impl std::fmt::Display) -> RequestError {
    RequestError::bad_request(format!("The document cannot be executed: {reason}"))
}

/// The answer to an operation that the schema has no root type for.
fn refusal(errors: &[DocumentError]) -> String {
    let errors: Vec<Value> = errors.iter().map(DocumentError::to_json).collect();
    serde_json::json!({"errors": errors}).to_string()
}

/// The JSON of a response: `errors` only if there are any, `hasNext` only in an incremental answer.
fn json(response: Response, has_next: Option<bool>) -> String {
    #[derive(serde::Serialize)]
    struct Body {
        #[serde(skip_serializing_if = "Vec::is_empty")]
        errors: Vec<async_graphql::ServerError>,
        data: async_graphql::Value,
        #[serde(rename = "hasNext", skip_serializing_if = "Option::is_none")]
        has_next: Option<bool>,
    }
    let body = Body {
        errors: clean(response.errors),
        data: response.data,
        has_next,
    };
    serde_json::to_string(&body).unwrap_or_else(|error| {
        tracing::error!(%error, "an answer cannot be written as JSON");
        r#"{"errors":[{"message":"The answer cannot be written as JSON."}],"data":null}"#.to_owned()
    })
}

#[cfg(test)]
#[path = "execute_tests.rs"]
mod tests;
