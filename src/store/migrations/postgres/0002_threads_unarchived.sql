-- Who has put most threads away gets the list of the others without passing them.
DROP INDEX threads_listed;
DROP INDEX threads_of_agent;
CREATE INDEX threads_listed ON threads (sha256(owner), archived, updated_at_ms);
CREATE INDEX threads_of_agent ON threads (sha256(owner), sha256(agent), archived, updated_at_ms);
