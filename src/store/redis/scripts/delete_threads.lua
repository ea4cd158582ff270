-- Threads go with all that is theirs: owner, thread ids. How many there were.
local gone = 0
for at = 2, #ARGV do
  if drop_thread(named(ARGV[1], ARGV[at])) then gone = gone + 1 end
end
return gone
