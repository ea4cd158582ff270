-- The runs of a thread, oldest first: thread's name, the only number that is asked for or ''.
local key, found, serials = P .. 'runs:' .. ARGV[1], {}, nil
if ARGV[2] == '' then
  serials = call('ZRANGE', key, 0, -1)
else
  serials = call('ZRANGEBYSCORE', key, ARGV[2], ARGV[2])
end
for _, serial in ipairs(serials) do found[#found + 1] = describe(serial) end
return found
