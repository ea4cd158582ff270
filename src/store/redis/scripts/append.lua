-- Events of many runs: for each the thread's name, fence, first sequence number, the one after the last, events.
local lost, held = {}, {}
for at = 1, #ARGV, 5 do
  local thread = call('HMGET', P .. 'thread:' .. ARGV[at], 'fence', 'run', 'number', 'next')
  if thread[1] ~= ARGV[at + 1] then
    lost[#lost + 1] = ARGV[at + 1]
  elseif tonumber(ARGV[at + 2]) > tonumber(thread[4]) then
    return { 'gap', ARGV[at + 2], thread[4] }
  elseif tonumber(ARGV[at + 3]) > tonumber(thread[4]) then
    held[at] = thread
  end
end
for at = 1, #ARGV, 5 do
  local thread, name, after = held[at], ARGV[at], ARGV[at + 3]
  if thread then
    call('XADD', P .. 'said:' .. thread[2], after .. '-0', 'from', ARGV[at + 2], 'events', ARGV[at + 4])
    call('HSET', P .. 'thread:' .. name, 'next', after)
    ring(name, thread[3])
  end
end
return { 'kept', lost }
