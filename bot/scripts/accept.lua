-- Store messages that are new. ARGV: seconds to remember ids, ms that a run of texts is waited for at most, seconds in
-- which a chat's messages are counted, then (id's hash, chat, message, ms to wait for more; -1: neither waited for nor
-- counted) each. Answers 1 for each that was, -1 for one that could not be stored.
-- An id is marked only here, together with its message: marked before, a crash would lose it.
local new = {}
for i = 4, #ARGV, 4 do
  local seen, chat = key('seen:' .. ARGV[i]), ARGV[i + 1]
  if redis.call('EXISTS', seen) == 0 then
    local length = redis.pcall('RPUSH', key('in:q:' .. chat), ARGV[i + 2])
    if type(length) == 'number' then
      await_more(chat, length, tonumber(ARGV[i + 3]), tonumber(ARGV[2]))
      if ARGV[i + 3] ~= '-1' then count(chat, ARGV[3]) end
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
