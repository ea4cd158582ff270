-- The schema's version that is there; that of this binary, if the database is new.
call('SETNX', P .. 'schema', ARGV[1])
return call('GET', P .. 'schema')
