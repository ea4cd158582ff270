-- A run is to stop: thread's name, whether only one of an id, that id. Its number, if there is one to stop.
local key = P .. 'thread:' .. ARGV[1]
local thread = call('HMGET', key, 'run', 'number', 'fence', 'node')
if not thread[1] then return false end
if ARGV[2] == '1' and call('HGET', P .. 'run:' .. thread[1], 'id') ~= ARGV[3] then return false end
call('HSET', key, 'stop', '1')
call('PUBLISH', P .. 'stop:' .. thread[4], thread[3])
return thread[2]
