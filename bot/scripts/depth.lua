-- How a lane stands. ARGV: lane. Answers {chats waiting, chats in work, ms since the first was due, records waiting}.
local lane = ARGV[1]
local first = redis.call('ZRANGE', key(lane .. ':ready'), 0, 0, 'WITHSCORES')
local age = first[2] and math.max(0, now - tonumber(first[2])) or 0
return {
  redis.call('ZCARD', key(lane .. ':ready')), redis.call('ZCARD', key(lane .. ':leased')), age,
  redis.call('HLEN', key('records')),
}
