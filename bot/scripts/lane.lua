-- A lane gives every chat its own queue, handled by one process at a time. This text stands before each script.
--
-- KEYS[1] is the shard's hash tag, "{s<N>}": all other keys begin with it, so they live in one slot of a cluster.
-- Of a lane ("in": messages to answer, "out": replies to send):
--   <lane>:q:<chat>  the queue
--   <lane>:ready     chats that wait, by the time when they are due (ms)
--   <lane>:leased    chats in work, by the time when their lease ends
--   <lane>:tokens    the fencing token of each lease, with its holder's name: who comes late with an older one is refused
--   <lane>:tries     how often the first of the queue was taken up
--   <lane>:doubt     2: its last holder could not tell how it went; 1: it vanished (1.<ms>: and did nothing after that time)
-- Of the inbox alone:
--   in:since         when the run of texts began that nobody has taken up yet (0: nothing is waited for)
--   in:due           when it is to be taken up, where somebody is at work on what came before
--   in:run           how many of the first messages are answered together, where it is more than one
--   rate:<chat>      what the chat has written of late
-- Of the shard:
--   holders          the processes at work, by the time when each last showed that it lives
-- A chat with something in its queue is in exactly one of ready and leased; one with an empty queue is in neither.
local tag = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function key(name) return tag .. ':' .. name end

-- A token is nobody else's, in whatever lane and shard: its holder knows by it alone what it has in hand.
local function lease(lane, chat, ms, holder)
  local token = holder .. ':' .. lane .. tag .. redis.call('INCR', key(lane .. ':fence'))
  redis.call('HSET', key(lane .. ':tokens'), chat, token)
  redis.call('ZADD', key(lane .. ':leased'), now + ms, chat)
  return token
end

local function ours(lane, chat, token)
  return redis.call('HGET', key(lane .. ':tokens'), chat) == token
end

-- More is in hand: the lease goes on under a token of its own, so that a step that is asked for twice, since its answer
-- was lost on the way, is done once.
local function go_on(lane, chat, token, ms)
  redis.call('HSET', key(lane .. ':tokens'), chat, token .. '+')
  redis.call('ZADD', key(lane .. ':leased'), now + ms, chat)
end

local function forget_tries(lane, chat)
  redis.call('HDEL', key(lane .. ':tries'), chat)
  redis.call('HDEL', key(lane .. ':doubt'), chat)
  if lane == 'in' then redis.call('HDEL', key('in:run'), chat) end
end

-- Give the lease back. 1: there is more to do for this chat, due at the time given.
local function release(lane, chat, due)
  redis.call('ZREM', key(lane .. ':leased'), chat)
  redis.call('HDEL', key(lane .. ':tokens'), chat)
  if redis.call('EXISTS', key(lane .. ':q:' .. chat)) == 0 then return 0 end
  local wanted = lane == 'in' and tonumber(redis.call('HGET', key('in:due'), chat) or '0') or 0
  redis.call('ZADD', key(lane .. ':ready'), math.max(due, wanted), chat)
  return 1
end

local function holder_of(token) return token and string.match(token, '^(.+):') end

-- A lease is over before its work was done: somebody else is to go on. last: when its holder may have worked on it last.
local function hand_on(lane, chat, last)
  redis.call('HSET', key(lane .. ':doubt'), chat, '1.' .. string.format('%.0f', last))
  release(lane, chat, now)
end

-- Whoever writes in several pieces is answered once: a while after the last of them, at most so long after the first.
-- ms -1: a tap, which is answered at once, with all that stands before it.
local function await_more(chat, length, ms, longest)
  local since = tonumber(redis.call('HGET', key('in:since'), chat) or now)
  if ms < 0 then since = 0 end
  redis.call('HSET', key('in:since'), chat, since)
  local due = math.max(now, math.min(now + math.max(ms, 0), since + longest))
  if length == 1 then
    redis.call('ZADD', key('in:ready'), due, chat)
  elseif redis.call('ZSCORE', key('in:leased'), chat) then
    redis.call('HSET', key('in:due'), chat, due)
  elseif redis.call('HEXISTS', key('in:tries'), chat) == 0 then -- else it is put off after a failure, and stays so
    redis.call('ZADD', key('in:ready'), 'XX', due, chat)
  end
end

local function count(chat, seconds)
  if redis.call('INCR', key('rate:' .. chat)) == 1 then redis.call('EXPIRE', key('rate:' .. chat), seconds) end
end

-- What is told about a message of ours is gathered, one JSON object after another, until its record is written.
local function note(id, status)
  local told = redis.call('HGET', key('statuses'), id)
  redis.call('HSET', key('statuses'), id, told and (told .. ',' .. status) or status)
end
