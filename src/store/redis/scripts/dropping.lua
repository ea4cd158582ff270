-- How things go: what a user deletes, and what is over the limits.

-- Without anything of the thread left, it is none of all.
local function forget_if_empty(name)
  if call('EXISTS', P .. 'thread:' .. name, P .. 'states:' .. name) == 0 then
    call('ZREM', P .. 'all', name)
  end
end

local function drop_state(name, agent)
  local state = named(name, agent)
  local bytes = call('HGET', P .. 'state:' .. state, 'bytes')
  call('UNLINK', P .. 'state:' .. state, P .. 'earlier:' .. state)
  call('ZREM', P .. 'states:' .. name, agent)
  call('ZREM', P .. 'loose', state)
  forget_if_empty(name)
  if bytes then add_bytes(-bytes) end
  return bytes and true or false
end

local function drop_thread(name)
  local key, owner, id = P .. 'thread:' .. name, parts(name)
  local thread = call('HMGET', key, 'agent', 'archived', 'bytes', 'number')
  for _, serial in ipairs(call('ZRANGE', P .. 'runs:' .. name, 0, -1)) do
    call('UNLINK', P .. 'run:' .. serial, P .. 'said:' .. serial, P .. 'brought:' .. serial)
  end
  call('UNLINK', key, P .. 'runs:' .. name, P .. 'messages:' .. name)
  call('ZREM', P .. 'idle', name)
  call('ZREM', P .. 'leases', name)
  for _, agent in ipairs(call('ZRANGE', P .. 'states:' .. name, 0, -1)) do
    drop_state(name, agent)
  end
  forget_if_empty(name)
  if not thread[1] then return false end
  unlist(owner, id, thread[1], thread[2])
  add_bytes(-(thread[3] or 0))
  if thread[4] then ring(name, thread[4]) end
  return true
end

-- The messages that a run brought are new to the thread again.
local function take_back(name, serial)
  local brought = call('SMEMBERS', P .. 'brought:' .. serial)
  chunks(brought, function(from, to)
    call('HDEL', P .. 'messages:' .. name, unpack(brought, from, to))
  end)
  call('UNLINK', P .. 'brought:' .. serial)
end

local function drop_runs(name, serials)
  local bytes = 0
  for _, serial in ipairs(serials) do
    bytes = bytes + (call('HGET', P .. 'run:' .. serial, 'bytes') or 0)
    take_back(name, serial)
    call('UNLINK', P .. 'run:' .. serial, P .. 'said:' .. serial)
    call('ZREM', P .. 'runs:' .. name, serial)
  end
  call('HINCRBY', P .. 'thread:' .. name, 'bytes', number(-bytes))
  add_bytes(-bytes)
end

-- How many of a thread's runs have ended: all but the last, if that one goes on.
local function ended(name)
  local going_on = call('HEXISTS', P .. 'thread:' .. name, 'run')
  return call('ZCARD', P .. 'runs:' .. name) - going_on
end

-- The oldest of an index by time, but not this one; with its time.
local function oldest(index, except)
  local found = call('ZRANGE', P .. index, 0, 1, 'WITHSCORES')
  if found[1] == except then return found[3], tonumber(found[4]) end
  return found[1], tonumber(found[2])
end

-- Drops the oldest thread or state without one, if it is from before that time; what it was.
local function drop_oldest(name, agent, before)
  local thread, thread_time = oldest('idle', name)
  local state, state_time = oldest('loose', named(name, agent))
  if thread and (not state or thread_time <= state_time) then
    if thread_time >= before then return nil end
    drop_thread(thread)
    local _, id = parts(thread)
    return { id, 'thread', '' }
  end
  if not state or state_time >= before then return nil end
  local of, its_agent = parts(state)
  drop_state(of, its_agent)
  local _, id = parts(of)
  return { id, 'state', its_agent }
end

-- Drops the thread's oldest runs until so many bytes are gone, but not the newest that has ended; what went.
local function shrink(name, excess)
  local serials, bytes = {}, 0
  local most = ended(name) - 1
  if most < 1 then return nil end
  for _, serial in ipairs(call('ZRANGE', P .. 'runs:' .. name, 0, most - 1)) do
    if bytes >= excess then break end
    bytes = bytes + (call('HGET', P .. 'run:' .. serial, 'bytes') or 0)
    serials[#serials + 1] = serial
  end
  drop_runs(name, serials)
  local _, id = parts(name)
  return { id, 'runs', number(#serials) }
end

-- Drops the oldest state of the thread's other agents; what went.
local function drop_other_state(name, agent)
  local others = call('ZRANGE', P .. 'states:' .. name, 0, 1)
  local other = others[1] == agent and others[2] or others[1]
  if not other or other == agent then return nil end
  drop_state(name, other)
  local _, id = parts(name)
  return { id, 'state', other }
end

local function keep_bytes(name, agent, most, note)
  local shrunk = false
  while true do
    local excess = tonumber(call('HGET', P .. 'totals', 'bytes') or '0') - most
    if excess <= 0 then return end
    local gone = drop_oldest(name, agent, math.huge)
    if not gone and not shrunk then
      shrunk = true
      gone = shrink(name, excess)
    end
    gone = gone or drop_other_state(name, agent)
    if not gone then return end
    note(gone, 'bytes')
  end
end

-- Drops what is over the limits, now that this thread and this agent's state of it have changed: they stay, as do threads
-- with a run that goes on. What went. A limit that is '' is none.
local function enforce(name, agent, runs, threads, bytes, age, old_at_once)
  local dropped = {}
  local function note(gone, limit)
    gone[4] = limit
    dropped[#dropped + 1] = gone
  end
  if runs ~= '' then
    local over = ended(name) - runs
    if over > 0 then
      drop_runs(name, call('ZRANGE', P .. 'runs:' .. name, 0, over - 1))
      local _, id = parts(name)
      note({ id, 'runs', number(over) }, 'runs')
    end
  end
  if threads ~= '' then
    local over = call('ZCARD', P .. 'idle') + call('ZCARD', P .. 'leases') - threads
    while over > 0 do
      local thread = oldest('idle', name)
      if not thread then break end
      drop_thread(thread)
      local _, id = parts(thread)
      note({ id, 'thread', '' }, 'threads')
      over = over - 1
    end
  end
  if age ~= '' then
    local before = now() - age
    for _ = 1, old_at_once do
      local gone = drop_oldest(name, agent, before)
      if not gone then break end
      note(gone, 'age')
    end
  end
  if bytes ~= '' then keep_bytes(name, agent, tonumber(bytes), note) end
  return dropped
end
