-- Several processes over one record: who has what in hand, and which life of the record this is.

CREATE UNLOGGED TABLE eraflazz.taken (
    order_id uuid CONSTRAINT taken_pkey PRIMARY KEY,
    version bigint NOT NULL,
    until timestamptz NOT NULL
);
COMMENT ON TABLE eraflazz.taken IS
    'Which orders somebody has in hand, of those that were due, and until when: whoever takes what is due takes something else. A hint and no claim (INV-27): it is emptied by a crash of the database, and nothing is lost. Beside the orders, because writing an order again to say so is writing each of its indexes again.';
COMMENT ON COLUMN eraflazz.taken.version IS '`version` of the order when it was taken: once it was committed anew, the order is in nobody''s hand, whenever it is due.';
CREATE INDEX taken_until ON eraflazz.taken (until);

ALTER TABLE eraflazz.inbox ADD COLUMN taken_until timestamptz;
COMMENT ON COLUMN eraflazz.inbox.taken_until IS
    'Until when a process has it in hand. Taken again after that it counts a try: whoever had it did not live to apply it (INV-28).';

CREATE TABLE eraflazz.epoch (
    single boolean CONSTRAINT epoch_pkey PRIMARY KEY DEFAULT true CONSTRAINT epoch_one CHECK (single),
    epoch integer NOT NULL CONSTRAINT epoch_range CHECK (epoch BETWEEN 0 AND 1023),
    raised_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE eraflazz.epoch IS
    'Which life of the record this is: one row. Every server has the same number in a file; where the two differ it sends nothing (INV-31). Raised after a restore.';
INSERT INTO eraflazz.epoch (epoch) VALUES (0);

CREATE TABLE eraflazz.duty (
    single boolean CONSTRAINT duty_pkey PRIMARY KEY DEFAULT true CONSTRAINT duty_one CHECK (single),
    holder uuid NOT NULL,
    until timestamptz NOT NULL
);
COMMENT ON TABLE eraflazz.duty IS
    'Which process does what one does for all, as telling members, and until when unless it says so again: one row. A hint: nothing is lost if two do it, or none for a while.';
INSERT INTO eraflazz.duty (holder, until) VALUES ('00000000-0000-0000-0000-000000000000', '-infinity');
