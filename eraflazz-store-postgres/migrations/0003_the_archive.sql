-- The archive: logs of ended orders leave for files (`h2h-server archive`), because they are most of what an order takes and nothing decides on them.
--
-- What stays, for ever: `orders` with (member, ref_id) and the answer that a repetition gets (INV-18), `attempts` and `their_refs` with the references that are
-- never used again and with all that a late callback is judged by (INV-11, E-3), `transfers`, from which every balance is recounted (INV-3) and which
-- hold the keys of what has happened (INV-6). So an order whose log has left is worked, answered and settled like any other, and what it hears from
-- then on is written here again.

CREATE TABLE eraflazz.archives (
    file text COLLATE "C" CONSTRAINT archives_pkey PRIMARY KEY,
    sha256 bytea NOT NULL CONSTRAINT archives_sha256 CHECK (length(sha256) = 32),
    before date NOT NULL,
    subjects uuid[] NOT NULL,
    first uuid NOT NULL,
    last uuid NOT NULL,
    rows bigint NOT NULL CONSTRAINT archives_rows CHECK (rows > 0),
    bytes bigint NOT NULL CONSTRAINT archives_bytes CHECK (bytes > 0),
    tx xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE eraflazz.archives IS
    'One row a file of the archive: its name, its hash, and the orders whose log is in it. Written in the transaction that takes the log out of here, and append-only: no log leaves without a row that says where to and what it was.';
COMMENT ON COLUMN eraflazz.archives.before IS 'The first day of the month before which those orders were accepted.';
COMMENT ON COLUMN eraflazz.archives.subjects IS 'Ids of the orders, rising, from `first` to `last`.';
-- Which files have the log of an order: a handful, whose lists are then looked into.
CREATE INDEX archives_span ON eraflazz.archives (first, last);
-- The file that this transaction has written down.
CREATE INDEX archives_tx ON eraflazz.archives (tx);
CREATE TRIGGER archives_append_only BEFORE UPDATE OR DELETE ON eraflazz.archives
    FOR EACH ROW EXECUTE FUNCTION eraflazz.append_only();
CREATE TRIGGER archives_never_emptied BEFORE TRUNCATE ON eraflazz.archives
    FOR EACH STATEMENT EXECUTE FUNCTION eraflazz.append_only();

-- INV-2: a row of the log is never changed, and leaves only for a file that the very same transaction has written down. Transaction ids begin anew in a new
-- cluster, so the file must be of this transaction by its time as well.
CREATE FUNCTION eraflazz.log_leaves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM eraflazz.archives a
        WHERE a.tx = pg_current_xact_id() AND a.at >= transaction_timestamp() AND OLD.subject = ANY(a.subjects)) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'log is append-only' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'log_append_only';
END
$$;
DROP TRIGGER log_append_only ON eraflazz.log;
CREATE TRIGGER log_append_only BEFORE UPDATE ON eraflazz.log
    FOR EACH ROW EXECUTE FUNCTION eraflazz.append_only();
CREATE TRIGGER log_leaves BEFORE DELETE ON eraflazz.log
    FOR EACH ROW EXECUTE FUNCTION eraflazz.log_leaves();
