//! One route: everything about it, in one place.

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, MethodRouter, on};
use eraflazz_core::member::Scope;
use serde_json::Value;
use utoipa::IntoParams;
use utoipa::openapi::path::ParameterIn;

use super::shown::{Describe, Schemas, Shown};
use crate::app::App;
use crate::auth::{Door, Need, gate};
use crate::error::ErrorCode;
use crate::strict::BYTES_MAX;

/// Who may call a route. The refusals that follow from it are the same for every route and not named again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody, as often as they like: nothing is read and nothing is asked.
    Anyone,
    /// Anybody, as often as their address may call.
    Counted,
    /// A supplier or a payment gateway, by whatever proof its adapter knows.
    Supplier,
    /// A server of the `OtomaX` family, by what its query or form says.
    Buyer,
    /// A member's key with this scope, within the member's own limits.
    Member(Need),
    /// An operator's key with this scope.
    Operator(Scope),
}

/// What the server answers when all goes well.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// This, in the envelope.
    Data { schema: Describe, example: Value },
    /// A page of these under the name of what is listed, in the envelope.
    List {
        name: &'static str,
        schema: Describe,
        example: Value,
    },
    /// Something else, as one of these media types.
    Raw {
        kinds: &'static [&'static str],
        says: &'static str,
    },
}

/// What a request carries.
#[derive(Clone, Debug)]
pub(super) struct Takes {
    pub(super) schema: Describe,
    pub(super) example: Value,
    /// The same written down in another form.
    pub(super) also: Option<(&'static str, &'static str)>,
}

/// The one part of a path that is not fixed.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) schema: Describe,
    pub(super) example: Value,
}

/// Where an answer leads: another route, whose place takes what stands in the answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lead {
    pub(super) name: &'static str,
    pub(super) place: &'static str,
    pub(super) pointer: &'static str,
}

/// One route: what the document says about it, and what answers it.
#[derive(Clone, Debug)]
pub struct Route {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) name: &'static str,
    pub(super) summary: &'static str,
    pub(super) access: Access,
    pub(super) place: Option<Place>,
    pub(super) query: Vec<Value>,
    pub(super) takes: Option<Takes>,
    pub(super) answer: Answer,
    pub(super) refuses: Vec<ErrorCode>,
    pub(super) repeats: bool,
    pub(super) tagged: bool,
    pub(super) leads: Vec<Lead>,
    bytes_max: usize,
    handler: MethodRouter<App>,
}

impl Route {
    /// Whether members call it with their keys.
    pub fn is_of_members(&self) -> bool {
        matches!(self.access, Access::Member(_))
    }

    /// Whether servers of the `OtomaX` family call it.
    pub fn is_of_buyers(&self) -> bool {
        self.access == Access::Buyer
    }

    /// A read at `path` (as the router writes it), called `name` in the document and in the audit.
    pub fn get<H, T>(
        path: &'static str,
        name: &'static str,
        summary: &'static str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let handler = on(MethodFilter::GET, handler);
        Self::new(Method::GET, path, name, summary, handler)
    }

    /// A change.
    pub fn post<H, T>(
        path: &'static str,
        name: &'static str,
        summary: &'static str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let handler = on(MethodFilter::POST, handler);
        Self::new(Method::POST, path, name, summary, handler)
    }

    fn new(
        method: Method,
        path: &'static str,
        name: &'static str,
        summary: &'static str,
        handler: MethodRouter<App>,
    ) -> Self {
        Self {
            method,
            path,
            name,
            summary,
            access: Access::Anyone,
            place: None,
            query: Vec::new(),
            takes: None,
            answer: Answer::Raw {
                kinds: &[],
                says: "Done.",
            },
            refuses: Vec::new(),
            repeats: false,
            tagged: false,
            leads: Vec::new(),
            bytes_max: BYTES_MAX,
            handler,
        }
    }

