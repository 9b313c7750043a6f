// The vendor's client for Node: whatever it makes of the answers must be what they mean.
'use strict'

const assert = require('node:assert/strict')
const midtrans = require('midtrans-client')
const ApiConfig = require('midtrans-client/lib/apiConfig')

const at = process.env.MIDTRANS
ApiConfig.CORE_SANDBOX_BASE_URL = at
ApiConfig.SNAP_SANDBOX_BASE_URL = `${at}/snap/v1`
const account = { isProduction: false, serverKey: process.env.SERVER_KEY, clientKey: '' }
const core = new midtrans.CoreApi(account)
const snap = new midtrans.Snap(account)

async function charge(orderId, paymentType, details) {
  const told = await core.charge({
    payment_type: paymentType,
    transaction_details: { order_id: orderId, gross_amount: 44000 },
    [paymentType]: details,
  })
  assert.deepEqual([told.order_id, told.gross_amount, told.transaction_status], [orderId, '44000.00', 'pending'])
  assert.equal((await core.transaction.status(orderId)).transaction_status, 'pending')
  return told
}

async function settle(orderId, status = 'settlement') {
  const body = JSON.stringify({ order_id: orderId, status })
  const answer = await fetch(`${at}/sandbox/settle`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  assert.equal(answer.status, 204)
}

function refused(code, call) {
  return assert.rejects(call, (error) => {
    assert.equal(String(error.httpStatusCode), code)
    return true
  })
}

async function main() {
  assert.equal((await charge('JS-VA-A', 'bank_transfer', { bank: 'bri' })).va_numbers[0].bank, 'bri')
  assert.equal((await core.transaction.cancel('JS-VA-A')).transaction_status, 'cancel')
  await refused('412', () => core.transaction.cancel('JS-VA-A'))

  assert.ok((await charge('JS-BILL-A', 'echannel', { bill_info1: 'Payment', bill_info2: 'deposit' })).bill_key)
  assert.equal((await core.transaction.expire('JS-BILL-A')).transaction_status, 'expire')

  await charge('JS-QRIS-A', 'qris', { acquirer: 'gopay' })
  await refused('412', () => core.transaction.refund('JS-QRIS-A', { refund_key: 'JS-R-1', amount: 4000 }))
  await settle('JS-QRIS-A')
  const part = await core.transaction.refund('JS-QRIS-A', { refund_key: 'JS-R-1', amount: 4000, reason: 'half of it was used' })
  assert.deepEqual([part.transaction_status, part.refund_amount, part.refund_key], ['partial_refund', '4000.00', 'JS-R-1'])
  await refused('406', () => core.transaction.refund('JS-QRIS-A', { refund_key: 'JS-R-1', amount: 4000 }))
  const rest = await core.transaction.refundDirect('JS-QRIS-A', { refund_key: 'JS-R-2', amount: 40000 })
  assert.equal(rest.transaction_status, 'refund')
  assert.equal((await core.transaction.notification({ transaction_id: part.transaction_id })).order_id, 'JS-QRIS-A')

  await refused('404', () => core.transaction.status('JS-NOBODYS'))
  const page = await snap.createTransaction({ transaction_details: { order_id: 'JS-SNAP-A', gross_amount: 44000 } })
  assert.ok(page.redirect_url.includes(page.token))
  console.log("node: the vendor's client charges, reads, cancels, expires and refunds")
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
