//! The API as a document (`OpenAPI` 3.1) and as a page to read, both made from the list of routes that the router is made from.
//!
//! A [`Route`] says everything about itself once: path, method, who may call, what it takes, answers and refuses, and its handler. The
//! shapes come from the types that the handlers read and write ([`utoipa::ToSchema`], derived next to them); what follows from *who may
//! call* (the refusals of the signature, the rate limits, the body reader) is added here and not repeated by every route. The document
//! itself is put together as plain JSON: requests pass our own strict reader and every answer our own envelope, and neither is something
//! that a handler's signature could tell a macro.

mod document;
mod intro;
mod page;
mod refusals;
mod route;
mod shown;
mod signing;
pub mod words;

pub use document::document;
pub use page::{Page, SECURITY_POLICY};
pub use route::{Access, Route};
pub use shown::{Shown, one_of};
