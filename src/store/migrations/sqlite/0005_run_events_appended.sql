-- Rows are added at the table's end, whatever run they are of, so that a commit of many runs' events touches few pages; those
-- of runs that have ended go many at once. A run's events still go with the run itself.
DROP TRIGGER run_removed;
ALTER TABLE run_events RENAME TO earlier_events;

CREATE TABLE run_events (
    id     INTEGER PRIMARY KEY,
    fence  INTEGER NOT NULL,
    first  INTEGER NOT NULL,
    count  INTEGER NOT NULL,
    events TEXT    NOT NULL
) STRICT;

INSERT INTO run_events (fence, first, count, events) SELECT fence, first, count, events FROM earlier_events;
DROP TABLE earlier_events;
CREATE UNIQUE INDEX run_events_in_order ON run_events (fence, first);

CREATE TRIGGER run_removed AFTER DELETE ON runs WHEN OLD.fence IS NOT NULL BEGIN
    DELETE FROM run_events WHERE fence = OLD.fence;
END;
