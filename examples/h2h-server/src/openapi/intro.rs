//! What a reader of the document is told first.

pub(super) const TITLE: &str = "Eraflazz H2H API";

pub(super) const INTRO: &str = "Orders of pulsa, data, PLN tokens and game credit between servers, and the administration of the house.

**Answers.** Success is HTTP 200 with `{\"code\":200,\"status\":\"success\",\"message\":…,\"data\":{…}}`; a refusal has `\"status\":\"error\"` and an `error_code` that never changes its meaning. Every answer names its request in `X-Request-Id`. Ignore fields that you do not know; lists of words may grow, but for `status`.

**Orders.** A top-up that failed is no error: it is a 200 with a `FAILED` order. A 4xx means that nothing was charged. After a 5xx or no answer repeat the *same* `ref_id`: it never buys twice and gives the same order. A `ref_id` is yours for ever. A status may still move from `SUCCESS` to `REFUND`, and from `FAILED` to `SUCCESS`; `revision` rises with every change.

**Requests.** JSON is UTF-8, at most 64 KiB, uncompressed, without repeated names, unknown fields or numbers with a fraction or an exponent. Query parameters occur once and are known. A body may be XML instead (`Content-Type: application/xml`, signed by scheme B): `<request>` holds an element for each field, a list holds `<item>`s; attributes, comments and document types are refused.

**XML.** Who asks for it by `Accept: application/xml` gets every answer in XML, refusals included: `<response>` holds what the JSON holds, lists as `<item>`s, and what is `null` is left out.

**Money** is whole rupiah as an integer wherever members meet it. Costs and accounts of the house may have two decimals and are then a text (`\"10500.50\"`), never a JSON number with a fraction.

**Time** is RFC 3339 with an offset.

**Elsewhere.** An address that is not here answers 404 `ROUTE_NOT_FOUND`, another method 405 `METHOD_NOT_ALLOWED`, both in the shape of every error.";

/// The parts of the API: tag, heading, and how paths or access tell it.
pub(super) const TAGS: [(&str, &str); 6] = [
    (
        "orders",
        "What members do: order, look, read prices and their money, pay in.",
    ),
    (
        "administration",
        "What operators do. Their keys order nothing, and no member's key passes. Always signed by scheme B; a nonce of a change is spent for ever.",
    ),
    (
        "callbacks",
        "What suppliers report later, and what payment gateways tell.",
    ),
    (
        "otomax",
        "What servers of the OtomaX family call, where the settings turn it on (`[seller]`): text for text, as those programs write and read it. Status 200 for whatever concerns the business.",
    ),
    ("health", "For whoever watches over the process."),
    ("docs", "This document, and a page to read it."),
];
