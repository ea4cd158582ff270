-- Runs whose lease has run out become this node's: node, lease, how many at most, the fences that are not to.
local held, left = {}, {}
for at = 4, #ARGV do held[ARGV[at]] = true end
for _, name in ipairs(call('ZRANGEBYSCORE', P .. 'leases', '-inf', number(now()), 'LIMIT', 0, ARGV[3] + #ARGV - 3)) do
  if #left == tonumber(ARGV[3]) then break end
  if not held[call('HGET', P .. 'thread:' .. name, 'fence')] then
    left[#left + 1] = claim(name, ARGV[1], ARGV[2])
  end
end
return left
