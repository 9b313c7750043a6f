//! The document, out of the routes.

use serde_json::{Map, Value, json};

use super::intro::{INTRO, TAGS, TITLE};
use super::refusals;
use super::route::{Access, Answer, Place, Route, Takes};
use super::shown::{Schemas, Shown as _};
use super::signing;
use super::words;
use crate::auth::Need;
use crate::webhooks::Event;

/// The `OpenAPI` document of these routes. The same routes give the same document, byte by byte.
pub fn document(routes: &[Route]) -> Value {
    let mut schemas = Schemas::default();
    schemas.of::<words::RefId>();
    schemas.put("Error", refusals::schema());
    let mut shared: Map<String, Value> = Map::new();
    let mut paths: Map<String, Value> = Map::new();
    for route in routes {
        let method = route.method.as_str().to_ascii_lowercase();
        let item = paths
            .entry(route.path)
            .or_insert_with(|| Value::Object(Map::new()));
        item[method] = operation(route, &mut schemas, &mut shared);
    }
    let tags = TAGS.map(|(name, says)| json!({"name": name, "description": says}));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": env!("CARGO_PKG_VERSION"),
            "description": INTRO,
            "license": {"name": env!("CARGO_PKG_LICENSE"), "identifier": env!("CARGO_PKG_LICENSE")},
        },
        "servers": [{"url": "/"}],
        "tags": tags,
        "paths": paths,
        "webhooks": {"transaction": {"post": told_to_members(&mut schemas)}},
        "components": {
            "schemas": schemas.into_value(),
            "responses": shared,
            "examples": refusals::examples(),
            "headers": headers(),
            "securitySchemes": signing::schemes(),
        },
    })
}

/// What we send: how an order changed.
fn told_to_members(schemas: &mut Schemas) -> Value {
    let header = |name: &str, says: &str| {
        let text = json!({"type": "string"});
        json!({"name": name, "in": "header", "required": true, "description": says, "schema": text})
    };
    json!({
        "operationId": "webhook.transaction",
        "summary": "An order changed. At least once, newest state only; Standard Webhooks.",
        "description": "Verify before believing: base64 of the HMAC-SHA256 over `webhook-id.webhook-timestamp.body`, under the decoded base64 after `whsec_`. Ignore a smaller `revision` than the one you know.",
        "tags": ["orders"],
        "parameters": [
            header("webhook-id", "The same for every try of one revision."),
            header("webhook-timestamp", "Unix seconds of this try; refuse one more than 5 minutes off."),
            header("webhook-signature", "`v1,` and the base64; two, separated by a blank, while the secret is changed."),
        ],
        "requestBody": {"required": true, "content": {"application/json": {
            "schema": schemas.of::<Event>(),
            "example": Event::example(),
        }}},
        "responses": {
            "2XX": {"description": "Taken. Answer within 15 seconds, then work."},
            "410": {"description": "Nothing more is sent until an operator sets the address again."},
            "default": {"description": "Tried again later."},
        },
    })
}

fn headers() -> Value {
    json!({
        "X-Request-Id": {
            "description": "The name of the request, for questions about it.",
            "required": true,
            "schema": {"type": "string", "pattern": "^req_[0-9a-f]{31}$"},
        },
        "Retry-After": {
            "description": "How many seconds to wait.",
            "schema": {"type": "integer", "minimum": 1},
        },
        "Idempotent-Replayed": {
            "description": "There and `true` if this `ref_id` was taken before: this is the order as it stands.",
            "schema": {"const": "true"},
        },
        "ETag": {
            "description": "Names what the answer says. Sent back in `If-None-Match`, it makes the same answer a 304 without a body.",
            "schema": {"type": "string"},
        },
    })
}

fn operation(route: &Route, schemas: &mut Schemas, shared: &mut Map<String, Value>) -> Value {
    let mut responses: Map<String, Value> = Map::new();
    responses.insert("200".to_owned(), answered(route, schemas));
    if route.tagged {
        let same = json!({"description": "The caller has it already.", "headers": named(route)});
        responses.insert("304".to_owned(), same);
    }
    for refused in refusals::responses(&refusals::of(route)) {
        let at = format!("#/components/responses/{}", refused.name);
        responses.insert(refused.status, json!({"$ref": at}));
        shared.insert(refused.name, refused.response);
    }
    let mut told = json!({
        "operationId": route.name,
        "summary": route.summary,
        "tags": [tag(route)],
        "parameters": parameters(route, schemas),
        "responses": responses,
        "security": security(route.access),
    });
    if let Some(takes) = &route.takes {
        told["requestBody"] = body(takes, schemas);
    }
    told
}

