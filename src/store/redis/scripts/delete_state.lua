-- A state goes with its earlier versions: thread's name, agent. Whether it was there.
return drop_state(ARGV[1], ARGV[2]) and 1 or 0
