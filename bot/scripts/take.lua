-- Lease up to n due chats. ARGV: lane, n, lease ms, messages per chat, holder.
-- Answers for each: chat, token, tries, doubt, session, queue, messages answered together so far (0: not written down),
-- messages of late, ms since a holder that vanished may have worked on it last.
local lane, ready = ARGV[1], key(ARGV[1] .. ':ready')
local taken = {}
for _, chat in ipairs(redis.call('ZRANGEBYSCORE', ready, '-inf', now, 'LIMIT', 0, ARGV[2])) do
  redis.call('ZREM', ready, chat)
  local queue = redis.call('LRANGE', key(lane .. ':q:' .. chat), 0, ARGV[4] - 1)
  if #queue > 0 then
    local token = lease(lane, chat, ARGV[3], ARGV[5])
    local tries = redis.call('HINCRBY', key(lane .. ':tries'), chat, 1)
    local doubt = redis.call('HGET', key(lane .. ':doubt'), chat) or '0'
    local last = tonumber(string.match(doubt, '^1%.(%d+)$') or now)
    local session = lane == 'in' and redis.call('HGET', key('chat:' .. chat), 'session') or ''
    local run, rate = 0, 0
    if lane == 'in' then
      redis.call('HDEL', key('in:since'), chat)
      redis.call('HDEL', key('in:due'), chat)
      run = tonumber(redis.call('HGET', key('in:run'), chat) or '0')
      rate = tonumber(redis.call('GET', key('rate:' .. chat)) or '0')
    end
    taken[#taken + 1] = {chat, token, tries, tonumber(doubt), session or '', queue, run, rate, now - last}
  end
end
return taken
