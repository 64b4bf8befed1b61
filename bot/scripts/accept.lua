-- Store messages that are new. ARGV: seconds to remember ids, then (id's hash, chat, message) each. Answers how many were.
-- An id is marked only here, together with its message: marked before, a crash would lose it.
local new = 0
for i = 2, #ARGV, 3 do
  local seen, chat = key('seen:' .. ARGV[i]), ARGV[i + 1]
  if redis.call('EXISTS', seen) == 0 then
    if redis.call('RPUSH', key('in:q:' .. chat), ARGV[i + 2]) == 1 then
      redis.call('ZADD', key('in:ready'), now, chat)
    end
    redis.call('SET', seen, 1, 'EX', ARGV[1])
    new = new + 1
  end
end
return new
