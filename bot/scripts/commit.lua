-- The whole effect of one message, or of several that were answered together, or none of it. ARGV: chat, token, session, who, seconds a chat is kept,
-- ms until records are written, 1 to keep the lease (there is more in hand), lease ms,
-- 1 to hand the outbox's lease to the caller, number of replies, number of messages, (id, reply) each, then
-- (id, record) each; the first records are the messages', the others are the replies'.
-- Answers: refused {}; else {more to do, token of the outbox's lease or ''}.
local chat, token = ARGV[1], ARGV[2]
if not ours('in', chat, token) then return {} end

local this = key('chat:' .. chat)
redis.call('HSET', this, 'session', ARGV[3], 'who', ARGV[4])
redis.call('EXPIRE', this, ARGV[5])
local replies, messages = tonumber(ARGV[10]), tonumber(ARGV[11])
redis.call('LPOP', key('in:q:' .. chat), messages)
forget_tries('in', chat)

local records = 12 + 2 * replies
for i = records, #ARGV, 2 do redis.call('HSET', key('records'), ARGV[i], ARGV[i + 1]) end
for i = records, math.min(#ARGV, records + 2 * messages - 1), 2 do
  redis.call('ZADD', key('settling'), now + ARGV[6], ARGV[i])
end

local grant, queued = '', 0
for i = 12, records - 1, 2 do queued = redis.call('RPUSH', key('out:q:' .. chat), ARGV[i + 1]) end
if replies > 0 and queued == replies then -- the outbox was empty, so nobody works on it
  if ARGV[9] == '1' then
    grant = lease('out', chat, ARGV[8], holder_of(token) or '')
    redis.call('HINCRBY', key('out:tries'), chat, 1)
  else
    redis.call('ZADD', key('out:ready'), now, chat)
  end
end

if ARGV[7] == '1' then
  go_on('in', chat, token, ARGV[8])
  return {1, grant}
end
return {release('in', chat, now), grant}
