//! Every statement that this store sends, in one place: for tests that prepare and explain them, and for operators who want to know what runs.
//!
//! Amounts come and go as hundredths: `* 0.01` and `* 100` are exact in `numeric`. Arrays come in rows by `unnest`, so that a batch is one statement a
//! table however many units it has.

/// The settings of every connection. Nothing waits for ever, and no transaction is left open.
///
/// Statements look up few rows by their keys, and are planned once, for a table that is perhaps empty just then; so the planner is told not to do what is quick
/// only there: read a table through, or put all of it beside what is looked for (hash and merge joins; and, where those are off, a loop over the whole table, which
/// looks dear enough only by the costs here: a page that is mostly in memory, and a row that is worth avoiding). A plan that reads one through all the same then looks
/// so dear that the server would compile it, for a second, to read a few rows: it is told not to, nor to start helpers for a statement of
/// some milliseconds.
pub const SESSION: [(&str, &str); 17] = [
    ("statement_timeout", "10s"),
    ("lock_timeout", "5s"),
    ("idle_in_transaction_session_timeout", "15s"),
    ("synchronous_commit", "on"),
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("seq_page_cost", "0.1"),
    ("random_page_cost", "0.1"),
    ("cpu_tuple_cost", "0.1"),
    ("plan_cache_mode", "force_generic_plan"),
    ("jit", "off"),
    ("max_parallel_workers_per_gather", "0"),
    ("timezone", "UTC"),
    ("tcp_keepalives_idle", "30"),
    ("tcp_keepalives_interval", "10"),
    ("tcp_keepalives_count", "3"),
];

/// Names each statement and lists them all.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:literal;)+) => {
        $($(#[$doc])* pub const $name: &str = $sql;)+

        /// Every statement, by name.
        pub const ALL: &[(&str, &str)] = &[$((stringify!($name), $name)),+];
    };
}

