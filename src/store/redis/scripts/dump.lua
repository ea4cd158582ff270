-- All that there is of a thread: thread's name. False if there is nothing.
local name = ARGV[1]
local thread = call('HMGET', P .. 'thread:' .. name, 'id', 'agent', 'name', 'archived', 'created', 'updated', 'runs')
local runs, states = {}, {}
for _, serial in ipairs(call('ZRANGE', P .. 'runs:' .. name, 0, -1)) do
  local run = describe(serial)
  if run and run[6] ~= 'running' then runs[#runs + 1] = { run, call('SMEMBERS', P .. 'brought:' .. serial) } end
end
for _, agent in ipairs(call('ZRANGE', P .. 'states:' .. name, 0, -1)) do
  local state = named(name, agent)
  local fields = call('HMGET', P .. 'state:' .. state, 'state', 'messages', 'version', 'updated', 'write')
  states[#states + 1] = { agent, fields, call('LRANGE', P .. 'earlier:' .. state, 0, -1) }
end
if not thread[1] and #states == 0 then return false end
return { thread, runs, states }
