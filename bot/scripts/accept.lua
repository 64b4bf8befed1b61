-- Store messages that are new. ARGV: seconds to remember ids, then (id's hash, chat, message) each. Answers 1 for each
-- that was, -1 for one that could not be stored.
-- An id is marked only here, together with its message: marked before, a crash would lose it.
local new = {}
for i = 2, #ARGV, 3 do
  local seen, chat = key('seen:' .. ARGV[i]), ARGV[i + 1]
  if redis.call('EXISTS', seen) == 0 then
    local length = redis.pcall('RPUSH', key('in:q:' .. chat), ARGV[i + 2])
    if length == 1 then redis.call('ZADD', key('in:ready'), now, chat) end
    if type(length) == 'number' then
      redis.call('SET', seen, 1, 'EX', ARGV[1])
      new[#new + 1] = 1
    else -- this queue is damaged: that is nobody else's fault
      new[#new + 1] = -1
    end
  else
    new[#new + 1] = 0
  end
end
return new
