-- A thread changes: owner, thread, what becomes of its name ('', 'set' or 'none'), name, whether it is archived or ''.
local owner, id, naming, text, archived = unpack(ARGV, 1, 5)
local name = named(owner, id)
local key = P .. 'thread:' .. name
local thread = call('HMGET', key, 'agent', 'archived', 'updated')
if not thread[1] then return false end
local updated = number(math.max(now(), tonumber(thread[3])))
call('HSET', key, 'updated', updated)
if naming == 'set' then call('HSET', key, 'name', text) end
if naming == 'none' then call('HDEL', key, 'name') end
if archived ~= '' and archived ~= thread[2] then
  unlist(owner, id, thread[1], thread[2])
  call('HSET', key, 'archived', archived)
  thread[2] = archived
end
list(owner, id, thread[1], thread[2], updated)
if call('ZSCORE', P .. 'idle', name) then call('ZADD', P .. 'idle', updated, name) end
return call('HMGET', key, 'id', 'agent', 'name', 'archived', 'created', 'updated')
