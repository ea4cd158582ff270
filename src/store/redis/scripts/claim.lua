-- Runs whose lease has run out become this node's: node, lease, how many at most.
local left = {}
for _, name in ipairs(call('ZRANGEBYSCORE', P .. 'leases', '-inf', number(now()), 'LIMIT', 0, ARGV[3])) do
  left[#left + 1] = claim(name, ARGV[1], ARGV[2])
end
return left
