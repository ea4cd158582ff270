-- A state changes: owner, thread, agent, the write that it was made from, state, messages, whether the one before is kept,
-- versions, five of limits.
local owner, id, agent, write, state, messages, keep, versions = unpack(ARGV, 1, 8)
local name = named(owner, id)
if not is_still(name, agent, write) then return { 'again' } end
local version, updated = put_state(name, agent, state, messages, keep, versions)
return { 'changed', version, updated, enforce(name, agent, unpack(ARGV, 9, 13)) }
