-- States count in the limit of bytes: those of a thread go with it, those of none (`loose`) by their own time.
ALTER TABLE agent_states ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE agent_states ADD COLUMN loose INTEGER NOT NULL DEFAULT 0;

UPDATE agent_states SET
    bytes = length(CAST(thread_id || agent_name || state || messages AS BLOB)),
    loose = NOT EXISTS (
        SELECT 1 FROM threads
        WHERE threads.owner = agent_states.owner AND threads.thread_id = agent_states.thread_id
    );

UPDATE totals SET bytes = bytes + (SELECT coalesce(sum(bytes), 0) FROM agent_states);

CREATE INDEX states_loose ON agent_states (updated_at_ms) WHERE loose = 1;

CREATE TRIGGER state_added AFTER INSERT ON agent_states BEGIN
    UPDATE totals SET bytes = bytes + NEW.bytes;
END;

CREATE TRIGGER state_removed AFTER DELETE ON agent_states BEGIN
    UPDATE totals SET bytes = bytes - OLD.bytes;
END;

CREATE TRIGGER state_resized AFTER UPDATE OF bytes ON agent_states BEGIN
    UPDATE totals SET bytes = bytes + NEW.bytes - OLD.bytes;
END;

CREATE TRIGGER thread_takes_states AFTER INSERT ON threads BEGIN
    UPDATE agent_states SET loose = 0 WHERE owner = NEW.owner AND thread_id = NEW.thread_id;
END;
