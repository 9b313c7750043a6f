-- The record of a server pulsa. Every rule here is the second wall: the first is `eraflazz_core::commit::apply`, which decides every unit before it is
-- written. If a CHECK, a UNIQUE or a trigger fires, the program or somebody by hand has tried what the law forbids.
--
-- Common to all tables
--   * Values that the engine reads back lie whole in `body` (one byte of format, four of a checksum, then postcard). The columns beside it are for finding, guarding, listing and
--     reporting; they are written with the body, never without it.
--   * Amounts are numeric(19,2) in rupiah, times are timestamptz, ids are UUIDv7, so that they rise with time.
--   * No foreign keys between hot tables: they lock parents and cost a fifth of every order. The recount checks what refers to what.
--   * Texts that are keys are compared byte by byte (COLLATE "C").

CREATE TABLE eraflazz.batches (
    id uuid CONSTRAINT batches_pkey PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE eraflazz.batches IS
    'One row a batch that was committed, written with its locks and before what it decides on is read. A batch whose COMMIT was never acknowledged is run again under the same id: the insert waits for its twin, and collides if that was committed. One of which everything was refused leaves none. Rows may go after a day.';

CREATE TABLE eraflazz.orders (
    id uuid CONSTRAINT orders_pkey PRIMARY KEY,
    version bigint NOT NULL CONSTRAINT orders_version CHECK (version >= 1),
    revision bigint NOT NULL,
    trx_code text COLLATE "C" NOT NULL CONSTRAINT orders_trx_code UNIQUE,
    member uuid NOT NULL,
    ref_id text COLLATE "C" NOT NULL,
    product bigint NOT NULL,
    destination text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL CONSTRAINT orders_state
        CHECK (state IN ('refused', 'held', 'in_flight', 'succeeded', 'returned', 'reversed', 'late_delivered')),
    review text COLLATE "C" CONSTRAINT orders_review CHECK (review IN ('escalated', 'disputed')),
    sell numeric(19,2) NOT NULL CONSTRAINT orders_sell CHECK (sell >= 0 AND sell <= 1000000000000),
    cost numeric(19,2),
    refunded numeric(19,2) NOT NULL DEFAULT 0 CONSTRAINT orders_sell_refunded CHECK (refunded >= 0 AND refunded <= sell),
    sn text COLLATE "C",
    guard_day integer,
    guard_counter smallint,
    guard_live boolean NOT NULL,
    under_way boolean NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    next_action_at timestamptz,
    body bytea NOT NULL,
    CONSTRAINT orders_guard_whole CHECK (NOT guard_live OR (guard_day IS NOT NULL AND guard_counter IS NOT NULL)),
    CONSTRAINT orders_guard_lives CHECK (NOT guard_live OR state NOT IN ('refused', 'returned', 'reversed'))
) WITH (fillfactor = 80);
COMMENT ON TABLE eraflazz.orders IS
    'An order (transaksi), as its last commit left it. `version` is the compare-and-swap and the lease token, `next_action_at` is all there is of a queue.';
COMMENT ON COLUMN eraflazz.orders.refunded IS 'How much of the price has gone back since it was last paid: in parts by people, or all that was left by a reversal (INV-7).';
COMMENT ON COLUMN eraflazz.orders.guard_day IS 'Day in Jakarta, counted from 1970-01-01.';
COMMENT ON COLUMN eraflazz.orders.under_way IS 'Some attempt''s outcome is not known.';
-- In a small table two indexes that begin with the same column look as cheap, and of those the planner takes the one that was made last; what it decides then
-- holds for some time. So the one that knows a row by all its columns comes after those that only begin with the same one.
-- A member's list, newest first.
CREATE INDEX orders_of_member ON eraflazz.orders (member, id);
-- INV-18: a member's reference is one order.
ALTER TABLE eraflazz.orders ADD CONSTRAINT orders_member_ref UNIQUE (member, ref_id);
-- INV-19: the same goods for the same destination on the same day, once, while the guard lives. By day first: the pages of past days stay cold.
CREATE UNIQUE INDEX orders_guard ON eraflazz.orders (guard_day, member, product, destination, guard_counter) WHERE guard_live;
-- What is due.
CREATE INDEX orders_due ON eraflazz.orders (next_action_at, id) WHERE next_action_at IS NOT NULL;
-- How many are open, by state.
CREATE INDEX orders_open ON eraflazz.orders (state) WHERE state IN ('held', 'in_flight');
-- Is something under way for these goods and this destination?
CREATE INDEX orders_under_way ON eraflazz.orders (product, destination) WHERE under_way;
-- Reports by time: rows arrive in that order.
CREATE INDEX orders_created_at ON eraflazz.orders USING brin (created_at);

CREATE TABLE eraflazz.attempts (
    order_id uuid NOT NULL,
    no integer NOT NULL CONSTRAINT attempts_no CHECK (no >= 1),
    supplier integer NOT NULL,
    supplier_ref text COLLATE "C" NOT NULL,
    their_ref text COLLATE "C",
    sku text COLLATE "C" NOT NULL,
    target text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL CONSTRAINT attempts_state
        CHECK (state IN ('sending', 'not_sent', 'rejected', 'pending', 'unknown', 'await_sn', 'success', 'conflict', 'late_success', 'late_reversal')),
    live boolean NOT NULL,
    open boolean NOT NULL,
    exclusive boolean NOT NULL,
    sends bigint NOT NULL,
    cap numeric(19,2) NOT NULL CONSTRAINT attempts_cap CHECK (cap >= 0 AND cap <= 1000000000000),
    billed numeric(19,2),
    sn text COLLATE "C",
    first_sent_at timestamptz NOT NULL,
    lease_until timestamptz NOT NULL,
    body bytea NOT NULL,
    CONSTRAINT attempts_pkey PRIMARY KEY (order_id, no),
    CONSTRAINT attempts_supplier_ref UNIQUE (supplier, supplier_ref),
    CONSTRAINT attempts_live_is_state CHECK (live = (state IN ('sending', 'pending', 'unknown', 'await_sn', 'success', 'conflict'))),
    CONSTRAINT attempts_open_is_state CHECK (open = (state IN ('sending', 'pending', 'unknown', 'await_sn', 'conflict'))),
    CONSTRAINT attempts_exclusive_is_open CHECK (open OR NOT exclusive)
) WITH (fillfactor = 80);
COMMENT ON TABLE eraflazz.attempts IS
    'One route of an order to one supplier. `live`, `open` and `exclusive` are as of now: what the law counts in that state, whose outcome is not known, and who must be alone with its goods.';
-- INV-10: at most one live attempt an order.
CREATE UNIQUE INDEX attempts_live ON eraflazz.attempts (order_id) WHERE live;
-- INV-11: where the supplier does not know our reference, two attempts for the same goods could not be told apart.
CREATE UNIQUE INDEX attempts_exclusive ON eraflazz.attempts (supplier, sku, target) WHERE exclusive;
-- E-12: looked up, never relied on.
CREATE INDEX attempts_sn ON eraflazz.attempts (sn, supplier) WHERE sn IS NOT NULL;
-- What may still be billed (INV-32).
CREATE INDEX attempts_open ON eraflazz.attempts (supplier) INCLUDE (cap) WHERE open;

CREATE TABLE eraflazz.their_refs (
    supplier integer NOT NULL,
    their_ref text COLLATE "C" NOT NULL,
    order_id uuid NOT NULL,
    CONSTRAINT their_refs_pkey PRIMARY KEY (supplier, their_ref)
);
COMMENT ON TABLE eraflazz.their_refs IS
    'Which order a supplier''s own id belongs to. The first one to be known by an id keeps it: a supplier that gives it twice is wrong.';

CREATE TABLE eraflazz.log (
    subject uuid NOT NULL,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    version bigint NOT NULL,
    at timestamptz NOT NULL,
    body bytea NOT NULL,
    CONSTRAINT log_pkey PRIMARY KEY (subject, seq)
);
COMMENT ON TABLE eraflazz.log IS
    'What was heard and decided, with the raw bytes and their hash: evidence, history and audit trail in one. Append-only. `subject` is an order, a member, or money without an order.';

CREATE TABLE eraflazz.transfers (
    subject uuid NOT NULL,
    effect text COLLATE "C" NOT NULL,
    n integer NOT NULL,
    line smallint NOT NULL,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    tx xid8 NOT NULL DEFAULT pg_current_xact_id(),
    debit text COLLATE "C" NOT NULL,
    credit text COLLATE "C" NOT NULL,
    amount numeric(19,2) NOT NULL,
    at timestamptz NOT NULL,
    member uuid,
    balance_before numeric(19,2),
    balance_after numeric(19,2),
    CONSTRAINT transfers_pkey PRIMARY KEY (subject, effect, n, line),
    CONSTRAINT transfers_two_accounts CHECK (debit <> credit),
    CONSTRAINT transfers_amount CHECK (amount > 0 AND amount <= 1000000000000),
    CONSTRAINT transfers_balance CHECK (
        CASE WHEN member IS NULL THEN balance_before IS NULL AND balance_after IS NULL
        ELSE coalesce(abs(balance_after - balance_before) = amount, false) END)
);
COMMENT ON TABLE eraflazz.transfers IS
    'Every movement of money: one debit, one credit, one amount. Append-only. The primary key is the effect key (INV-6): one effect of one subject happens once.';
COMMENT ON COLUMN eraflazz.transfers.debit IS
    '`available:<member>`, `held:<member>`, `receivable:<member>`, `prepaid:<supplier>`, `dispute:<supplier>`, `bank:<bank>`, `clearing:<gateway>`, or the name of an account of the house.';
COMMENT ON COLUMN eraflazz.transfers.tx IS
    'The transaction that wrote it: what lies below the oldest running transaction can no longer be joined by a late commit. Only comparable within one cluster.';
COMMENT ON COLUMN eraflazz.transfers.member IS 'The member whose `available` it touched, with that balance before and after.';
-- A member's mutations (mutasi), newest first. The wallet's row lock makes `seq` rise in the order of commits.
CREATE INDEX transfers_of_member ON eraflazz.transfers (member, seq) WHERE member IS NOT NULL;
-- INV-7: what an order holds is captured or released, once.
CREATE UNIQUE INDEX transfers_settled ON eraflazz.transfers (subject) WHERE line = 1 AND effect IN ('capture', 'release');
-- In the order of transactions: what is not folded yet, and pages for recounts.
CREATE INDEX transfers_in_order ON eraflazz.transfers (tx, seq);

CREATE TABLE eraflazz.wallets (
    member uuid CONSTRAINT wallets_pkey PRIMARY KEY,
    available numeric(19,2) NOT NULL,
    held numeric(19,2) NOT NULL CONSTRAINT wallets_held CHECK (held >= 0),
    receivable numeric(19,2) NOT NULL CONSTRAINT wallets_receivable CHECK (receivable >= 0),
    credit_limit numeric(19,2) NOT NULL CONSTRAINT wallets_credit_limit CHECK (credit_limit >= 0),
    frozen boolean NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT wallets_floor CHECK (available >= -credit_limit),
    -- What the engine can count to; and NaN, which is above every number.
    CONSTRAINT wallets_range CHECK (greatest(available, held, receivable, credit_limit) <= 92233720368547758.07)
) WITH (fillfactor = 50);
COMMENT ON TABLE eraflazz.wallets IS
    'What a member can spend, what is held, what is owed. Whoever holds the row''s lock owns the member''s balance, references and guards. INV-4: `available` never falls below minus the credit limit.';

CREATE TABLE eraflazz.folds (
    account text COLLATE "C" CONSTRAINT folds_pkey PRIMARY KEY,
    balance numeric(19,2) NOT NULL
);
COMMENT ON TABLE eraflazz.folds IS
    'Balances of the house''s accounts (credits less debits) over all transfers before `fold_marks.through`. The balance of now is this and the transfers from there on.';

CREATE TABLE eraflazz.wallet_folds (
    member uuid CONSTRAINT wallet_folds_pkey PRIMARY KEY,
    available numeric(19,2) NOT NULL,
    held numeric(19,2) NOT NULL,
    receivable numeric(19,2) NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE eraflazz.wallet_folds IS
    'What the transfers before `fold_marks.through` say of each member, added up from them alone. Nothing decides on it: a start compares `wallets` with it and the transfers from there on, before an order is taken.';

CREATE TABLE eraflazz.fold_marks (
    single boolean CONSTRAINT fold_marks_pkey PRIMARY KEY DEFAULT true CONSTRAINT fold_marks_one CHECK (single),
    through xid8 NOT NULL
);
COMMENT ON TABLE eraflazz.fold_marks IS 'How far the folds go: one row. Its lock makes one folder at a time.';
INSERT INTO eraflazz.fold_marks (through) VALUES ('0');

CREATE TABLE eraflazz.inbox (
    id uuid CONSTRAINT inbox_pkey PRIMARY KEY,
    supplier integer NOT NULL,
    received_at timestamptz NOT NULL,
    state text COLLATE "C" NOT NULL CONSTRAINT inbox_state CHECK (state IN ('waiting', 'orphan', 'quarantined')),
    tries integer NOT NULL,
    names text[] COLLATE "C" NOT NULL,
    body bytea NOT NULL
);
COMMENT ON TABLE eraflazz.inbox IS
    'Callbacks, raw and durable, until the commit that applies them takes them out. Orphans and what cannot be read stay. `state` and `tries` here are the true ones, those within `body` are as it came.';
COMMENT ON COLUMN eraflazz.inbox.names IS 'The supplier''s ids that it names.';
CREATE INDEX inbox_waiting ON eraflazz.inbox (id) WHERE state = 'waiting';
CREATE INDEX inbox_aside ON eraflazz.inbox (id) WHERE state <> 'waiting';
CREATE INDEX inbox_orphans_names ON eraflazz.inbox USING gin (names) WHERE state = 'orphan';

CREATE TABLE eraflazz.inquiries (
    id uuid CONSTRAINT inquiries_pkey PRIMARY KEY,
    member uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    body bytea NOT NULL
);
COMMENT ON TABLE eraflazz.inquiries IS
    'Bills that members asked about (cek tagihan), each as its supplier told it, until they are over for an hour. Which were paid is in `nonces`, under the key `inquiries`.';
CREATE INDEX inquiries_over ON eraflazz.inquiries (expires_at);

CREATE TABLE eraflazz.payments (
    id uuid CONSTRAINT payments_pkey PRIMARY KEY,
    version bigint NOT NULL CONSTRAINT payments_version CHECK (version >= 1),
    member uuid NOT NULL,
    ref_id text COLLATE "C" NOT NULL,
    gateway integer NOT NULL,
    code text COLLATE "C" NOT NULL CONSTRAINT payments_code UNIQUE,
    their_ref text COLLATE "C",
    method text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    amount numeric(19,2) NOT NULL CONSTRAINT payments_amount CHECK (amount > 0),
    booked numeric(19,2),
    taken_back numeric(19,2) NOT NULL CONSTRAINT payments_taken_back CHECK (taken_back >= 0 AND taken_back <= coalesce(booked, 0)),
    created_at timestamptz NOT NULL,
    next_check_at timestamptz,
    awaits boolean NOT NULL,
    body bytea NOT NULL,
    CONSTRAINT payments_booked_is_theirs CHECK (booked IS NULL OR their_ref IS NOT NULL),
    CONSTRAINT payments_member_ref UNIQUE (member, ref_id)
) WITH (fillfactor = 80);
COMMENT ON TABLE eraflazz.payments IS
    'Members'' deposits through payment gateways. `booked` is what came in, credited once or in suspense; `next_check_at` is when the gateway is asked again.';
COMMENT ON COLUMN eraflazz.payments.their_ref IS 'The gateway''s own id of the payment: what is credited, once.';
-- INV-22: a payment of a gateway's is one deposit.
CREATE UNIQUE INDEX payments_their_ref ON eraflazz.payments (gateway, their_ref) WHERE their_ref IS NOT NULL;
COMMENT ON COLUMN eraflazz.payments.status IS 'How it stands, as its member sees it: follows from the rest of the row.';
COMMENT ON COLUMN eraflazz.payments.awaits IS 'Whether a transfer of exactly its amount to its account is this deposit''s.';
-- INV-23: an exact amount on an account is one deposit's, until a day after its end.
CREATE UNIQUE INDEX payments_awaiting ON eraflazz.payments (gateway, amount) WHERE awaits;
-- Lists, newest first: a member's, those that stand alike, all.
CREATE INDEX payments_of_member ON eraflazz.payments (member, created_at, id);
CREATE INDEX payments_by_status ON eraflazz.payments (status, created_at, id);
CREATE INDEX payments_by_time ON eraflazz.payments (created_at, id);
-- What is to be looked at.
CREATE INDEX payments_due ON eraflazz.payments (next_check_at, id) WHERE next_check_at IS NOT NULL;

CREATE TABLE eraflazz.outbox (
    order_id uuid CONSTRAINT outbox_pkey PRIMARY KEY,
    member uuid NOT NULL,
    revision bigint NOT NULL,
    due timestamptz,
    tries integer NOT NULL
) WITH (fillfactor = 80);
COMMENT ON TABLE eraflazz.outbox IS
    'What members must still learn: one row an order, the newest revision, no text: it is rendered when it is sent. Without `due` it is parked: all its tries failed.';
CREATE INDEX outbox_due ON eraflazz.outbox (member, due, order_id) WHERE due IS NOT NULL;
CREATE INDEX outbox_parked ON eraflazz.outbox (member, order_id) WHERE due IS NULL;

CREATE TABLE eraflazz.cases (
    subject uuid NOT NULL,
    version bigint NOT NULL,
    kind text COLLATE "C" NOT NULL,
    amount numeric(19,2),
    opened_at timestamptz NOT NULL,
    deadline timestamptz NOT NULL,
    CONSTRAINT cases_pkey PRIMARY KEY (subject, version, kind)
);
COMMENT ON TABLE eraflazz.cases IS 'What a person must look at (kasus), while it is open.';
CREATE INDEX cases_opened ON eraflazz.cases (opened_at, subject, version, kind);

CREATE TABLE eraflazz.nonces (
    key text COLLATE "C" NOT NULL,
    nonce bytea NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT nonces_pkey PRIMARY KEY (key, nonce)
);
COMMENT ON TABLE eraflazz.nonces IS 'Nonces of changing calls, as SHA-256: each is used once, in the commit of its effect.';

CREATE TABLE eraflazz.quotas (
    day integer NOT NULL,
    supplier integer NOT NULL,
    mapping bigint NOT NULL CONSTRAINT quotas_mapping CHECK (mapping >= -1),
    orders bigint NOT NULL CONSTRAINT quotas_orders CHECK (orders >= 0),
    amount numeric(19,2) NOT NULL CONSTRAINT quotas_amount CHECK (amount >= 0 AND amount <= 1000000000000),
    CONSTRAINT quotas_pkey PRIMARY KEY (day, supplier, mapping)
) WITH (fillfactor = 50);
COMMENT ON TABLE eraflazz.quotas IS
    'What a day has taken of a supplier''s quota, or of a route''s: it moves in the commit that intends an attempt, and in the one that proves that it bought nothing.';
COMMENT ON COLUMN eraflazz.quotas.day IS 'The day in Jakarta, counted from 1970-01-01.';
COMMENT ON COLUMN eraflazz.quotas.mapping IS 'The route, or -1 for all of the supplier''s together.';

CREATE TABLE eraflazz.members (
    id uuid CONSTRAINT members_pkey PRIMARY KEY,
    code text COLLATE "C" NOT NULL CONSTRAINT members_code UNIQUE,
    upline uuid,
    tier integer NOT NULL,
    status text COLLATE "C" NOT NULL CONSTRAINT members_status CHECK (status IN ('active', 'suspended')),
    body bytea NOT NULL
);
COMMENT ON TABLE eraflazz.members IS 'Members (agen, reseller) and the terms that they order on. Their money is in `wallets`.';

CREATE TABLE eraflazz.keys (
    id text COLLATE "C" CONSTRAINT keys_pkey PRIMARY KEY,
    member uuid,
    operator text COLLATE "C",
    active boolean NOT NULL,
    body bytea NOT NULL,
    CONSTRAINT keys_holder CHECK ((member IS NULL) <> (operator IS NULL))
);
COMMENT ON TABLE eraflazz.keys IS 'Keys with which programs speak for a member or an operator. Secrets are sealed.';

CREATE TABLE eraflazz.endpoints (
    member uuid CONSTRAINT endpoints_pkey PRIMARY KEY,
    version bigint NOT NULL,
    active boolean NOT NULL,
    state bytea NOT NULL,
    body bytea NOT NULL
);
COMMENT ON TABLE eraflazz.endpoints IS 'Where members want to hear of their orders. Secrets are sealed. `version` rises every time it is set.';

CREATE INDEX endpoints_active ON eraflazz.endpoints (member) WHERE active;

CREATE TABLE eraflazz.catalog (
    single boolean CONSTRAINT catalog_pkey PRIMARY KEY DEFAULT true CONSTRAINT catalog_one CHECK (single),
    version bigint NOT NULL,
    data jsonb NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE eraflazz.catalog IS
    'What is sold: products, mappings, suppliers, tiers and prices as one value with one version, replaced as a whole. One row.';
INSERT INTO eraflazz.catalog (version, data)
    VALUES (0, '{"categories":[],"tiers":[],"suppliers":[],"products":[],"mappings":[],"prices":[],"approvals":[],"syncs":[]}');

-- INV-2: what was booked or recorded is never changed and never deleted.
CREATE FUNCTION eraflazz.append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_TABLE_NAME || '_append_only';
END
$$;
CREATE TRIGGER transfers_append_only BEFORE UPDATE OR DELETE ON eraflazz.transfers
    FOR EACH ROW EXECUTE FUNCTION eraflazz.append_only();
CREATE TRIGGER transfers_never_emptied BEFORE TRUNCATE ON eraflazz.transfers
    FOR EACH STATEMENT EXECUTE FUNCTION eraflazz.append_only();
CREATE TRIGGER log_append_only BEFORE UPDATE OR DELETE ON eraflazz.log
    FOR EACH ROW EXECUTE FUNCTION eraflazz.append_only();
CREATE TRIGGER log_never_emptied BEFORE TRUNCATE ON eraflazz.log
    FOR EACH STATEMENT EXECUTE FUNCTION eraflazz.append_only();
