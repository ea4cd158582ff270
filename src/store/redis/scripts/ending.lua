-- What is needed to end a run: thread's name, fence. Its agent, and that one's state.
local thread = call('HMGET', P .. 'thread:' .. ARGV[1], 'fence', 'agent')
if thread[1] ~= ARGV[2] then return { 'fenced' } end
local state = P .. 'state:' .. named(ARGV[1], thread[2])
return { 'held', thread[2], call('HMGET', state, 'state', 'messages', 'version', 'updated', 'write') }