fn tag(route: &Route) -> &'static str {
    match route.access {
        Access::Member(_) => "orders",
        Access::Operator(_) => "administration",
        Access::Supplier => "callbacks",
        Access::Buyer => "otomax",
        Access::Counted => "docs",
        Access::Anyone => "health",
    }
}

fn security(access: Access) -> Value {
    let word = |scope| serde_json::to_value(scope).unwrap_or_default();
    let (b, a) = match access {
        Access::Anyone | Access::Counted | Access::Supplier | Access::Buyer => return json!([]),
        Access::Member(need) => (word(need.scope), need == Need::ORDER),
        Access::Operator(scope) => (word(scope), false),
    };
    let scope = b.as_str().unwrap_or_default();
    if a {
        json!([signing::scheme_b(scope), signing::scheme_a(scope)])
    } else {
        json!([signing::scheme_b(scope)])
    }
}

fn parameters(route: &Route, schemas: &mut Schemas) -> Value {
    let place = route.place.as_ref().map(|place| at(route, place, schemas));
    let known = route.tagged.then(|| {
        json!({
            "name": "If-None-Match",
            "in": "header",
            "description": "The `ETag` of an earlier answer.",
            "schema": {"type": "string"},
            "example": "\"7-0123456789abcdef\"",
        })
    });
    let parts = place.into_iter().chain(route.query.clone());
    parts.chain(known).collect()
}

fn at(route: &Route, place: &Place, schemas: &mut Schemas) -> Value {
    let name = route.path.split(['{', '}']).nth(1).unwrap_or_default();
    json!({
        "name": name,
        "in": "path",
        "required": true,
        "schema": (place.schema)(schemas),
        "example": place.example,
    })
}

fn body(takes: &Takes, schemas: &mut Schemas) -> Value {
    let schema = (takes.schema)(schemas);
    let mut content = json!({
        "application/json": {"schema": schema, "example": takes.example},
    });
    if let Some((kind, example)) = takes.also {
        content[kind] = json!({"schema": {"type": "string"}, "example": example});
    }
    json!({"required": true, "content": content})
}

fn answered(route: &Route, schemas: &mut Schemas) -> Value {
    let (data, example) = match &route.answer {
        Answer::Raw { kinds, says } => {
            let content: Map<String, Value> = kinds
                .iter()
                .map(|kind| ((*kind).to_owned(), json!({})))
                .collect();
            return json!({"description": says, "headers": named(route), "content": content});
        }
        Answer::Data { schema, example } => (schema(schemas), example.clone()),
        Answer::List {
            name,
            schema,
            example,
        } => {
            let page = json!({
                "type": "object",
                "required": [name, "next_cursor"],
                "properties": {
                    *name: {"type": "array", "items": schema(schemas)},
                    "next_cursor": {"type": ["string", "null"], "description": "What `cursor` is for the next page; null on the last one."},
                },
            });
            (page, json!({*name: [example], "next_cursor": null}))
        }
    };
    json!({
        "description": "Done.",
        "headers": named(route),
        "links": links(route),
        "content": {"application/json": {
            "schema": {
                "type": "object",
                "required": ["code", "status", "message", "data"],
                "properties": {
                    "code": {"const": 200},
                    "status": {"const": "success"},
                    "message": {"type": "string", "description": "For people, in Indonesian."},
                    "data": data,
                },
            },
            "example": {"code": 200, "status": "success", "message": "Berhasil.", "data": example},
        }},
    })
}

fn links(route: &Route) -> Value {
    let leads = route.leads.iter().map(|lead| {
        let found = format!("$response.body#{}", lead.pointer);
        let link = json!({"operationId": lead.name, "parameters": {lead.place: found}});
        (lead.name.to_owned(), link)
    });
    leads.collect::<Map<_, _>>().into()
}

fn named(route: &Route) -> Value {
    let header = |name: &str| json!({"$ref": format!("#/components/headers/{name}")});
    let mut headers = json!({"X-Request-Id": header("X-Request-Id")});
    if route.repeats {
        headers["Idempotent-Replayed"] = header("Idempotent-Replayed");
    }
    if route.tagged {
        headers["ETag"] = header("ETag");
    }
    headers
}
