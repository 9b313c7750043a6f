"""How schemathesis meets the server: signed as its callers sign, and two checks that know what a schema cannot say."""

import hashlib
import hmac
import json
import secrets
import time

import requests
import schemathesis
from requests.auth import AuthBase

MEMBER = ("ek_test_member_0001", b"test-secret-of-member-0001-abcd")
OPERATOR = ("ek_test_operator_01", b"test-secret-of-operator-01-abcd")
SUPPLIER = b"eraflazz-hook-secret"


class Signed(AuthBase):
    """Scheme B over the request exactly as it leaves; a callback as Digiflazz signs it."""

    def __call__(self, request):
        body = request.body or b""
        if isinstance(body, str):
            body = request.body = body.encode()
        if request.path_url.startswith("/api/v1/callbacks/"):
            request.headers["X-Hub-Signature"] = "sha1=" + hmac.new(SUPPLIER, body, hashlib.sha1).hexdigest()
            return request
        key, secret = OPERATOR if request.path_url.startswith("/api/v1/admin/") else MEMBER
        timestamp = str(int(time.time()))
        nonce = secrets.token_urlsafe(16)
        lines = ["v1", timestamp, nonce, request.method, request.path_url, hashlib.sha256(body).hexdigest()]
        signature = hmac.new(secret, "\n".join(lines).encode(), hashlib.sha256).hexdigest()
        request.headers.update({
            "X-Api-Key": key,
            "X-Timestamp": timestamp,
            "X-Nonce": nonce,
            "X-Signature": f"v1={signature}",
        })
        return request


schemathesis.auth.set_from_requests(Signed())


@schemathesis.serializer("application/toml")
def toml(context, value):
    return str(value).encode()


# What depends on the state of the house, or is stricter than JSON Schema can say; each by its rule in words. Beside these: where webhooks
# may lead (/url) is a matter of names and networks, and a supplier's settings are read by the rules of its kind, as those of a file are.
BEYOND_THE_SCHEMA = (
    "a number is a plain integer of 64 bits",  # 1.0 is an integer to JSON Schema; T-10 refuses it
    "no such ",
    "the member has none",
    "a moment to come",
    "a moment after from",
    "two different times",
    "is used twice",
    "by the books",  # a supplier gives back no more than it has or owes
    "without control characters",  # a schema counts characters, the server bytes
    "needs 1 <= min <= max",
    # A form is for one product, and so is what a destination is made of.
    "the product has no input_fields",
    "its destination has no fields",
    "which is no field of the product's destination",
    "leaves out the field {",
    "no field of this product beside its destination",
    "names {",
    "characters: at most 64 are told",
    # A house has bank accounts of its own.
    "no bank account whose statement is brought by hand",
    # What a ticket needs depends on the supplier.
    "in whose name the transfer comes",
    "one of Flip, ShopeePay, BCA",
    "whole rupiah above 0",
    # Who is of whose tree.
    "nobody above or below you in your tree",
)


@schemathesis.check
def valid_is_taken(context, response, case):
    """What fits the document is refused for a reason that only the house knows, or not at all."""
    if case.meta is None or not case.meta.generation.mode.is_positive or case.media_type == "application/toml":
        return
    if response.status_code not in (400, 413, 415, 422):
        return
    told = json.loads(response.content)
    if told["error_code"] not in ("VALIDATION_FAILED", "MALFORMED_JSON", "BODY_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"):
        return  # a rule of the house by a code of its own: INSUFFICIENT_BALANCE, REF_ID_MISMATCH, …
    assert told.get("errors"), f"refused although it fits the document: {told['error_code']}"
    for error in told["errors"]:
        by_reader = error["pointer"] == "/url" or error["pointer"].startswith("/settings")
        known = by_reader or any(words in error["detail"] for words in BEYOND_THE_SCHEMA)
        assert known, f"refused although it fits the document: {error}"


ASKED = set()


@schemathesis.check
def unsigned_is_refused(context, response, case):
    """Without a signature, and with a wrong one, the answer is the same whatever is asked. Once for each operation."""
    operation, sent = case.operation, response.request
    if operation.label in ASKED or not operation.definition.raw.get("security"):
        return
    if sent.method != operation.method.upper():
        return  # asked by a method that is not the operation's
    ASKED.add(operation.label)
    bare = requests.request(sent.method, sent.url, data=sent.body, timeout=10)
    assert (bare.status_code, bare.json()["error_code"]) == (400, "MISSING_HEADER"), bare.text
    headers = dict(sent.headers) | {"X-Signature": "v1=" + "0" * 64}
    forged = requests.request(sent.method, sent.url, data=sent.body, headers=headers, timeout=10)
    assert (forged.status_code, forged.json()["error_code"]) == (401, "UNAUTHENTICATED"), forged.text
