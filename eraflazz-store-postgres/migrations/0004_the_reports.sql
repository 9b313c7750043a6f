-- What people and their tools read: views in a schema of their own, under the names that the trade expects. Nothing of ours reads them, and nothing writes
-- through them. They show what is in the database now; what an order went through, word for word, is told by `h2h-server order show`.

-- The word that members see of an order's state. In an index, so it never changes its mind.
CREATE FUNCTION eraflazz.public_status(state text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE state
        WHEN 'held' THEN 'PENDING'
        WHEN 'in_flight' THEN 'PROCESSING'
        WHEN 'succeeded' THEN 'SUCCESS'
        WHEN 'late_delivered' THEN 'SUCCESS'
        WHEN 'reversed' THEN 'REFUND'
        ELSE 'FAILED'
    END;

-- What is not delivered, by its word: the open ones, which are counted all the time, and the failed ones, which are asked for. It takes the place of the index of the
-- open ones alone, so that an order that goes well is in no more indexes than before.
CREATE INDEX orders_not_succeeded ON eraflazz.orders (eraflazz.public_status(state), id) WHERE eraflazz.public_status(state) <> 'SUCCESS';
DROP INDEX eraflazz.orders_open;

ALTER TABLE eraflazz.attempts ADD COLUMN reason text COLLATE "C";
COMMENT ON COLUMN eraflazz.attempts.reason IS 'Why it was refused, as it was read: one word, whatever the supplier said. Its own words are in the log.';
ALTER TABLE eraflazz.attempts ADD COLUMN code text COLLATE "C";
COMMENT ON COLUMN eraflazz.attempts.code IS 'The supplier''s own code (kode respons, rc) of the last answer that changed something.';

CREATE SCHEMA eraflazz_report;

CREATE VIEW eraflazz_report.suppliers AS
    SELECT s.id, s.slug AS code, s.name, s.active
    FROM eraflazz.catalog c CROSS JOIN LATERAL jsonb_to_recordset(c.data -> 'suppliers') AS s(id integer, slug text, name text, active boolean);
COMMENT ON VIEW eraflazz_report.suppliers IS 'Suppliers, as the catalog has them.';

CREATE VIEW eraflazz_report.product_categories AS
    SELECT g.id, g.slug AS code, g.name
    FROM eraflazz.catalog c CROSS JOIN LATERAL jsonb_to_recordset(c.data -> 'categories') AS g(id integer, slug text, name text);
COMMENT ON VIEW eraflazz_report.product_categories IS 'Categories (kategori).';

CREATE VIEW eraflazz_report.products AS
    SELECT p.id, p.code, p.name, p.brand, p.category AS category_id, p.base_price, p.active
    FROM eraflazz.catalog c CROSS JOIN LATERAL jsonb_to_recordset(c.data -> 'products')
        AS p(id bigint, code text, name text, brand text, category integer, base_price numeric(19,2), active boolean);
COMMENT ON VIEW eraflazz_report.products IS 'Products (produk). A member''s price is the base price and what its tier adds.';

CREATE VIEW eraflazz_report.product_mappings AS
    SELECT m.id, m.product AS product_id, m.supplier AS supplier_id, m.sku, m.cost AS hpp, m.priority, m.active
    FROM eraflazz.catalog c CROSS JOIN LATERAL jsonb_to_recordset(c.data -> 'mappings')
        AS m(id bigint, product bigint, supplier integer, sku text, cost numeric(19,2), priority integer, active boolean);
COMMENT ON VIEW eraflazz_report.product_mappings IS 'Routes: a supplier''s code of one of our products, and what it costs there (HPP).';

CREATE VIEW eraflazz_report.users AS
    SELECT m.id, m.code, m.upline AS upline_id, t.slug AS tier, m.status,
        w.available AS balance, w.held AS balance_held, w.receivable, w.credit_limit, w.frozen
    FROM eraflazz.members m
    JOIN eraflazz.wallets w ON w.member = m.id
    LEFT JOIN LATERAL (SELECT r.slug FROM eraflazz.catalog c
        CROSS JOIN LATERAL jsonb_to_recordset(c.data -> 'tiers') AS r(id integer, slug text) WHERE r.id = m.tier) AS t ON true;
COMMENT ON VIEW eraflazz_report.users IS 'Members (agen, reseller) with what they can spend, what is held and what they owe.';

CREATE VIEW eraflazz_report.transactions AS
    SELECT o.id, o.trx_code, o.member AS user_id, o.ref_id, p.code AS product_code, o.destination AS destination_number,
        a.supplier AS supplier_id, o.cost AS hpp, o.sell AS selling_price, o.refunded AS refunded_amount,
        CASE o.state
            WHEN 'succeeded' THEN o.sell - o.refunded - o.cost
            -- Paid again or at the house's cost: the transfers know.
            WHEN 'late_delivered' THEN (SELECT coalesce(sum(t.amount) FILTER (WHERE t.credit = 'revenue'), 0) - coalesce(sum(t.amount) FILTER (WHERE t.debit = 'revenue'), 0)
                FROM eraflazz.transfers t WHERE t.subject = o.id) - o.cost
            -- Refunded in full by a person: delivered all the same, at our cost. What its supplier reversed costs nothing.
            WHEN 'reversed' THEN nullif((SELECT coalesce(sum(t.amount) FILTER (WHERE t.credit = 'cogs'), 0) - coalesce(sum(t.amount) FILTER (WHERE t.debit = 'cogs'), 0)
                FROM eraflazz.transfers t WHERE t.subject = o.id), 0)
        END AS profit,
        eraflazz.public_status(o.state) AS status, o.review IS NOT NULL AS under_review, o.sn AS serial_number, a.reason AS supplier_message, a.code AS supplier_rc,
        o.created_at, o.updated_at
    FROM eraflazz.orders o
    LEFT JOIN LATERAL (SELECT t.supplier, t.reason, t.code FROM eraflazz.attempts t WHERE t.order_id = o.id
        ORDER BY (t.state IN ('success', 'late_success', 'late_reversal')) DESC, (t.sn IS NOT DISTINCT FROM o.sn) DESC, t.no DESC LIMIT 1) AS a ON true
    LEFT JOIN eraflazz_report.products p ON p.id = o.product;
COMMENT ON VIEW eraflazz_report.transactions IS
    'Orders (transaksi): what was sold, through whom, for how much. The supplier is the one that delivered, else the last that was tried; `profit` is of what stands as delivered and nothing else.';
COMMENT ON COLUMN eraflazz_report.transactions.hpp IS 'What it cost us. Of an order that is REFUND and has no profit, what the supplier owes or has given back.';
COMMENT ON COLUMN eraflazz_report.transactions.refunded_amount IS 'How much of the selling price has gone back to the member.';

CREATE VIEW eraflazz_report.mutations AS
    SELECT t.seq AS id, t.member AS user_id, CASE WHEN t.balance_after > t.balance_before THEN 'DEBIT' ELSE 'CREDIT' END AS type,
        t.amount, t.balance_before, t.balance_after,
        CASE t.effect
            WHEN 'hold' THEN 'Pembelian'
            WHEN 'capture' THEN 'Pembelian selesai'
            WHEN 'release' THEN 'Pengembalian saldo transaksi gagal'
            WHEN 'refund' THEN 'Pengembalian harga transaksi'
            WHEN 'reclaim' THEN 'Pemotongan transaksi yang ternyata berhasil'
            WHEN 'deposit' THEN 'Deposit'
            WHEN 'gateway_deposit' THEN 'Deposit'
            WHEN 'claim' THEN 'Deposit'
            WHEN 'gateway_reversal' THEN 'Pembatalan deposit'
            WHEN 'repay' THEN 'Pelunasan piutang'
            WHEN 'deposit_correction' THEN 'Koreksi deposit'
            WHEN 'transfer' THEN 'Transfer saldo'
            WHEN 'opening' THEN 'Saldo awal'
            ELSE t.effect
        END AS description,
        t.subject AS reference_id, t.at AS created_at
    FROM eraflazz.transfers t WHERE t.member IS NOT NULL;
COMMENT ON VIEW eraflazz_report.mutations IS
    'Every change of what a member can spend (mutasi saldo): DEBIT is in, CREDIT is out. `reference_id` is the transaction, or the deposit.';

CREATE VIEW eraflazz_report.transaction_logs AS
    SELECT l.seq AS id, l.subject AS transaction_id, l.version, l.at AS created_at FROM eraflazz.log l;
COMMENT ON VIEW eraflazz_report.transaction_logs IS 'When what transaction was written. Of old ones the log has left for files: `archives` says which.';

CREATE VIEW eraflazz_report.archives AS
    SELECT a.file, encode(a.sha256, 'hex') AS sha256, a.before AS accepted_before, cardinality(a.subjects) AS transactions, a.rows, a.bytes, a.at AS created_at
    FROM eraflazz.archives a;
COMMENT ON VIEW eraflazz_report.archives IS 'Files with the logs of old transactions.';

CREATE VIEW eraflazz_report.payment_callbacks AS
    SELECT i.id, i.supplier AS supplier_id, i.state, i.tries, i.received_at AS created_at FROM eraflazz.inbox i;
COMMENT ON VIEW eraflazz_report.payment_callbacks IS 'Callbacks that wait, are nobody''s, or could not be read. Those that were applied are in the log.';

CREATE VIEW eraflazz_report.notifications AS
    SELECT x.order_id AS transaction_id, x.member AS user_id, x.revision, x.due AS due_at, x.tries, CASE WHEN x.due IS NULL THEN 'PARKED' ELSE 'WAITING' END AS status
    FROM eraflazz.outbox x;
COMMENT ON VIEW eraflazz_report.notifications IS 'What members are still to be told. What was told is gone.';

CREATE VIEW eraflazz_report.payments AS
    SELECT p.id, p.code, p.member AS user_id, p.ref_id, p.gateway AS gateway_id, p.method, p.their_ref AS gateway_payment_ref, p.amount,
        p.booked AS amount_received, p.taken_back AS amount_reversed, p.status, p.created_at
    FROM eraflazz.payments p;
COMMENT ON VIEW eraflazz_report.payments IS
    'Members'' deposits through gateways and by bank transfer (deposit). `status` as their members see it: PENDING, PAID, EXPIRED, CANCELLED, FAILED, REVIEW, REVERSED; only PAID is in the balance.';
COMMENT ON COLUMN eraflazz_report.payments.code IS 'Our reference at the gateway.';
COMMENT ON COLUMN eraflazz_report.payments.amount IS 'What was asked for, in rupiah.';
COMMENT ON COLUMN eraflazz_report.payments.amount_received IS 'What came, once something did; of REVIEW it is nobody''s yet.';
