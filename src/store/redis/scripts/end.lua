-- A run ends: thread's name, number, fence, whether this was asked before, status, events, their bytes, whether there is a
-- tail and how long it stays, its first sequence number, the one after its last, its events, whether there is a state, the
-- write it was made from, state, messages, whether the one before is kept, versions, five of limits, message ids.
local name, count, fence, again, status, events, bytes, stays, first, after, tail = unpack(ARGV, 1, 11)
local has_state, write, state, messages, keep, versions = unpack(ARGV, 12, 17)
local key = P .. 'thread:' .. name
local thread = call('HMGET', key, 'fence', 'run', 'agent', 'archived', 'updated', 'next')
if thread[1] ~= fence then
  local serial = call('ZRANGEBYSCORE', P .. 'runs:' .. name, count, count)[1]
  local done = serial and call('HGET', P .. 'run:' .. serial, 'fence') == fence
  return { again == '1' and done and 'ended' or 'fenced', {} }
end
local serial, agent = thread[2], thread[3]
if has_state == '1' and not is_still(name, agent, write) then return { 'again', {} } end
local said, run = P .. 'said:' .. serial, P .. 'run:' .. serial
local at = now()
call('HSET', run, 'status', status, 'ended', number(at), 'events', events, 'bytes', bytes, 'fence', fence)
if stays == '' then
  call('UNLINK', said)
else
  if tonumber(after) > tonumber(thread[6]) then
    call('XADD', said, after .. '-0', 'from', first, 'events', tail)
    thread[6] = after
  end
  call('XADD', said, thread[6] .. '-1', 'ended', status)
  call('PEXPIRE', said, stays)
end
call('HDEL', key, 'run', 'number', 'fence', 'node', 'until', 'stop', 'next')
call('HINCRBY', key, 'bytes', bytes)
add_bytes(tonumber(bytes))
local owner, id = parts(name)
local updated = number(math.max(at, tonumber(thread[5])))
call('HSET', key, 'updated', updated)
list(owner, id, agent, thread[4], updated)
call('ZREM', P .. 'leases', name)
call('ZADD', P .. 'idle', updated, name)
local ids = {}
for at_arg = 23, #ARGV do ids[#ids + 1] = ARGV[at_arg] end
if #ids == 0 then take_back(name, serial) else bring(name, serial, ids) end
if has_state == '1' then put_state(name, agent, state, messages, keep, versions) end
ring(name, count)
return { 'ended', enforce(name, agent, unpack(ARGV, 18, 22)) }
