-- What the scripts share; each is this and one of the others. Nothing here is newer than Redis 6.0.
-- KEYS[1] begins every key; its hash tag puts all of them into one slot of a cluster.
if redis.replicate_commands then redis.replicate_commands() end
local P, call = KEYS[1], redis.call
-- Lua hands over at most some thousands of arguments at once.
local CHUNK = 500

local function number(n) return string.format('%.0f', n) end

local function now()
  local time = call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Greater than each before, even if what counts them was lost: the clock is in it.
local function next_fence()
  local time = call('TIME')
  local last = tonumber(call('HGET', P .. 'totals', 'fence') or '0')
  local fence = number(math.max(last + 1, time[1] * 1000000 + time[2]))
  call('HSET', P .. 'totals', 'fence', fence)
  return fence
end

-- Two texts as one that no other two make.
local function named(first, second) return #first .. ':' .. first .. second end

local function parts(name)
  local colon = name:find(':', 1, true)
  local size = tonumber(name:sub(1, colon - 1))
  return name:sub(colon + 1, colon + size), name:sub(colon + size + 1)
end

local function chunks(items, each)
  for from = 1, #items, CHUNK do
    each(from, math.min(from + CHUNK - 1, #items))
  end
end

local function add_bytes(bytes)
  if bytes ~= 0 then call('HINCRBY', P .. 'totals', 'bytes', number(bytes)) end
end

-- The lists that a thread is in.
local function lists(owner, agent, archived)
  local kind = archived == '1' and 'archived' or 'listed'
  return P .. kind .. ':' .. owner, P .. kind .. '-of:' .. named(owner, agent)
end

local function list(owner, id, agent, archived, updated)
  local all, of_agent = lists(owner, agent, archived)
  call('ZADD', all, updated, id)
  call('ZADD', of_agent, updated, id)
end

local function unlist(owner, id, agent, archived)
  local all, of_agent = lists(owner, agent, archived)
  call('ZREM', all, id)
  call('ZREM', of_agent, id)
end

-- Wakes those who follow a run of the thread.
local function ring(name, run) call('PUBLISH', P .. 'said:' .. name, run) end

-- A run: its serial, what is known of it, and what it has said so far if it goes on.
local function describe(serial)
  local run = call('HMGET', P .. 'run:' .. serial, 'number', 'id', 'agent', 'parent', 'status', 'started', 'ended')
  if not run[1] then return nil end
  local said = run[5] == 'running' and call('XRANGE', P .. 'said:' .. serial, '-', '+') or {}
  return { serial, run[1], run[2], run[3], run[4], run[5], run[6], run[7], said }
end

-- Takes a thread's run over.
local function claim(name, node, lease)
  local key = P .. 'thread:' .. name
  local run = call('HGET', key, 'run')
  local described = run and describe(run)
  if not described then
    call('ZREM', P .. 'leases', name)
    call('HDEL', key, 'run', 'number', 'fence', 'node', 'until', 'stop', 'next')
    return nil
  end
  local fence, until_ms = next_fence(), number(now() + lease)
  call('HSET', key, 'fence', fence, 'node', node, 'until', until_ms)
  call('HDEL', key, 'stop')
  call('ZADD', P .. 'leases', until_ms, name)
  local owner, id = parts(name)
  return { owner, id, fence, described }
end

-- These messages are the thread's from now on, by that run; those that it has already stay whose they are.
local function bring(name, serial, ids)
  for _, id in ipairs(ids) do
    if call('HSETNX', P .. 'messages:' .. name, id, serial) == 1 then
      call('SADD', P .. 'brought:' .. serial, id)
    end
  end
end
