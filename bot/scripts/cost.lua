-- Delivered messages are counted for what they cost, each once however often it is told. ARGV: seconds to remember
-- messages, seconds to keep the counts, a name for this count where it begins anew, then (id's hash, conversation, how
-- it counts, month) each. Answers how many were new.
--   counted:<id's hash>    messages that were counted
--   talk:<conversation>    conversations that were counted
--   costs:<month>          counts by how they count; "era" names the count
--   costs:changed          what is not in the database yet: month and how it counts
local new = 0
for n = 4, #ARGV, 4 do
  if redis.call('SET', key('counted:' .. ARGV[n]), 1, 'NX', 'EX', ARGV[1]) then
    new = new + 1
    local counts, how = key('costs:' .. ARGV[n + 3]), ARGV[n + 2]
    redis.call('HSETNX', counts, 'era', ARGV[3])
    redis.call('HINCRBY', counts, 'm|' .. how, 1)
    if redis.call('SET', key('talk:' .. ARGV[n + 1]), 1, 'NX', 'EX', 2 * 24 * 3600) then
      redis.call('HINCRBY', counts, 't|' .. how, 1)
    end
    redis.call('EXPIRE', counts, ARGV[2])
    redis.call('SADD', key('costs:changed'), ARGV[n + 3] .. '|' .. how)
  end
end
return new
