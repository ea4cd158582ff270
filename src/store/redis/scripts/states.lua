-- How a state is written.

-- Whether the state is still the one that a change was made from: `write` names each that was ever written, '' none.
local function is_still(name, agent, write)
  return (call('HGET', P .. 'state:' .. named(name, agent), 'write') or '') == write
end

-- Puts a state in the place of the one that is there, and keeps that one among the earlier ones if `keep` says so.
local function put_state(name, agent, state, messages, keep, versions)
  local of = named(name, agent)
  local key, earlier = P .. 'state:' .. of, P .. 'earlier:' .. of
  local old = call('HMGET', key, 'state', 'version', 'updated', 'bytes', 'earlier')
  local earlier_bytes, most = tonumber(old[5] or '0'), tonumber(versions)
  if keep == '1' and most > 0 and old[1] then
    call('LPUSH', earlier, old[2] .. ' ' .. old[3] .. ' ' .. old[1])
    earlier_bytes = earlier_bytes + #old[1]
  end
  for _ = 1, call('LLEN', earlier) - most do
    local last = call('RPOP', earlier)
    local _, stamp = last:find('^%d+ %d+ ')
    earlier_bytes = earlier_bytes - (#last - stamp)
  end
  local _, id = parts(name)
  local version, updated = number((old[2] or 0) + 1), number(now())
  local bytes = #id + #agent + #state + #messages + earlier_bytes
  call('HSET', key, 'state', state, 'messages', messages, 'version', version, 'updated', updated,
    'write', next_fence(), 'bytes', number(bytes), 'earlier', number(earlier_bytes))
  call('ZADD', P .. 'states:' .. name, updated, agent)
  call('ZADD', P .. 'all', 0, name)
  if call('EXISTS', P .. 'thread:' .. name) == 0 then call('ZADD', P .. 'loose', updated, of) end
  add_bytes(bytes - (old[4] or 0))
  return version, updated
end
