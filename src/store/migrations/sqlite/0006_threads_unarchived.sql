-- Who has put most threads away gets the list of the others without passing them.
DROP INDEX threads_listed;
DROP INDEX threads_of_agent;
CREATE INDEX threads_listed ON threads (owner, archived, updated_at_ms, thread_id);
CREATE INDEX threads_of_agent ON threads (owner, agent, archived, updated_at_ms, thread_id);
