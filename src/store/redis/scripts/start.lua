-- A run begins: owner, thread, node, lease, run id, agent, whether it has a parent, parent, five of limits, message ids.
local owner, id, node, lease, run_id, agent, has_parent, parent = unpack(ARGV, 1, 8)
local name = named(owner, id)
local key, at = P .. 'thread:' .. name, now()
local active = call('HMGET', key, 'run', 'number', 'node', 'until')
if active[1] then
  if active[3] ~= node and tonumber(active[4]) > at then
    return { 'busy', active[2], call('HGET', P .. 'run:' .. active[1], 'id') or '', active[3] }
  end
  local left = claim(name, node, lease)
  if left then return { 'left', left } end
end
local fence = next_fence()
local thread = call('HMGET', key, 'agent', 'archived', 'updated')
local updated = number(math.max(at, tonumber(thread[3] or '0')))
if thread[1] then
  unlist(owner, id, thread[1], thread[2])
else
  thread[2] = '0'
  call('HSET', key, 'owner', owner, 'id', id, 'archived', '0', 'created', updated, 'bytes', '0')
  call('ZADD', P .. 'all', 0, name)
  for _, its in ipairs(call('ZRANGE', P .. 'states:' .. name, 0, -1)) do
    call('ZREM', P .. 'loose', named(name, its))
  end
end
local count, until_ms = call('HINCRBY', key, 'runs', 1), number(at + lease)
call('HSET', key, 'agent', agent, 'updated', updated, 'run', fence, 'number', count, 'fence', fence, 'node', node,
  'until', until_ms, 'next', '0')
call('ZREM', P .. 'idle', name)
call('ZADD', P .. 'leases', until_ms, name)
list(owner, id, agent, thread[2], updated)
local run = P .. 'run:' .. fence
call('HSET', run, 'number', count, 'id', run_id, 'agent', agent, 'status', 'running', 'started', number(at))
if has_parent == '1' then call('HSET', run, 'parent', parent) end
call('ZADD', P .. 'runs:' .. name, count, fence)
-- All are looked up before any is added: one may come twice.
local known, new, ids = {}, {}, {}
for at_arg = 14, #ARGV do ids[#ids + 1] = ARGV[at_arg] end
chunks(ids, function(from, to)
  local found = call('HMGET', P .. 'messages:' .. name, unpack(ids, from, to))
  for at_id = from, to do
    if found[at_id - from + 1] then known[#known + 1] = at_id else new[#new + 1] = ids[at_id] end
  end
end)
bring(name, fence, new)
return { 'started', count, fence, known, enforce(name, agent, unpack(ARGV, 9, 13)) }
