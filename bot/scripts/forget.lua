-- A conversation is forgotten. ARGV: chat. Answers 0, and does nothing, while somebody works on it.
local chat = ARGV[1]
for _, lane in ipairs({'in', 'out'}) do
  local until_ = redis.call('ZSCORE', key(lane .. ':leased'), chat)
  if until_ and tonumber(until_) > now then return 0 end
end
for _, lane in ipairs({'in', 'out'}) do
  redis.call('DEL', key(lane .. ':q:' .. chat))
  for _, set in ipairs({':ready', ':leased'}) do redis.call('ZREM', key(lane .. set), chat) end
  for _, hash in ipairs({':tokens', ':tries', ':doubt'}) do redis.call('HDEL', key(lane .. hash), chat) end
end
redis.call('DEL', key('chat:' .. chat))
return 1