    /// Who may call it; anybody unless said.
    #[must_use]
    pub fn by(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    /// An operator may call it whose key has this scope.
    #[must_use]
    pub fn operator(self, scope: Scope) -> Self {
        self.by(Access::Operator(scope))
    }

    /// What stands in the place of `{…}` in the path.
    #[must_use]
    pub fn at<T: Shown>(mut self) -> Self {
        self.place = Some(Place {
            schema: Schemas::of::<T>,
            example: T::example(),
        });
        self
    }

    /// The parameters of its query.
    #[must_use]
    pub fn query<T: IntoParams>(mut self) -> Self {
        self.query = T::into_params(|| Some(ParameterIn::Query))
            .into_iter()
            .map(|parameter| serde_json::to_value(parameter).unwrap_or_default())
            .collect();
        self
    }

    /// The JSON that a request carries.
    #[must_use]
    pub fn takes<T: Shown>(mut self) -> Self {
        self.takes = Some(Takes {
            schema: Schemas::of::<T>,
            example: T::example(),
            also: None,
        });
        self
    }

    /// The same as another media type, with an example of it.
    #[must_use]
    pub fn or_as(mut self, kind: &'static str, example: &'static str) -> Self {
        if let Some(takes) = &mut self.takes {
            takes.also = Some((kind, example));
        }
        self
    }

    /// How many bytes a request may carry; 64 KiB unless said.
    #[must_use]
    pub fn up_to(mut self, bytes_max: usize) -> Self {
        self.bytes_max = bytes_max;
        self
    }

    /// The `data` of its answer.
    #[must_use]
    pub fn answers<T: Shown>(mut self) -> Self {
        self.answer = Answer::Data {
            schema: Schemas::of::<T>,
            example: T::example(),
        };
        self
    }

    /// A list of these, under `name` in the `data` of its answer.
    #[must_use]
    pub fn lists<T: Shown>(mut self, name: &'static str) -> Self {
        self.answer = Answer::List {
            name,
            schema: Schemas::of::<T>,
            example: T::example(),
        };
        self
    }

    /// An answer that is no envelope.
    #[must_use]
    pub fn gives(mut self, kinds: &'static [&'static str], says: &'static str) -> Self {
        self.answer = Answer::Raw { kinds, says };
        self
    }

    /// What it refuses beside what follows from who may call it and what it takes.
    #[must_use]
    pub fn refuses(mut self, codes: &[ErrorCode]) -> Self {
        self.refuses.extend_from_slice(codes);
        self
    }

    /// A repeated request gets the first answer, and a header says so.
    #[must_use]
    pub fn repeats(mut self) -> Self {
        self.repeats = true;
        self
    }

    /// Answers under an `ETag`, and with 304 whoever has the same already.
    #[must_use]
    pub fn tagged(mut self) -> Self {
        self.tagged = true;
        self
    }

    /// What stands at `pointer` in its answer is the `place` in the paths of the routes of these names.
    #[must_use]
    pub fn leads_to(
        mut self,
        names: &[&'static str],
        place: &'static str,
        pointer: &'static str,
    ) -> Self {
        let leads = names.iter().map(|name| Lead {
            name,
            place,
            pointer,
        });
        self.leads.extend(leads);
        self
    }

    /// Puts the handler into `router`, an operator's route behind the gate that knows its scope and its name for the audit.
    pub(crate) fn mount(self, router: Router<App>, app: &App) -> Router<App> {
        let handler = match self.access {
            Access::Operator(scope) => {
                let door = Door {
                    app: app.clone(),
                    scope,
                    action: self.name,
                    bytes_max: self.bytes_max,
                };
                self.handler.route_layer(from_fn_with_state(door, gate))
            }
            Access::Anyone
            | Access::Counted
            | Access::Supplier
            | Access::Buyer
            | Access::Member(_) => self.handler,
        };
        router.route(self.path, handler)
    }
}
