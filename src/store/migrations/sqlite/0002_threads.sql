-- Threads and their runs. Ids are any text; `thread` stands for (owner, thread_id) in the tables below it.
CREATE TABLE threads (
    thread        INTEGER PRIMARY KEY,
    owner         TEXT    NOT NULL,
    thread_id     TEXT    NOT NULL,
    agent         TEXT    NOT NULL,
    name          TEXT,
    archived      INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    -- How many runs have begun: the number of the last one.
    runs          INTEGER NOT NULL,
    -- Of the events of its runs.
    bytes         INTEGER NOT NULL,
    UNIQUE (owner, thread_id)
) STRICT;

-- Lists, and what limits drop first.
CREATE INDEX threads_listed ON threads (owner, updated_at_ms, thread_id);
CREATE INDEX threads_of_agent ON threads (owner, agent, updated_at_ms, thread_id);
CREATE INDEX threads_by_age ON threads (updated_at_ms, thread_id, owner);

-- `events` is a JSON array, written and read whole; NULL until the run ends.
CREATE TABLE runs (
    thread        INTEGER NOT NULL REFERENCES threads ON DELETE CASCADE,
    number        INTEGER NOT NULL,
    run_id        TEXT    NOT NULL,
    agent         TEXT    NOT NULL,
    parent        TEXT,
    status        TEXT    NOT NULL CHECK (status IN ('running', 'completed', 'failed', 'stopped')),
    started_at_ms INTEGER NOT NULL,
    ended_at_ms   INTEGER,
    events        TEXT,
    bytes         INTEGER NOT NULL,
    PRIMARY KEY (thread, number)
) STRICT;

CREATE INDEX runs_going_on ON runs (thread, number) WHERE status = 'running';

-- The ids of the messages that a thread has, with the run that brought each: with it goes the id.
CREATE TABLE messages (
    thread     INTEGER NOT NULL,
    message_id TEXT    NOT NULL,
    number     INTEGER NOT NULL,
    PRIMARY KEY (thread, message_id),
    FOREIGN KEY (thread, number) REFERENCES runs ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX messages_of_run ON messages (thread, number);

-- One row: what the limits are compared with, without counting each time.
CREATE TABLE totals (
    threads INTEGER NOT NULL,
    bytes   INTEGER NOT NULL
) STRICT;

INSERT INTO totals VALUES (0, 0);

CREATE TRIGGER thread_added AFTER INSERT ON threads BEGIN
    UPDATE totals SET threads = threads + 1, bytes = bytes + NEW.bytes;
END;

CREATE TRIGGER thread_removed AFTER DELETE ON threads BEGIN
    UPDATE totals SET threads = threads - 1, bytes = bytes - OLD.bytes;
END;

CREATE TRIGGER thread_resized AFTER UPDATE OF bytes ON threads BEGIN
    UPDATE totals SET bytes = bytes + NEW.bytes - OLD.bytes;
END;
