-- What is too old goes: the limits' age, and how much at once. What went.
local before, dropped = now() - ARGV[1], {}
for _ = 1, ARGV[2] do
  local gone = drop_oldest('', '', before)
  if not gone then break end
  gone[4] = 'age'
  dropped[#dropped + 1] = gone
end
return dropped
