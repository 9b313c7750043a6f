-- Who may do what. The owner of the schema migrates, moves logs to the archive and raises the epoch; servers run as a role that can do none of this, and cannot
-- rewrite history; whoever makes reports reads the views and nothing else. Roles belong to the whole server and are made by its administrator; what they may
-- do is said here, and said anew after every migration (`eraflazz.grant_all`), so that a new table is never forgotten.

CREATE TABLE eraflazz.roles (
    role name CONSTRAINT roles_pkey PRIMARY KEY,
    part text COLLATE "C" NOT NULL CONSTRAINT roles_part CHECK (part IN ('server', 'reports'))
);
COMMENT ON TABLE eraflazz.roles IS 'Which roles of the database server may do what here: `server` runs the engine, `reports` reads the views.';

CREATE FUNCTION eraflazz.grant_all() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    one record;
BEGIN
    -- One at a time: rights of one table cannot be given by two at once.
    LOCK TABLE eraflazz.roles IN EXCLUSIVE MODE;
    FOR one IN SELECT r.role, r.part FROM eraflazz.roles r ORDER BY r.role LOOP
        EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA eraflazz, eraflazz_report FROM %I', one.role);
        EXECUTE format('REVOKE ALL ON SCHEMA eraflazz, eraflazz_report FROM %I', one.role);
        IF one.part = 'reports' THEN
            EXECUTE format('GRANT USAGE ON SCHEMA eraflazz_report TO %I', one.role);
            EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA eraflazz_report TO %I', one.role);
            CONTINUE;
        END IF;
        EXECUTE format('GRANT USAGE ON SCHEMA eraflazz TO %I', one.role);
        EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA eraflazz TO %I', one.role);
        -- History, and what is spent, is only ever added to: transfers, log, their_refs, nonces.
        EXECUTE format('GRANT INSERT ON eraflazz.batches, eraflazz.orders, eraflazz.attempts, eraflazz.their_refs, eraflazz.log, eraflazz.transfers,
            eraflazz.wallets, eraflazz.folds, eraflazz.wallet_folds, eraflazz.inbox, eraflazz.outbox, eraflazz.cases, eraflazz.nonces, eraflazz.members, eraflazz.keys,
            eraflazz.endpoints, eraflazz.taken, eraflazz.inquiries, eraflazz.payments, eraflazz.quotas TO %I', one.role);
        -- Of an order and an attempt what moves; never whose it is, what it costs, nor under which reference (INV-11, INV-16, INV-18).
        EXECUTE format('GRANT UPDATE (version, revision, state, review, cost, refunded, sn, guard_live, under_way, updated_at, next_action_at, body)
            ON eraflazz.orders TO %I', one.role);
        EXECUTE format('GRANT UPDATE (their_ref, state, live, open, exclusive, sends, billed, sn, reason, code, lease_until, body)
            ON eraflazz.attempts TO %I', one.role);
        EXECUTE format('GRANT UPDATE (available, held, receivable, credit_limit, frozen, version) ON eraflazz.wallets TO %I', one.role);
        EXECUTE format('GRANT UPDATE (version, their_ref, state, status, booked, taken_back, next_check_at, awaits, body) ON eraflazz.payments TO %I', one.role);
        EXECUTE format('GRANT UPDATE (orders, amount) ON eraflazz.quotas TO %I', one.role);
        EXECUTE format('GRANT UPDATE (state, tries, taken_until) ON eraflazz.inbox TO %I', one.role);
        EXECUTE format('GRANT UPDATE (deadline) ON eraflazz.cases TO %I', one.role);
        EXECUTE format('GRANT UPDATE (version, active, state, body) ON eraflazz.endpoints TO %I', one.role);
        EXECUTE format('GRANT UPDATE ON eraflazz.outbox, eraflazz.members, eraflazz.keys, eraflazz.folds, eraflazz.wallet_folds, eraflazz.fold_marks, eraflazz.catalog,
            eraflazz.duty, eraflazz.taken TO %I', one.role);
        -- Work that is done.
        EXECUTE format('GRANT DELETE ON eraflazz.batches, eraflazz.inbox, eraflazz.outbox, eraflazz.cases, eraflazz.endpoints,
            eraflazz.taken, eraflazz.inquiries TO %I', one.role);
    END LOOP;
END
$$;
REVOKE ALL ON FUNCTION eraflazz.grant_all() FROM PUBLIC;
