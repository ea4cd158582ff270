-- One agent's state on one thread of one owner. JSON is text: it is written and read whole, never queried into.
CREATE TABLE agent_states (
    owner         TEXT    NOT NULL,
    thread_id     TEXT    NOT NULL,
    agent_name    TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    messages      TEXT    NOT NULL,
    version       INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    PRIMARY KEY (owner, thread_id, agent_name)
) STRICT;
