-- A page of an owner's threads: owner, whether of one agent, agent, whether archived ones too, how many, whether after a
-- place, its time, its id. Of each kind that is asked for as many as that.
local owner, of_agent, agent, archived, most, is_after, time, id = unpack(ARGV, 1, 8)

-- By bytes: Lua's own order is that of the system's language.
local function is_less(one, other)
  for at = 1, math.min(#one, #other) do
    local a, b = one:byte(at), other:byte(at)
    if a ~= b then return a < b end
  end
  return #one < #other
end

-- How many of the list come before what is after that place.
local function skipped(key)
  if is_after ~= '1' then return 0 end
  local low = call('ZCOUNT', key, '(' .. time, '+inf')
  local high = low + call('ZCOUNT', key, time, time)
  while low < high do
    local middle = math.floor((low + high) / 2)
    local there = call('ZREVRANGE', key, middle, middle)[1]
    if is_less(there, id) then high = middle else low = middle + 1 end
  end
  return low
end

local found = {}
for kind = 0, archived == '1' and 1 or 0 do
  local all, its = lists(owner, agent, tostring(kind))
  local key = of_agent == '1' and its or all
  local from = skipped(key)
  for _, thread in ipairs(call('ZREVRANGE', key, from, number(from + most - 1))) do
    local key_of = P .. 'thread:' .. named(owner, thread)
    local fields = call('HMGET', key_of, 'id', 'agent', 'name', 'archived', 'created', 'updated')
    if fields[1] then found[#found + 1] = fields end
  end
end
return found
