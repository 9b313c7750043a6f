-- Ids of transactions begin anew in another cluster, so a logical copy (pg_dump) brings `transfers.tx` and `fold_marks.through` from a future that this cluster has
-- yet to reach: until then no new transfer would be counted for the accounts of the house. `h2h-server migrate` calls this after every restore.

-- Lets every transfer lie before all that come, and the folds begin anew; true if that was needed. What was booked stays as it is: `seq` keeps the order.
CREATE FUNCTION eraflazz.settle_in() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    -- Nobody books meanwhile.
    LOCK TABLE eraflazz.batches IN SHARE MODE;
    IF NOT EXISTS (SELECT FROM eraflazz.transfers t WHERE t.tx > pg_current_xact_id())
        AND NOT EXISTS (SELECT FROM eraflazz.fold_marks m WHERE m.through > pg_current_xact_id()) THEN
        RETURN false;
    END IF;
    ALTER TABLE eraflazz.transfers DISABLE TRIGGER transfers_append_only;
    UPDATE eraflazz.transfers SET tx = '3';
    ALTER TABLE eraflazz.transfers ENABLE TRIGGER transfers_append_only;
    DELETE FROM eraflazz.folds;
    DELETE FROM eraflazz.wallet_folds;
    UPDATE eraflazz.fold_marks SET through = '0';
    RETURN true;
END
$$;
REVOKE ALL ON FUNCTION eraflazz.settle_in() FROM PUBLIC;