statements! {
    /// How far the schema is migrated.
    SCHEMA_VERSION = "SELECT max(m.version) FROM eraflazz.migrations m WHERE m.success";
    /// Says that a role of the database server runs servers, or makes reports.
    PUT_ROLE = "INSERT INTO eraflazz.roles AS r (role, part) VALUES ($1::text::name, $2) ON CONFLICT (role) DO UPDATE SET part = excluded.part";
    /// Lets each of them do what its part needs, and no more.
    GRANT_ALL = "SELECT eraflazz.grant_all()";
    /// Mends what a logical copy into another cluster has left of ids of transactions.
    SETTLE_IN = "SELECT eraflazz.settle_in()";
    /// With the locks, before what is decided on is read: the batch's own id, which waits for an earlier run of it, and collides if that was committed.
    BEGIN_BATCH = "INSERT INTO eraflazz.batches (id) VALUES ($1)";
    /// Batches that nobody can ask after any more.
    FORGET_BATCHES = "DELETE FROM eraflazz.batches WHERE id < $1";

    /// Locks orders, in the one order in which everybody does.
    LOCK_ORDERS = "SELECT o.id, o.body FROM eraflazz.orders o WHERE o.id = ANY($1) ORDER BY o.id FOR UPDATE";
    /// Locks wallets likewise, after orders.
    LOCK_WALLETS = "SELECT w.member, (w.available * 100)::bigint, (w.held * 100)::bigint, (w.receivable * 100)::bigint,
               (w.credit_limit * 100)::bigint, w.frozen, w.version
        FROM eraflazz.wallets w WHERE w.member = ANY($1) ORDER BY w.member FOR UPDATE";
    /// Locks deposits likewise, after wallets.
    LOCK_PAYMENTS = "SELECT p.id, p.body FROM eraflazz.payments p WHERE p.id = ANY($1) ORDER BY p.id FOR UPDATE";
    /// Locks callbacks likewise, after deposits.
    LOCK_INBOX = "SELECT i.id, i.tries FROM eraflazz.inbox i WHERE i.id = ANY($1) ORDER BY i.id FOR UPDATE";
    /// The attempts of orders.
    ATTEMPTS = "SELECT a.order_id, a.body FROM eraflazz.attempts a WHERE a.order_id = ANY($1) ORDER BY a.order_id, a.no";
    /// Which of these references are taken, and by which order.
    REFS = "SELECT u.place, o.id FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS u(member, ref_id, place)
        JOIN eraflazz.orders o ON o.member = u.member AND o.ref_id = u.ref_id";
    /// Which of these codes are taken.
    TRX_CODES = "SELECT u.place, o.id FROM unnest($1::text[]) WITH ORDINALITY AS u(trx_code, place)
        JOIN eraflazz.orders o ON o.trx_code = u.trx_code";
    /// Which of these guards are live, and of which order.
    GUARDS = "SELECT u.place, o.id
        FROM unnest($1::uuid[], $2::integer[], $3::bigint[], $4::text[], $5::smallint[]) WITH ORDINALITY
            AS u(member, day, product, destination, counter, place)
        JOIN eraflazz.orders o ON o.guard_live AND o.member = u.member AND o.guard_day = u.day AND o.product = u.product
            AND o.destination = u.destination AND o.guard_counter = u.counter";
    /// Which of these references at suppliers are taken, and by which attempt.
    SUPPLIER_REFS = "SELECT u.place, a.order_id, a.no
        FROM unnest($1::integer[], $2::text[]) WITH ORDINALITY AS u(supplier, supplier_ref, place)
        JOIN eraflazz.attempts a ON a.supplier = u.supplier AND a.supplier_ref = u.supplier_ref";
    /// Which of these ids of suppliers are known, and whose they are.
    THEIR_REFS = "SELECT u.place, t.order_id
        FROM unnest($1::integer[], $2::text[]) WITH ORDINALITY AS u(supplier, their_ref, place)
        JOIN eraflazz.their_refs t ON t.supplier = u.supplier AND t.their_ref = u.their_ref";
    /// Which of these goods an attempt is alone with.
    EXCLUSIVE = "SELECT u.place, a.order_id, a.no
        FROM unnest($1::integer[], $2::text[], $3::text[]) WITH ORDINALITY AS u(supplier, sku, target, place)
        JOIN eraflazz.attempts a ON a.exclusive AND a.supplier = u.supplier AND a.sku = u.sku AND a.target = u.target";
    /// The transfers of subjects, journal by journal.
    EFFECTS = "SELECT t.subject, t.effect, t.n, t.line, t.debit, t.credit, (t.amount * 100)::bigint, t.at, t.member,
               (t.balance_before * 100)::bigint, (t.balance_after * 100)::bigint
        FROM eraflazz.transfers t WHERE t.subject = ANY($1) ORDER BY t.subject, t.effect, t.n, t.line";
    /// Which of these codes of deposits are taken.
    PAYMENT_CODES = "SELECT u.place, p.id FROM unnest($1::text[]) WITH ORDINALITY AS u(code, place)
        JOIN eraflazz.payments p ON p.code = u.code";
    /// Which of these payments of gateways are known, and as which deposits.
    PAYMENT_REFS = "SELECT u.place, p.id FROM unnest($1::integer[], $2::text[]) WITH ORDINALITY AS u(gateway, their_ref, place)
        JOIN eraflazz.payments p ON p.gateway = u.gateway AND p.their_ref = u.their_ref";
    /// Which of these exact amounts are awaited, and by which deposits.
    AWAITED = "SELECT u.place, p.id FROM unnest($1::integer[], $2::bigint[]) WITH ORDINALITY AS u(gateway, amount, place)
        JOIN eraflazz.payments p ON p.awaits AND p.gateway = u.gateway AND p.amount = u.amount * 0.01";
    /// Which of these nonces are spent.
    NONCES = "SELECT u.place FROM unnest($1::text[], $2::bytea[]) WITH ORDINALITY AS u(key, nonce, place)
        JOIN eraflazz.nonces n ON n.key = u.key AND n.nonce = sha256(u.nonce)";
    /// What must be told of orders.
    OUTBOX = "SELECT x.order_id, x.member, x.revision, x.due, x.tries FROM eraflazz.outbox x WHERE x.order_id = ANY($1)";
    /// Who listens.
    ENDPOINT_STATES = "SELECT e.member, e.version, e.state FROM eraflazz.endpoints e WHERE e.member = ANY($1)";

    /// Writes the next versions of orders.
    UPDATE_ORDERS = "UPDATE eraflazz.orders o SET version = u.version, revision = u.revision, state = u.state, review = u.review, cost = u.cost * 0.01,
               sn = u.sn, guard_live = u.guard_live, under_way = u.under_way, updated_at = u.updated_at, next_action_at = u.next_action_at, body = u.body, refunded = u.refunded * 0.01
        FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::boolean[], $9::boolean[],
                $10::timestamptz[], $11::timestamptz[], $12::bytea[], $13::bigint[])
            AS u(id, version, revision, state, review, cost, sn, guard_live, under_way, updated_at, next_action_at, body, refunded)
        WHERE o.id = u.id";
    /// Writes new orders.
    INSERT_ORDERS = "INSERT INTO eraflazz.orders (id, version, revision, trx_code, member, ref_id, product, destination, state, review, sell, cost, sn,
               guard_day, guard_counter, guard_live, under_way, created_at, updated_at, next_action_at, body)
        SELECT u.id, u.version, u.revision, u.trx_code, u.member, u.ref_id, u.product, u.destination, u.state, u.review, u.sell * 0.01, u.cost * 0.01, u.sn,
               u.guard_day, u.guard_counter, u.guard_live, u.under_way, u.created_at, u.updated_at, u.next_action_at, u.body
        FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::boolean[], $9::boolean[],
                $10::timestamptz[], $11::timestamptz[], $12::bytea[], $13::text[], $14::uuid[], $15::text[], $16::bigint[], $17::text[], $18::bigint[],
                $19::integer[], $20::smallint[], $21::timestamptz[])
            AS u(id, version, revision, state, review, cost, sn, guard_live, under_way, updated_at, next_action_at, body, trx_code, member, ref_id,
                product, destination, sell, guard_day, guard_counter, created_at)";
    /// Writes attempts as they are now.
    UPDATE_ATTEMPTS = "UPDATE eraflazz.attempts a SET their_ref = u.their_ref, state = u.state, live = u.live, open = u.open, exclusive = u.exclusive,
               sends = u.sends, billed = u.billed * 0.01, sn = u.sn, reason = u.reason, code = u.code, lease_until = u.lease_until, body = u.body
        FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::boolean[], $6::boolean[], $7::boolean[], $8::bigint[], $9::bigint[], $10::text[],
                $11::text[], $12::text[], $13::timestamptz[], $14::bytea[])
            AS u(order_id, no, their_ref, state, live, open, exclusive, sends, billed, sn, reason, code, lease_until, body)
        WHERE a.order_id = u.order_id AND a.no = u.no";
    /// Writes new attempts.
    INSERT_ATTEMPTS = "INSERT INTO eraflazz.attempts (order_id, no, their_ref, state, live, open, exclusive, sends, billed, sn, reason, code, lease_until, body, supplier,
               supplier_ref, sku, target, cap, first_sent_at)
        SELECT u.order_id, u.no, u.their_ref, u.state, u.live, u.open, u.exclusive, u.sends, u.billed * 0.01, u.sn, u.reason, u.code, u.lease_until, u.body, u.supplier,
               u.supplier_ref, u.sku, u.target, u.cap * 0.01, u.first_sent_at
        FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::boolean[], $6::boolean[], $7::boolean[], $8::bigint[], $9::bigint[], $10::text[],
                $11::text[], $12::text[], $13::timestamptz[], $14::bytea[], $15::integer[], $16::text[], $17::text[], $18::text[], $19::bigint[], $20::timestamptz[])
            AS u(order_id, no, their_ref, state, live, open, exclusive, sends, billed, sn, reason, code, lease_until, body, supplier, supplier_ref, sku, target, cap,
                first_sent_at)";
    /// Writes the next versions of deposits.
    UPDATE_PAYMENTS = "UPDATE eraflazz.payments p SET version = u.version, their_ref = u.their_ref, state = u.state, status = u.status,
               booked = u.booked * 0.01, taken_back = u.taken_back * 0.01, next_check_at = u.next_check_at, awaits = u.awaits, body = u.body
        FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::timestamptz[], $9::boolean[], $10::bytea[])
            AS u(id, version, their_ref, state, status, booked, taken_back, next_check_at, awaits, body)
        WHERE p.id = u.id";
    /// Writes new deposits.
    INSERT_PAYMENTS = "INSERT INTO eraflazz.payments (id, version, their_ref, state, status, booked, taken_back, next_check_at, awaits, body, member, ref_id,
               gateway, code, method, amount, created_at)
        SELECT u.id, u.version, u.their_ref, u.state, u.status, u.booked * 0.01, u.taken_back * 0.01, u.next_check_at, u.awaits, u.body, u.member, u.ref_id,
               u.gateway, u.code, u.method, u.amount * 0.01, u.created_at
        FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::timestamptz[], $9::boolean[], $10::bytea[],
                $11::uuid[], $12::text[], $13::integer[], $14::text[], $15::text[], $16::bigint[], $17::timestamptz[])
            AS u(id, version, their_ref, state, status, booked, taken_back, next_check_at, awaits, body, member, ref_id, gateway, code, method, amount,
                created_at)";
    /// Remembers whose a supplier's own id is; who had it first keeps it.
    INSERT_THEIR_REFS = "INSERT INTO eraflazz.their_refs (supplier, their_ref, order_id)
        SELECT u.supplier, u.their_ref, u.order_id FROM unnest($1::integer[], $2::text[], $3::uuid[]) AS u(supplier, their_ref, order_id)
        ON CONFLICT DO NOTHING";
    /// The same where the supplier's own id is all that tells purchases apart: it is nobody else's, or the batch is given up.
    LINK_THEIR_REFS = "INSERT INTO eraflazz.their_refs (supplier, their_ref, order_id)
        SELECT u.supplier, u.their_ref, u.order_id FROM unnest($1::integer[], $2::text[], $3::uuid[]) AS u(supplier, their_ref, order_id)";
    /// Appends to the log.
    INSERT_LOG = "INSERT INTO eraflazz.log (subject, version, at, body)
        SELECT u.subject, u.version, u.at, u.body
        FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::bytea[]) WITH ORDINALITY AS u(subject, version, at, body, place) ORDER BY u.place";
    /// Books transfers.
    INSERT_TRANSFERS = "INSERT INTO eraflazz.transfers (subject, effect, n, line, debit, credit, amount, at, member, balance_before, balance_after)
        SELECT u.subject, u.effect, u.n, u.line, u.debit, u.credit, u.amount * 0.01, u.at, u.member, u.before * 0.01, u.after * 0.01
        FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::smallint[], $5::text[], $6::text[], $7::bigint[], $8::timestamptz[], $9::uuid[],
                $10::bigint[], $11::bigint[]) WITH ORDINALITY
            AS u(subject, effect, n, line, debit, credit, amount, at, member, before, after, place) ORDER BY u.place";
    /// Writes wallets. The credit limit belongs to whoever writes the member.
    UPDATE_WALLETS = "UPDATE eraflazz.wallets w SET available = u.available * 0.01, held = u.held * 0.01, receivable = u.receivable * 0.01, frozen = u.frozen,
               version = u.version
        FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::boolean[], $6::bigint[])
            AS u(member, available, held, receivable, frozen, version)
        WHERE w.member = u.member";
    /// Takes applied callbacks out.
    DELETE_INBOX = "DELETE FROM eraflazz.inbox i WHERE i.id = ANY($1)";
    /// Counts tries of callbacks.
    COUNT_TRIES = "UPDATE eraflazz.inbox i SET tries = least(i.tries + u.more, 65535)
        FROM unnest($1::uuid[], $2::integer[]) AS u(id, more) WHERE i.id = u.id";
    /// Opens cases; one that is open stays as it is.
    OPEN_CASES = "INSERT INTO eraflazz.cases (subject, version, kind, amount, opened_at, deadline)
        SELECT u.subject, u.version, u.kind, u.amount * 0.01, u.opened_at, u.deadline
        FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::bigint[], $5::timestamptz[], $6::timestamptz[])
            AS u(subject, version, kind, amount, opened_at, deadline)
        ON CONFLICT DO NOTHING";
    /// Moves the deadlines of cases.
    EXTEND_CASES = "UPDATE eraflazz.cases c SET deadline = u.deadline
        FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::timestamptz[]) AS u(subject, version, kind, deadline)
        WHERE c.subject = u.subject AND c.version = u.version AND c.kind = u.kind";
    /// Closes cases.
    CLOSE_CASES = "DELETE FROM eraflazz.cases c USING unnest($1::uuid[], $2::bigint[], $3::text[]) AS u(subject, version, kind)
        WHERE c.subject = u.subject AND c.version = u.version AND c.kind = u.kind";
    /// Spends nonces.
    INSERT_NONCES = "INSERT INTO eraflazz.nonces (key, nonce, at)
        SELECT u.key, sha256(u.nonce), clock_timestamp() FROM unnest($1::text[], $2::bytea[]) AS u(key, nonce)";
    /// Writes what must be told of orders, in place of what stood there.
    PUT_OUTBOX = "INSERT INTO eraflazz.outbox AS x (order_id, member, revision, due, tries)
        SELECT u.order_id, u.member, u.revision, u.due, u.tries
        FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::timestamptz[], $5::integer[]) AS u(order_id, member, revision, due, tries)
        ON CONFLICT (order_id) DO UPDATE SET member = excluded.member, revision = excluded.revision, due = excluded.due, tries = excluded.tries";
    /// Removes what was told.
    DELETE_OUTBOX = "DELETE FROM eraflazz.outbox x WHERE x.order_id = ANY($1)";
    /// What is used of a quota.
    QUOTA = "SELECT q.orders, (q.amount * 100)::bigint FROM eraflazz.quotas q WHERE q.day = $1 AND q.supplier = $2 AND q.mapping = $3";
    /// What is used of the quotas of a day.
    QUOTAS = "SELECT q.supplier, q.mapping, q.orders, (q.amount * 100)::bigint FROM eraflazz.quotas q WHERE q.day = $1
        ORDER BY q.supplier, q.mapping";
    /// Writes what is used of quotas.
    PUT_QUOTAS = "INSERT INTO eraflazz.quotas AS q (day, supplier, mapping, orders, amount)
        SELECT u.day, u.supplier, u.mapping, u.orders, u.amount * 0.01
        FROM unnest($1::integer[], $2::integer[], $3::bigint[], $4::bigint[], $5::bigint[]) AS u(day, supplier, mapping, orders, amount)
        ON CONFLICT (day, supplier, mapping) DO UPDATE SET orders = excluded.orders, amount = excluded.amount";
    /// Writes endpoints as delivery left them, unless they were set again since.
    UPDATE_ENDPOINT_STATES = "UPDATE eraflazz.endpoints e SET active = u.active, state = u.state
        FROM unnest($1::uuid[], $2::bigint[], $3::boolean[], $4::bytea[]) AS u(member, version, active, state)
        WHERE e.member = u.member AND e.version = u.version";

    /// A deposit.
    PAYMENT = "SELECT p.id, p.body FROM eraflazz.payments p WHERE p.id = $1";
    /// The deposit with a code of ours.
    PAYMENT_CODED = "SELECT p.id, p.body FROM eraflazz.payments p WHERE p.code = $1";
    /// The deposit that is a payment of a gateway's.
    PAYMENT_OF = "SELECT p.id, p.body FROM eraflazz.payments p WHERE p.gateway = $1 AND p.their_ref = $2";
    /// The deposit that awaits an exact amount.
    PAYMENT_AWAITING = "SELECT p.id, p.body FROM eraflazz.payments p WHERE p.awaits AND p.gateway = $1 AND p.amount = $2::bigint * 0.01";
    /// Deposits that are to be looked at, longest overdue first.
    DUE_PAYMENTS = "SELECT p.id, p.body FROM eraflazz.payments p WHERE p.next_check_at <= $1 ORDER BY p.next_check_at, p.id LIMIT $2";
    /// A member's deposits, newest first.
    PAYMENTS_OF = "SELECT p.id, p.body FROM eraflazz.payments p WHERE p.member = $1 AND ($2::text IS NULL OR p.status = $2) AND (p.created_at, p.id) < ($3, $4)
        ORDER BY p.created_at DESC, p.id DESC LIMIT $5 OFFSET $6";
    /// The deposits that stand so, newest first.
    PAYMENTS_BY_STATUS = "SELECT p.id, p.body FROM eraflazz.payments p WHERE p.status = $1 AND (p.created_at, p.id) < ($2, $3)
        ORDER BY p.created_at DESC, p.id DESC LIMIT $4 OFFSET $5";
    /// All deposits, newest first.
    PAYMENTS = "SELECT p.id, p.body FROM eraflazz.payments p WHERE (p.created_at, p.id) < ($1, $2)
        ORDER BY p.created_at DESC, p.id DESC LIMIT $3 OFFSET $4";
    /// Orders with their attempts, each of one moment.
    ORDERS = "SELECT u.place, o.body, ARRAY(SELECT a.body FROM eraflazz.attempts a WHERE a.order_id = o.id ORDER BY a.no)
        FROM unnest($1::uuid[]) WITH ORDINALITY AS u(id, place) JOIN eraflazz.orders o ON o.id = u.id";
    /// The order with a reference of its member.
    ORDER_BY_REF = "SELECT o.id FROM eraflazz.orders o WHERE o.member = $1 AND o.ref_id = $2";
    /// The order with an attempt under a reference of ours.
    ORDER_BY_SUPPLIER_REF = "SELECT a.order_id FROM eraflazz.attempts a WHERE a.supplier = $1 AND a.supplier_ref = $2";
    /// The order with an attempt under an id of theirs.
    ORDER_BY_THEIR_REF = "SELECT t.order_id FROM eraflazz.their_refs t WHERE t.supplier = $1 AND t.their_ref = $2";
    /// The order with a code.
    ORDER_BY_TRX_CODE = "SELECT o.id FROM eraflazz.orders o WHERE o.trx_code = $1";
    /// Orders by serial numbers, newest first.
    ORDERS_BY_SN = "SELECT u.place, found.order_id FROM unnest($1::integer[], $2::text[]) WITH ORDINALITY AS u(supplier, sn, place)
        CROSS JOIN LATERAL (SELECT DISTINCT a.order_id FROM eraflazz.attempts a
            WHERE a.sn = u.sn AND a.supplier = u.supplier AND a.first_sent_at >= $3 ORDER BY a.order_id DESC LIMIT $4) AS found
        ORDER BY u.place, found.order_id DESC";
    /// Orders that are under way for these goods.
    ORDERS_UNDER_WAY = "SELECT o.id FROM eraflazz.orders o WHERE o.under_way AND o.product = $1 AND o.destination = $2 ORDER BY o.id LIMIT $3";
    /// Callbacks that wait, oldest first.
    DUE_INBOX = "SELECT i.id FROM eraflazz.inbox i WHERE i.state = 'waiting' ORDER BY i.id LIMIT $1";
    /// Orders that are due, longest overdue first.
    DUE_ORDERS = "SELECT o.id FROM eraflazz.orders o WHERE o.next_action_at <= $1 ORDER BY o.next_action_at, o.id LIMIT $2";
    /// Takes orders that are due, longest overdue first, for whoever asks: for some seconds they are due to nobody else.
    TAKE_ORDERS = "WITH due AS (SELECT o.id, o.version FROM eraflazz.orders o
            WHERE o.next_action_at <= $1
                AND NOT EXISTS (SELECT FROM eraflazz.taken t WHERE t.order_id = o.id AND t.version = o.version AND t.until > $1)
            ORDER BY o.next_action_at, o.id LIMIT $3 FOR UPDATE OF o SKIP LOCKED)
        INSERT INTO eraflazz.taken AS t (order_id, version, until) SELECT d.id, d.version, $2 FROM due d
        ON CONFLICT (order_id) DO UPDATE SET version = excluded.version, until = excluded.until WHERE t.version <> excluded.version OR t.until <= $1
        RETURNING t.order_id";
    /// Forgets who had orders in hand some time ago.
    FORGET_TAKEN = "DELETE FROM eraflazz.taken WHERE until < now() - interval '1 minute'";
    /// Takes callbacks that wait and are in nobody's hand, oldest first. One that was in somebody's counts a try.
    TAKE_INBOX = "WITH due AS (SELECT i.id FROM eraflazz.inbox i WHERE i.state = 'waiting' AND (i.taken_until IS NULL OR i.taken_until <= $1)
            ORDER BY i.id LIMIT $3 FOR UPDATE SKIP LOCKED)
        UPDATE eraflazz.inbox i SET taken_until = $2, tries = i.tries + (i.taken_until IS NOT NULL)::integer
        FROM due WHERE i.id = due.id RETURNING i.id";
    /// Puts orders out of whose hand they are in.
    HAND_BACK_ORDERS = "DELETE FROM eraflazz.taken WHERE order_id = ANY($1)";
    /// Puts callbacks out of whose hand they are in: whoever takes them next counts no try.
    HAND_BACK_INBOX = "UPDATE eraflazz.inbox SET taken_until = NULL WHERE id = ANY($1) AND taken_until IS NOT NULL";
    /// Tells whoever works that something is due.
    RING = "SELECT pg_notify('eraflazz_due', '')";
    /// Makes this process the one on duty, or keeps it so, unless another one is.
    TAKE_DUTY = "UPDATE eraflazz.duty d SET holder = $1, until = clock_timestamp() + interval '10 seconds'
        WHERE d.single AND (d.holder = $1 OR d.until <= clock_timestamp()) RETURNING true";
    /// What time it is, in microseconds.
    CLOCK = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
    /// Which life of the record this is.
    EPOCH = "SELECT e.epoch FROM eraflazz.epoch e WHERE e.single";
    /// Raises it, if it is still what it was.
    RAISE_EPOCH = "UPDATE eraflazz.epoch e SET epoch = $2, raised_at = clock_timestamp() WHERE e.single AND e.epoch = $1 AND e.epoch < $2";
    /// How many orders are open.
    DEPTH = "SELECT count(*) FILTER (WHERE o.state = 'held'), count(*) FILTER (WHERE o.state = 'in_flight')
        FROM eraflazz.orders o WHERE eraflazz.public_status(o.state) IN ('PENDING', 'PROCESSING')";
    /// Stores a callback; one that is there stays as it is.
    PUT_INBOX = "INSERT INTO eraflazz.inbox (id, supplier, received_at, state, tries, names, body) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (id) DO NOTHING";
    /// Stores an inquiry; one that is there stays as it is.
    PUT_INQUIRY = "INSERT INTO eraflazz.inquiries (id, member, expires_at, body) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING";
    /// An inquiry.
    INQUIRY = "SELECT i.body FROM eraflazz.inquiries i WHERE i.id = $1";
    /// Forgets inquiries that are over for long.
    FORGET_INQUIRIES = "DELETE FROM eraflazz.inquiries WHERE expires_at < statement_timestamp() - $1::bigint * interval '1 second'";
    /// A callback.
    INBOX = "SELECT i.id, i.state, i.tries, i.body FROM eraflazz.inbox i WHERE i.id = $1";
    /// Sets a callback aside, or back, and puts it out of whose hand it was in.
    SET_INBOX_ASIDE = "UPDATE eraflazz.inbox SET state = $2, taken_until = NULL WHERE id = $1 AND (state <> $2 OR taken_until IS NOT NULL)";
    /// Orphans that name a transaction of their supplier, oldest first.
    ORPHANS_NAMING = "SELECT i.id FROM eraflazz.inbox i WHERE i.state = 'orphan' AND i.names @> ARRAY[$2::text] AND i.supplier = $1 ORDER BY i.id";
    /// Callbacks that were set aside, oldest first.
    SET_ASIDE = "SELECT i.id, i.state, i.tries, i.body FROM eraflazz.inbox i
        WHERE i.state <> 'waiting' AND i.id > coalesce($1, '00000000-0000-0000-0000-000000000000'::uuid) ORDER BY i.id LIMIT $2";
    /// Whether the server takes writes.
    READ_ONLY = "SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on'";
    /// What may still be billed by each supplier.
    EXPOSURE = "SELECT a.supplier, (sum(a.cap) * 100)::bigint FROM eraflazz.attempts a WHERE a.open GROUP BY a.supplier";

    /// A wallet.
    WALLET = "SELECT w.member, (w.available * 100)::bigint, (w.held * 100)::bigint, (w.receivable * 100)::bigint,
               (w.credit_limit * 100)::bigint, w.frozen, w.version
        FROM eraflazz.wallets w WHERE w.member = $1";
    /// Every wallet.
    WALLETS = "SELECT w.member, (w.available * 100)::bigint, (w.held * 100)::bigint, (w.receivable * 100)::bigint,
               (w.credit_limit * 100)::bigint, w.frozen, w.version
        FROM eraflazz.wallets w ORDER BY w.member";
    /// The highest reference at a supplier between two texts.
    NEWEST_REF = "SELECT a.supplier_ref FROM eraflazz.attempts a WHERE a.supplier = $1 AND a.supplier_ref >= $2 AND a.supplier_ref < $3
        ORDER BY a.supplier_ref DESC LIMIT 1";
    /// What touched a member's `available`, newest first.
    MUTATIONS = "SELECT t.subject, t.effect, t.n, t.line, t.debit, t.credit, (t.amount * 100)::bigint, t.at, t.member,
               (t.balance_before * 100)::bigint, (t.balance_after * 100)::bigint
        FROM eraflazz.transfers t WHERE t.member = $1 ORDER BY t.seq DESC LIMIT $2 OFFSET $3";
    /// A member's orders, newest first, filtered.
    ORDERS_OF_MEMBER = "SELECT o.id, o.body FROM eraflazz.orders o WHERE o.member = $1 AND o.id >= $2 AND o.id < $3
            AND ($4::text[] IS NULL OR o.state = ANY($4))
            AND ($5::timestamptz IS NULL OR o.created_at >= $5)
            AND ($6::timestamptz IS NULL OR o.created_at < $6)
            AND ($7::text IS NULL OR right(o.destination, length($7)) = $7)
            AND ($8::uuid IS NULL OR EXISTS (SELECT FROM eraflazz.orders p WHERE p.id = $8 AND p.member = $1))
        ORDER BY o.id DESC LIMIT $9 OFFSET $10";
    /// The log of a subject, oldest first.
    LOG = "SELECT l.seq, l.body FROM eraflazz.log l WHERE l.subject = $1 ORDER BY l.seq";
    /// The files of the archive that have the rest of it.
    ARCHIVES_OF = "SELECT a.file, a.sha256 FROM eraflazz.archives a WHERE a.first <= $1 AND a.last >= $1 AND $1 = ANY(a.subjects) ORDER BY a.at";
    /// Every file of the archive.
    ARCHIVES = "SELECT a.file, a.sha256, a.rows, cardinality(a.subjects)::bigint FROM eraflazz.archives a ORDER BY a.file";
    /// Whether nobody else moves logs just now. A courtesy: what moves is right without it.
    ARCHIVE_ALONE = "SELECT pg_try_advisory_lock(7310579034266219877)";
    /// Lets the next one archive.
    ARCHIVE_DONE = "SELECT pg_advisory_unlock(7310579034266219877)";
    /// Orders after one, accepted before a moment, that have a log here and nothing open.
    QUIET_ORDERS = "SELECT o.id FROM eraflazz.orders o
        WHERE o.id > $1 AND o.created_at < $2
            AND o.state NOT IN ('held', 'in_flight') AND o.review IS NULL AND o.next_action_at IS NULL AND NOT o.under_way
            AND NOT EXISTS (SELECT FROM eraflazz.attempts a WHERE a.order_id = o.id AND a.open)
            AND NOT EXISTS (SELECT FROM eraflazz.outbox x WHERE x.order_id = o.id)
            AND NOT EXISTS (SELECT FROM eraflazz.cases c WHERE c.subject = o.id)
            AND EXISTS (SELECT FROM eraflazz.log l WHERE l.subject = o.id)
        ORDER BY o.id LIMIT $3";
    /// How many orders of that time still have a log here.
    LOGS_LEFT = "SELECT count(*) FROM eraflazz.orders o WHERE o.created_at < $1
            AND EXISTS (SELECT FROM eraflazz.log l WHERE l.subject = o.id)";
    /// How large the logs of orders are.
    LOG_SIZES = "SELECT l.subject, sum(octet_length(l.body))::bigint FROM eraflazz.log l WHERE l.subject = ANY($1) GROUP BY l.subject ORDER BY l.subject";
    /// The logs of orders.
    LOGS = "SELECT l.subject, l.seq, l.version, l.at, l.body FROM eraflazz.log l WHERE l.subject = ANY($1) ORDER BY l.subject, l.seq";
    /// Nobody writes these orders, nor anything about them, until this transaction has ended.
    LOCK_QUIET = "SELECT o.id FROM eraflazz.orders o WHERE o.id = ANY($1) ORDER BY o.id FOR UPDATE";
    /// Which of them still have nothing open.
    STILL_QUIET = "SELECT o.id FROM eraflazz.orders o
        WHERE o.id = ANY($1) AND o.state NOT IN ('held', 'in_flight') AND o.review IS NULL AND o.next_action_at IS NULL AND NOT o.under_way
            AND NOT EXISTS (SELECT FROM eraflazz.attempts a WHERE a.order_id = o.id AND a.open)
            AND NOT EXISTS (SELECT FROM eraflazz.outbox x WHERE x.order_id = o.id)
            AND NOT EXISTS (SELECT FROM eraflazz.cases c WHERE c.subject = o.id)
        ORDER BY o.id";
    /// Writes a file of the archive down.
    PUT_ARCHIVE = "INSERT INTO eraflazz.archives (file, sha256, before, subjects, first, last, rows, bytes)
        VALUES ($1, $2, date '1970-01-01' + $3::integer, $4, $5, $6, $7, $8)";
    /// Takes rows out of the log that are in it byte for byte as they are here.
    TAKE_LOG_OUT = "DELETE FROM eraflazz.log l USING unnest($1::uuid[], $2::bigint[], $3::bytea[]) AS u(subject, seq, hash)
        WHERE l.subject = u.subject AND l.seq = u.seq AND sha256(l.body) = u.hash";
    /// Cases that are open, oldest first.
    CASES = "SELECT c.subject, c.version, c.kind, (c.amount * 100)::bigint, c.opened_at, c.deadline
        FROM eraflazz.cases c ORDER BY c.opened_at, c.subject, c.version, c.kind LIMIT $1 OFFSET $2";
    /// Transfers that no late commit can join any more, oldest first.
    SETTLED_TRANSFERS = "SELECT t.subject, t.effect, t.n, t.line, t.debit, t.credit, (t.amount * 100)::bigint, t.at, t.member,
               (t.balance_before * 100)::bigint, (t.balance_after * 100)::bigint, t.tx::text, t.seq
        FROM eraflazz.transfers t WHERE (t.tx, t.seq) > ($3::text::xid8, $4) AND t.tx < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY t.tx, t.seq LIMIT $1 OFFSET $2";
    /// Transfers in the order of transactions, of a snapshot that no transaction of ours was running in.
    TRANSFERS = "SELECT t.subject, t.effect, t.n, t.line, t.debit, t.credit, (t.amount * 100)::bigint, t.at, t.member,
               (t.balance_before * 100)::bigint, (t.balance_after * 100)::bigint, t.tx::text, t.seq
        FROM eraflazz.transfers t WHERE (t.tx, t.seq) > ($3::text::xid8, $4) ORDER BY t.tx, t.seq LIMIT $1 OFFSET $2";
    /// Not for long: while this waits for those that run, others wait behind it.
    HUSH_BRIEFLY = "SET LOCAL lock_timeout = '300ms'";
    /// Keeps batches from beginning, once those that run have ended.
    HUSH = "LOCK TABLE eraflazz.batches IN SHARE MODE";
    /// Begins what is read within one snapshot.
    BEGIN_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    /// Takes it: a snapshot begins with the first statement that reads.
    TAKE_SNAPSHOT = "SELECT pg_current_snapshot()::text";
    /// The balances of the house's accounts as credits less debits: the folds, and the transfers from there on.
    HOUSES = "SELECT s.account, (sum(s.balance) * 100)::bigint FROM (
            SELECT f.account, f.balance FROM eraflazz.folds f
            UNION ALL SELECT t.debit, -t.amount FROM eraflazz.transfers t WHERE t.tx >= (SELECT m.through FROM eraflazz.fold_marks m)
            UNION ALL SELECT t.credit, t.amount FROM eraflazz.transfers t WHERE t.tx >= (SELECT m.through FROM eraflazz.fold_marks m)) AS s
        WHERE s.account NOT LIKE 'available:%' AND s.account NOT LIKE 'held:%' AND s.account NOT LIKE 'receivable:%'
        GROUP BY s.account ORDER BY s.account";
    /// The balance of one of them.
    HOUSE = "SELECT (coalesce(sum(s.balance), 0) * 100)::bigint FROM (
            SELECT f.balance FROM eraflazz.folds f WHERE f.account = $1
            UNION ALL SELECT -t.amount FROM eraflazz.transfers t WHERE t.tx >= (SELECT m.through FROM eraflazz.fold_marks m) AND t.debit = $1
            UNION ALL SELECT t.amount FROM eraflazz.transfers t WHERE t.tx >= (SELECT m.through FROM eraflazz.fold_marks m) AND t.credit = $1) AS s";
    /// Is alone with a house account until the transaction ends, among those who ask likewise.
    LOCK_HOUSE = "SELECT pg_advisory_xact_lock(hashtextextended('eraflazz:' || $1, 0))";
    /// Makes this the folder, or says that somebody else is; with the point up to which transfers can no longer be joined.
    FOLD_LOCK = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text FROM eraflazz.fold_marks m FOR UPDATE SKIP LOCKED";
    /// The first fold of a database that was imported takes its time.
    FOLD_PATIENTLY = "SET LOCAL statement_timeout = '10min'";
    /// A start may take as long, and wait for whoever keeps the tables to himself.
    VERIFY_PATIENTLY = "SELECT set_config('statement_timeout', '10min', true), set_config('lock_timeout', '1min', true)";
    /// Adds the transfers up to that point to the folds.
    FOLD = "INSERT INTO eraflazz.folds AS f (account, balance)
        SELECT s.account, sum(s.balance) FROM (
            SELECT t.debit AS account, -t.amount AS balance FROM eraflazz.transfers t
                WHERE t.tx >= (SELECT m.through FROM eraflazz.fold_marks m) AND t.tx < $1::text::xid8
            UNION ALL SELECT t.credit, t.amount FROM eraflazz.transfers t
                WHERE t.tx >= (SELECT m.through FROM eraflazz.fold_marks m) AND t.tx < $1::text::xid8) AS s
        WHERE s.account NOT LIKE 'available:%' AND s.account NOT LIKE 'held:%' AND s.account NOT LIKE 'receivable:%'
        GROUP BY s.account
        ON CONFLICT (account) DO UPDATE SET balance = f.balance + excluded.balance";
    /// Adds the same transfers to what is known of each member: credits less debits, and the other way round of what it owes.
    FOLD_WALLETS = "INSERT INTO eraflazz.wallet_folds AS f (member, available, held, receivable)
        SELECT split_part(s.account, ':', 2)::uuid,
            coalesce(sum(s.balance) FILTER (WHERE s.account LIKE 'available:%'), 0),
            coalesce(sum(s.balance) FILTER (WHERE s.account LIKE 'held:%'), 0),
            coalesce(-sum(s.balance) FILTER (WHERE s.account LIKE 'receivable:%'), 0)
        FROM (
            SELECT t.debit AS account, -t.amount AS balance FROM eraflazz.transfers t
                WHERE t.tx >= (SELECT m.through FROM eraflazz.fold_marks m) AND t.tx < $1::text::xid8
            UNION ALL SELECT t.credit, t.amount FROM eraflazz.transfers t
                WHERE t.tx >= (SELECT m.through FROM eraflazz.fold_marks m) AND t.tx < $1::text::xid8) AS s
        WHERE s.account LIKE 'available:%' OR s.account LIKE 'held:%' OR s.account LIKE 'receivable:%'
        GROUP BY 1
        ON CONFLICT (member) DO UPDATE SET available = f.available + excluded.available, held = f.held + excluded.held,
            receivable = f.receivable + excluded.receivable";
    /// Wallets that are not what the folds and the transfers from there on say, but for those that are frozen. In one statement, and so in one snapshot: a commit is
    /// in it with its wallet and its transfers, or not at all. Each row is what is kept and what was counted, of `available`, `held` and `receivable`.
    MISCOUNTED = "SELECT s.member, (sum(s.available) * 100)::bigint, (sum(s.counted_available) * 100)::bigint,
               (sum(s.held) * 100)::bigint, (sum(s.counted_held) * 100)::bigint,
               (sum(s.receivable) * 100)::bigint, (sum(s.counted_receivable) * 100)::bigint
        FROM (
            SELECT w.member, w.available, w.held, w.receivable, 0 AS counted_available, 0 AS counted_held, 0 AS counted_receivable, w.frozen
                FROM eraflazz.wallets w
            UNION ALL SELECT f.member, 0, 0, 0, f.available, f.held, f.receivable, false FROM eraflazz.wallet_folds f
            UNION ALL SELECT split_part(b.account, ':', 2)::uuid, 0, 0, 0,
                    CASE WHEN b.account LIKE 'available:%' THEN b.balance ELSE 0 END,
                    CASE WHEN b.account LIKE 'held:%' THEN b.balance ELSE 0 END,
                    CASE WHEN b.account LIKE 'receivable:%' THEN -b.balance ELSE 0 END, false
                FROM (
                    SELECT t.debit AS account, -t.amount AS balance FROM eraflazz.transfers t
                        WHERE t.tx >= (SELECT m.through FROM eraflazz.fold_marks m)
                    UNION ALL SELECT t.credit, t.amount FROM eraflazz.transfers t
                        WHERE t.tx >= (SELECT m.through FROM eraflazz.fold_marks m)) AS b
                WHERE b.account LIKE 'available:%' OR b.account LIKE 'held:%' OR b.account LIKE 'receivable:%') AS s
        GROUP BY s.member
        HAVING NOT bool_or(s.frozen) AND (sum(s.available) <> sum(s.counted_available) OR sum(s.held) <> sum(s.counted_held)
            OR sum(s.receivable) <> sum(s.counted_receivable))
        ORDER BY s.member LIMIT $1";
    /// Says so. Never back: whoever looked before somebody else folded has looked at less, and has added nothing.
    FOLD_MARK = "UPDATE eraflazz.fold_marks SET through = $1::text::xid8 WHERE through < $1::text::xid8";

    /// What is due to be told: of each member who listens the longest overdue first, and those of the members who wait longest.
    DUE_OUTBOX = "SELECT x.order_id, x.member, x.revision, x.due, x.tries
        FROM (SELECT e.member, (SELECT min(o.due) FROM eraflazz.outbox o WHERE o.member = e.member AND o.due IS NOT NULL) AS first
            FROM eraflazz.endpoints e WHERE e.active AND e.member <> ALL($2)) AS m
        CROSS JOIN LATERAL (SELECT o.* FROM eraflazz.outbox o WHERE o.member = m.member AND o.due <= $1 ORDER BY o.due, o.order_id LIMIT $3) AS x
        WHERE m.first <= $1 ORDER BY m.first, m.member, x.due, x.order_id LIMIT $4";
    /// How much waits and how much is parked.
    OUTBOX_DEPTH = "SELECT count(x.due), count(*) - count(x.due) FROM eraflazz.outbox x";
    /// The same for a member.
    OUTBOX_DEPTH_OF = "SELECT (SELECT count(*) FROM eraflazz.outbox x WHERE x.member = $1 AND x.due IS NOT NULL),
               (SELECT count(*) FROM eraflazz.outbox x WHERE x.member = $1 AND x.due IS NULL)";
    /// What is parked for a member.
    PARKED = "SELECT x.order_id, x.member, x.revision, x.due, x.tries FROM eraflazz.outbox x
        WHERE x.member = $1 AND x.due IS NULL ORDER BY x.order_id LIMIT $2 OFFSET $3";

    /// One at a time writes members: who checks a code or an upline sees what others have written.
    LOCK_MEMBERS = "LOCK TABLE eraflazz.members IN SHARE ROW EXCLUSIVE MODE";
    /// A member.
    MEMBER = "SELECT m.body FROM eraflazz.members m WHERE m.id = $1";
    /// Members.
    MEMBERS_BY_ID = "SELECT m.id, m.body FROM eraflazz.members m WHERE m.id = ANY($1)";
    /// The member with a code.
    MEMBER_BY_CODE = "SELECT m.id, m.body FROM eraflazz.members m WHERE m.code = $1";
    /// Every member, by id.
    MEMBERS = "SELECT m.id, m.body FROM eraflazz.members m ORDER BY m.id";
    /// Writes a member.
    PUT_MEMBER = "INSERT INTO eraflazz.members (id, code, upline, tier, status, body) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (id) DO UPDATE SET code = excluded.code, upline = excluded.upline, tier = excluded.tier, status = excluded.status, body = excluded.body";
    /// Writes the terms of a wallet; a new one is empty.
    PUT_WALLET = "INSERT INTO eraflazz.wallets AS w (member, available, held, receivable, credit_limit, frozen, version)
            VALUES ($1, 0, 0, 0, $2 * 0.01, false, $3)
        ON CONFLICT (member) DO UPDATE SET credit_limit = excluded.credit_limit, version = excluded.version";
    /// One at a time writes keys.
    LOCK_KEYS = "LOCK TABLE eraflazz.keys IN SHARE ROW EXCLUSIVE MODE";
    /// Keys, and the members they speak for.
    KEYS_BY_ID = "SELECT k.id, k.body, m.id, m.body FROM eraflazz.keys k LEFT JOIN eraflazz.members m ON m.id = k.member WHERE k.id = ANY($1)";
    /// Every key, by id.
    KEYS = "SELECT k.id, k.body FROM eraflazz.keys k ORDER BY k.id";
    /// The key with this id and those of this holder.
    KEYS_BESIDE = "SELECT k.id, k.body FROM eraflazz.keys k WHERE k.id = $1 OR k.member = $2 OR k.operator = $3";
    /// Writes a key.
    PUT_KEY = "INSERT INTO eraflazz.keys (id, member, operator, active, body) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (id) DO UPDATE SET member = excluded.member, operator = excluded.operator, active = excluded.active, body = excluded.body";
    /// An endpoint.
    ENDPOINT = "SELECT e.version, e.state, e.body FROM eraflazz.endpoints e WHERE e.member = $1";
    /// Writes an endpoint of a member that exists.
    PUT_ENDPOINT = "INSERT INTO eraflazz.endpoints AS e (member, version, active, state, body)
            SELECT m.id, 1, true, $2, $3 FROM eraflazz.members m WHERE m.id = $1
        ON CONFLICT (member) DO UPDATE SET version = (e.version + 1) % 4294967296, active = true, state = excluded.state, body = excluded.body";
    /// Removes an endpoint with what waits for it.
    REMOVE_ENDPOINT = "WITH gone AS (DELETE FROM eraflazz.endpoints e WHERE e.member = $1)
        DELETE FROM eraflazz.outbox x WHERE (x.member = $1 AND x.due IS NOT NULL) OR (x.member = $1 AND x.due IS NULL)";

    /// The catalog.
    CATALOG = "SELECT c.version, c.data::text FROM eraflazz.catalog c";
    /// The version of the catalog.
    CATALOG_VERSION = "SELECT c.version FROM eraflazz.catalog c";
    /// The catalog, for whoever changes it.
    LOCK_CATALOG = "SELECT c.version, c.data::text FROM eraflazz.catalog c FOR UPDATE";
    /// Writes the catalog.
    PUT_CATALOG = "UPDATE eraflazz.catalog SET version = $1, data = $2::jsonb, changed_at = clock_timestamp()";
    /// Tells everybody.
    NOTIFY_CATALOG = "SELECT pg_notify('eraflazz_catalog', '')";
}
