-- A whole thread comes: owner, thread, how many times each of these follows: the thread (agent, whether it has a name,
-- name, archived, created, updated, runs), runs (number, id, agent, whether it has a parent, parent, status, started, ended,
-- events, bytes, how many message ids, these), states (agent, state, messages, version, updated, how many earlier versions,
-- these). Whether nothing was there.
local at = 0
local function take()
  at = at + 1
  return ARGV[at]
end
local function take_all(count)
  local all = {}
  for n = 1, count do all[n] = take() end
  return all
end

local owner, id = take(), take()
local name = named(owner, id)
local key = P .. 'thread:' .. name
if call('EXISTS', key, P .. 'states:' .. name) > 0 then return 0 end
call('ZADD', P .. 'all', 0, name)
local total, is_thread = 0, take() == '1'
if is_thread then
  local agent, has_name, text, archived, created, updated, runs = unpack(take_all(7))
  call('HSET', key, 'owner', owner, 'id', id, 'agent', agent, 'archived', archived, 'created', created,
    'updated', updated, 'runs', runs)
  if has_name == '1' then call('HSET', key, 'name', text) end
  list(owner, id, agent, archived, updated)
  call('ZADD', P .. 'idle', updated, name)
end
for _ = 1, take() do
  local count, run_id, agent, has_parent, parent, status, started, ended, events, bytes = unpack(take_all(10))
  local serial = next_fence()
  local run = P .. 'run:' .. serial
  call('HSET', run, 'number', count, 'id', run_id, 'agent', agent, 'status', status, 'started', started,
    'ended', ended, 'events', events, 'bytes', bytes)
  if has_parent == '1' then call('HSET', run, 'parent', parent) end
  call('ZADD', P .. 'runs:' .. name, count, serial)
  total = total + bytes
  bring(name, serial, take_all(take()))
end
if is_thread then call('HSET', key, 'bytes', number(total)) end
for _ = 1, take() do
  local agent, state, messages, version, updated = unpack(take_all(5))
  local of, earlier_bytes = named(name, agent), 0
  for _, earlier in ipairs(take_all(take())) do
    local _, stamp = earlier:find('^%d+ %d+ ')
    earlier_bytes = earlier_bytes + (#earlier - stamp)
    call('RPUSH', P .. 'earlier:' .. of, earlier)
  end
  local bytes = #id + #agent + #state + #messages + earlier_bytes
  call('HSET', P .. 'state:' .. of, 'state', state, 'messages', messages, 'version', version, 'updated', updated,
    'write', next_fence(), 'bytes', number(bytes), 'earlier', number(earlier_bytes))
  call('ZADD', P .. 'states:' .. name, updated, agent)
  if not is_thread then call('ZADD', P .. 'loose', updated, of) end
  total = total + bytes
end
add_bytes(total)
return 1
