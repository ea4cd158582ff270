-- What a run said: thread's name, number, first sequence number, how many batches at most. False if it is not there.
local serial = call('ZRANGEBYSCORE', P .. 'runs:' .. ARGV[1], ARGV[2], ARGV[2])[1]
local status = serial and call('HGET', P .. 'run:' .. serial, 'status')
if not status then return false end
local said = P .. 'said:' .. serial
if status ~= 'running' and call('EXISTS', said) == 0 then return false end
-- A batch is at the number after its last event, the end at the one after the last of all: both in the second place.
return { status, call('XRANGE', said, ARGV[3] .. '-1', '+', 'COUNT', ARGV[4]) }
