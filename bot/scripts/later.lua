-- Put a chat off. ARGV: lane, chat, token, delay ms, tries so far, doubt. Answers 0 where the lease is no longer ours.
local lane, chat = ARGV[1], ARGV[2]
if not ours(lane, chat, ARGV[3]) then return 0 end
redis.call('HSET', key(lane .. ':tries'), chat, ARGV[5])
if ARGV[6] == '0' then
  redis.call('HDEL', key(lane .. ':doubt'), chat)
else
  redis.call('HSET', key(lane .. ':doubt'), chat, ARGV[6])
end
release(lane, chat, now + ARGV[4])
return 1
