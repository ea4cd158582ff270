-- Leases last from now on: how long, then for each the thread's name and the fence.
local until_ms, lost, to_stop = number(now() + ARGV[1]), {}, {}
for at = 2, #ARGV, 2 do
  local name, fence = ARGV[at], ARGV[at + 1]
  local thread = call('HMGET', P .. 'thread:' .. name, 'fence', 'stop')
  if thread[1] ~= fence then
    lost[#lost + 1] = fence
  else
    -- The first write of a script is refused if the memory is full, unless it is one that frees some.
    call('ZREM', P .. 'leases', name)
    call('ZADD', P .. 'leases', until_ms, name)
    call('HSET', P .. 'thread:' .. name, 'until', until_ms)
    if thread[2] then to_stop[#to_stop + 1] = fence end
  end
end
return { lost, to_stop }
