//! The reference of the REST face, `/openapi.json` and `/docs`: made by poem-openapi from a table of the routes and from the JSON
//! Schemas that the types are generated from.
//!
//! The routes themselves are matched by suffix and answer in upstream's words, which poem-openapi's own handlers do not; a
//! test keeps the table and the routes together.

mod operations;
mod schemas;

use std::collections::HashMap;

use http::Method;
use poem::endpoint::BoxEndpoint;
use poem_openapi::registry::{
    MetaApi, MetaMediaType, MetaOperation, MetaOperationParam, MetaPath, MetaRequest, MetaResponse,
    MetaResponses, MetaSchema, MetaSchemaRef, Registry,
};
use poem_openapi::{OpenApi, OpenApiService, ServerObject};

use operations::{Answer, Body, OPERATIONS, Operation, Param};

/// The document.
pub(crate) fn spec(base_path: &str) -> String {
    service(base_path).spec()
}

/// The page that shows the document and tries requests. It loads nothing from elsewhere.
pub(crate) fn page(base_path: &str) -> String {
    // A browser that is told of no icon asks for one that is not there.
    let icon = "<head><link rel=\"icon\" href=\"data:,\">";
    service(base_path)
        .swagger_ui_html()
        .replacen("<head>", icon, 1)
}

fn service(base_path: &str) -> OpenApiService<Reference, ()> {
    let server = match base_path.trim_end_matches('/') {
        "" => "/",
        path => path,
    };
    OpenApiService::new(Reference, "agui-runtime", env!("CARGO_PKG_VERSION"))
        .description(
            "What CopilotKit's clients from 1.50 on call, as REST routes. The same URL speaks GraphQL to older clients.",
        )
        .server(ServerObject::new(server))
}

struct Reference;

impl OpenApi for Reference {
    fn meta() -> Vec<MetaApi> {
        let mut paths: Vec<MetaPath> = Vec::new();
        for operation in OPERATIONS {
            let described = describe(operation);
            match paths.iter_mut().find(|path| path.path == operation.path) {
                Some(path) => path.operations.push(described),
                None => paths.push(MetaPath {
                    path: operation.path.to_owned(),
                    operations: vec![described],
                }),
            }
        }
        vec![MetaApi { paths }]
    }

    fn register(registry: &mut Registry) {
        registry.schemas.extend(schemas::all());
    }

    /// None: requests go to the face itself.
    fn add_routes(self, _: &mut HashMap<String, HashMap<Method, BoxEndpoint<'static>>>) {}
}

fn describe(operation: &'static Operation) -> MetaOperation {
    MetaOperation {
        method: operation.method.clone(),
        tags: vec![operation.tag],
        summary: Some(operation.summary),
        description: Some(operation.description).filter(|text| !text.is_empty()),
        external_docs: None,
        params: operation.params.iter().map(param).collect(),
        request: operation.body.as_ref().map(request),
        responses: MetaResponses {
            responses: operation.answers.iter().map(answer).collect(),
        },
        deprecated: false,
        security: Vec::new(),
        operation_id: None,
        code_samples: Vec::new(),
    }
}

fn param(param: &'static Param) -> MetaOperationParam {
    MetaOperationParam {
        name: param.name.to_owned(),
        schema: MetaSchemaRef::Inline(Box::new(MetaSchema {
            example: (!param.example.is_empty()).then(|| param.example.into()),
            ..MetaSchema::new("string")
        })),
        in_type: param.place,
        description: Some(param.description.to_owned()),
        required: param.place == poem_openapi::registry::MetaParamIn::Path,
        deprecated: false,
        explode: true,
        style: None,
    }
}

fn request(body: &'static Body) -> MetaRequest {
    let content = body.content.iter().map(|(content_type, schema)| {
        let schema = MetaSchemaRef::Reference((*schema).to_owned());
        let example = serde_json::from_str(body.example).ok();
        MetaMediaType {
            content_type,
            schema: schema.merge(MetaSchema {
                example: example.filter(|_| *content_type == operations::JSON),
                ..MetaSchema::ANY
            }),
        }
    });
    MetaRequest {
        description: None,
        content: content.collect(),
        required: body.required,
    }
}

fn answer(answer: &'static Answer) -> MetaResponse {
    let content = answer.content.map(|(content_type, schema)| MetaMediaType {
        content_type,
        schema: MetaSchemaRef::Reference(schema.to_owned()),
    });
    MetaResponse {
        description: answer.description,
        status: Some(answer.status),
        status_range: None,
        content: content.into_iter().collect(),
        headers: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
