-- A holder ends, in order: what it still has is handed on at once. ARGV: holder. Answers how many leases those were.
local count = 0
redis.call('ZREM', key('holders'), ARGV[1])
for _, lane in ipairs({'in', 'out'}) do
  for _, chat in ipairs(redis.call('ZRANGE', key(lane .. ':leased'), 0, -1)) do
    if holder_of(redis.call('HGET', key(lane .. ':tokens'), chat)) == ARGV[1] then
      hand_on(lane, chat, now)
      count = count + 1
    end
  end
end
return count
