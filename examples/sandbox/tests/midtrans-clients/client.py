"""The vendor's client for Python: whatever it makes of the answers must be what they mean."""

import os

import midtransclient
import requests
from midtransclient.config import ApiConfig
from midtransclient.error_midtrans import MidtransAPIError

AT = os.environ["MIDTRANS"]
ApiConfig.CORE_SANDBOX_BASE_URL = AT
ApiConfig.SNAP_SANDBOX_BASE_URL = AT + "/snap/v1"
core = midtransclient.CoreApi(is_production=False, server_key=os.environ["SERVER_KEY"])
snap = midtransclient.Snap(is_production=False, server_key=os.environ["SERVER_KEY"])


def same(found, expected):
    if found != expected:
        raise SystemExit(f"python: {found!r} is not {expected!r}")


def charge(order_id, payment_type, **details):
    told = core.charge({
        "payment_type": payment_type,
        "transaction_details": {"order_id": order_id, "gross_amount": 44000},
        payment_type: details,
    })
    same((told["order_id"], told["gross_amount"], told["transaction_status"]), (order_id, "44000.00", "pending"))
    same(core.transactions.status(order_id)["transaction_status"], "pending")
    return told


def settle(order_id, status="settlement"):
    requests.post(AT + "/sandbox/settle", json={"order_id": order_id, "status": status}, timeout=5).raise_for_status()


def refused(code, call, *arguments):
    try:
        told = call(*arguments)
    except MidtransAPIError as error:
        same(error.api_response_dict["status_code"], code)
        return
    raise SystemExit(f"python: {told} where {code} is right")


same(charge("PY-VA-A", "bank_transfer", bank="bca")["va_numbers"][0]["bank"], "bca")
same(core.transactions.cancel("PY-VA-A")["transaction_status"], "cancel")
refused("412", core.transactions.cancel, "PY-VA-A")

charge("PY-VA-B", "bank_transfer", bank="bni")
same(core.transactions.expire("PY-VA-B")["transaction_status"], "expire")

charge("PY-GOPAY-A", "gopay")
refused("406", core.charge, {
    "payment_type": "gopay", "gopay": {}, "transaction_details": {"order_id": "PY-GOPAY-A", "gross_amount": 44000},
})
refused("412", core.transactions.refund, "PY-GOPAY-A", {"refund_key": "PY-R-1", "amount": 4000})
settle("PY-GOPAY-A")
part = core.transactions.refund("PY-GOPAY-A", {"refund_key": "PY-R-1", "amount": 4000, "reason": "half of it was used"})
same((part["transaction_status"], part["refund_amount"], part["refund_key"]), ("partial_refund", "4000.00", "PY-R-1"))
refused("406", core.transactions.refund, "PY-GOPAY-A", {"refund_key": "PY-R-1", "amount": 4000})
refused("414", core.transactions.refund, "PY-GOPAY-A", {"refund_key": "PY-R-2", "amount": 40001})
rest = core.transactions.refundDirect("PY-GOPAY-A", {"refund_key": "PY-R-2", "amount": 40000})
same(rest["transaction_status"], "refund")
same(core.transactions.status("PY-GOPAY-A")["refund_amount"], "44000.00")
told = core.transactions.notification({"transaction_id": part["transaction_id"]})
same(told["order_id"], "PY-GOPAY-A")

refused("404", core.transactions.status, "PY-NOBODYS")
stranger = midtransclient.CoreApi(is_production=False, server_key="SB-Mid-server-of-a-stranger")
refused("401", stranger.transactions.status, "PY-GOPAY-A")
page = snap.create_transaction({"transaction_details": {"order_id": "PY-SNAP-A", "gross_amount": 44000}})
same(page["token"] in page["redirect_url"], True)
print("python: the vendor's client charges, reads, cancels, expires and refunds")
