-- What a run says is kept while it goes on. `fence` names a run's hold on its thread, and none that was ever given before.
ALTER TABLE runs ADD COLUMN fence INTEGER;
ALTER TABLE totals ADD COLUMN fences INTEGER NOT NULL DEFAULT 0;

CREATE UNIQUE INDEX runs_by_fence ON runs (fence) WHERE status = 'running';

-- `events` is a JSON array of `count` events, the first of which has the number `first`, from 0. They go with the run's end.
CREATE TABLE run_events (
    fence  INTEGER NOT NULL,
    first  INTEGER NOT NULL,
    count  INTEGER NOT NULL,
    events TEXT    NOT NULL,
    PRIMARY KEY (fence, first)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER run_removed AFTER DELETE ON runs WHEN OLD.status = 'running' BEGIN
    DELETE FROM run_events WHERE fence = OLD.fence;
END;

-- Earlier versions of states; their bytes are among those of the state.
CREATE TABLE state_versions (
    owner         TEXT    NOT NULL,
    thread_id     TEXT    NOT NULL,
    agent_name    TEXT    NOT NULL,
    version       INTEGER NOT NULL,
    state         TEXT    NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    PRIMARY KEY (owner, thread_id, agent_name, version),
    FOREIGN KEY (owner, thread_id, agent_name) REFERENCES agent_states ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
