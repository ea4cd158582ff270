-- Threads, runs, events and states, in a schema of their own. Ids and names are any text, also with NUL, which the type
-- text cannot hold: they are bytes of UTF-8. They may be longer than an index entry, so indexes hold their hashes. JSON is
-- text, written and read whole: it never holds a NUL itself, and jsonb would refuse an escaped one.

-- The database's clock, in milliseconds since 1970: nodes' clocks may differ.
CREATE FUNCTION now_ms() RETURNS bigint LANGUAGE sql VOLATILE AS
    $$ SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint $$;

-- Each names a run's hold on its thread, and is given once.
CREATE SEQUENCE fences;

CREATE TABLE threads (
    thread        bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner         bytea   NOT NULL,
    thread_id     bytea   NOT NULL,
    agent         bytea   NOT NULL,
    name          bytea,
    archived      boolean NOT NULL,
    created_at_ms bigint  NOT NULL,
    updated_at_ms bigint  NOT NULL,
    -- How many runs have begun: the number of the last one.
    runs          bigint  NOT NULL,
    -- Of the events of its runs that have ended.
    bytes         bigint  NOT NULL
);

CREATE UNIQUE INDEX threads_by_id ON threads (sha256(owner), sha256(thread_id));
-- Lists, and what limits drop first.
CREATE INDEX threads_listed ON threads (sha256(owner), updated_at_ms);
CREATE INDEX threads_of_agent ON threads (sha256(owner), sha256(agent), updated_at_ms);
CREATE INDEX threads_by_age ON threads (updated_at_ms);

-- `events` is a JSON array; NULL until the run ends.
CREATE TABLE runs (
    thread        bigint  NOT NULL REFERENCES threads ON DELETE CASCADE,
    number        bigint  NOT NULL,
    run_id        bytea   NOT NULL,
    agent         bytea   NOT NULL,
    parent        bytea,
    status        text    NOT NULL CHECK (status IN ('running', 'completed', 'failed', 'stopped')),
    started_at_ms bigint  NOT NULL,
    ended_at_ms   bigint,
    events        text,
    bytes         bigint  NOT NULL,
    -- The run's lease: its name, who has it, until when, and whether somebody wants the run to stop.
    fence         bigint  NOT NULL,
    node          text    NOT NULL,
    leased_until  timestamptz NOT NULL,
    to_stop       boolean NOT NULL DEFAULT false,
    -- Whether another node has asked for its events, so that it is notified of more.
    followed      boolean NOT NULL DEFAULT false,
    -- Until when the rows in `run_events` are kept after the run's end; NULL once they are gone.
    told_until    timestamptz,
    PRIMARY KEY (thread, number)
);

-- One run a thread is active.
CREATE UNIQUE INDEX runs_going_on ON runs (thread) WHERE status = 'running';
CREATE UNIQUE INDEX runs_by_fence ON runs (fence) WHERE status = 'running';
CREATE INDEX runs_told ON runs (told_until) WHERE told_until IS NOT NULL;

-- What a run says while it goes on: a JSON array of `count` events, the first of which has the number `first`, from 0.
CREATE TABLE run_events (
    thread bigint NOT NULL,
    number bigint NOT NULL,
    first  bigint NOT NULL,
    count  bigint NOT NULL,
    events text   NOT NULL,
    PRIMARY KEY (thread, number, first),
    FOREIGN KEY (thread, number) REFERENCES runs ON DELETE CASCADE
);

-- The ids of the messages that a thread has, with the run that brought each: with it goes the id.
CREATE TABLE messages (
    thread     bigint NOT NULL,
    number     bigint NOT NULL,
    message_id bytea  NOT NULL,
    FOREIGN KEY (thread, number) REFERENCES runs ON DELETE CASCADE
);

CREATE UNIQUE INDEX messages_by_id ON messages (thread, sha256(message_id));
CREATE INDEX messages_of_run ON messages (thread, number);

-- One agent's state on one thread of one owner; `loose` if there is no such thread.
CREATE TABLE agent_states (
    agent_state   bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner         bytea   NOT NULL,
    thread_id     bytea   NOT NULL,
    agent_name    bytea   NOT NULL,
    state         text    NOT NULL,
    messages      text    NOT NULL,
    version       bigint  NOT NULL,
    updated_at_ms bigint  NOT NULL,
    -- Names, state, messages and earlier versions.
    bytes         bigint  NOT NULL,
    loose         boolean NOT NULL
);

CREATE UNIQUE INDEX states_by_name ON agent_states (sha256(owner), sha256(thread_id), sha256(agent_name));
CREATE INDEX states_loose ON agent_states (updated_at_ms) WHERE loose;

CREATE TABLE state_versions (
    agent_state   bigint NOT NULL REFERENCES agent_states ON DELETE CASCADE,
    version       bigint NOT NULL,
    state         text   NOT NULL,
    updated_at_ms bigint NOT NULL,
    PRIMARY KEY (agent_state, version)
);

-- What the limits are compared with, without counting each time: the sum of all rows. Each connection counts in the row of
-- its process, so that transactions seldom wait for each other.
CREATE TABLE totals (
    slot    integer PRIMARY KEY,
    threads bigint  NOT NULL,
    bytes   bigint  NOT NULL
) WITH (fillfactor = 50);

INSERT INTO totals SELECT slot, 0, 0 FROM generate_series(0, 63) AS slot;

CREATE FUNCTION add_to_totals(more_threads bigint, more_bytes bigint) RETURNS void LANGUAGE sql SET search_path FROM CURRENT AS $$
    UPDATE totals SET threads = threads + more_threads, bytes = bytes + more_bytes
    WHERE slot = pg_backend_pid() % 64 AND (more_threads <> 0 OR more_bytes <> 0)
$$;

-- Triggers' argument: whether a row counts as a thread.
CREATE FUNCTION count_added() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM add_to_totals(count(*) * TG_ARGV[0]::bigint, coalesce(sum(bytes), 0)::bigint) FROM added;
    RETURN NULL;
END
$$;

CREATE FUNCTION count_removed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM add_to_totals(-count(*) * TG_ARGV[0]::bigint, -coalesce(sum(bytes), 0)::bigint) FROM removed;
    RETURN NULL;
END
$$;

CREATE FUNCTION count_resized() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM add_to_totals(0, (SELECT coalesce(sum(bytes), 0) FROM added)::bigint
                                        - (SELECT coalesce(sum(bytes), 0) FROM removed)::bigint);
    RETURN NULL;
END
$$;

CREATE TRIGGER thread_added AFTER INSERT ON threads
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_added(1);
CREATE TRIGGER thread_removed AFTER DELETE ON threads
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION count_removed(1);
CREATE TRIGGER thread_resized AFTER UPDATE ON threads
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_resized();
CREATE TRIGGER state_added AFTER INSERT ON agent_states
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_added(0);
CREATE TRIGGER state_removed AFTER DELETE ON agent_states
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION count_removed(0);
CREATE TRIGGER state_resized AFTER UPDATE ON agent_states
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_resized();
