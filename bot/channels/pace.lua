-- How fast our numbers may speak, kept for all processes. KEYS[1] is a number's hash tag, "{pace:<channel>}": all other
-- keys begin with it, so they live in one slot of a cluster. The clock is Redis' own.
--   <tag>:sent        tokens given in each slice of time, by its number; "l<slice>" those of them given to who can wait,
--                     "hungry": when one of those went without
--   <tag>:slow        how far the provider has slowed us, and when
--   <tag>:halt        until when the number is silent, and how often in a row that was
--   <tag>:pair:<who>  until when one person's tokens are used up (the generic cell rate algorithm)
-- ARGV: what is to be done, and what it needs; see below. Commands of Redis 6.2.
local tag, what = KEYS[1], ARGV[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local SLICE = 25 -- ms
local PROBE = 15000 -- ms in which one send tries whether a silent number speaks again
local SLOWEST, RECOVERY = 0.1, 60000 -- of the rate; ms until half of what was lost is regained
local BURST = 8 -- slices in which no more than a quarter of a second's tokens are given: evenly is better than at once
local HUNGRY = 1000 -- ms for which those who wait have a quarter kept for them

-- halt, ms for the first time, ms at most, 1 where a status told it: how long it is silent now. Those that learn it in
-- the same moment count once. The provider takes what it then does not deliver: only a status tells that this is over.
if what == 'halt' then
  local known = redis.call('HMGET', tag .. ':halt', 'until', 'times')
  if known[1] and tonumber(known[1]) > now + PROBE then return tonumber(known[1]) - now end
  local times = (tonumber(known[2] or '0')) + 1
  local ms = math.min(tonumber(ARGV[2]) * 2 ^ math.min(times - 1, 20), tonumber(ARGV[3]))
  redis.call('HSET', tag .. ':halt', 'until', now + ms, 'times', times)
  if ARGV[4] == '1' then redis.call('HSET', tag .. ':halt', 'told', 1) end
  redis.call('PEXPIRE', tag .. ':halt', ms + 3600000)
  return ms
end

-- speaks, 1 where a status tells it: 1 where that ends a silence, 0 where it does not, 2 where there was none
if what == 'speaks' then
  if ARGV[2] ~= '1' and redis.call('HGET', tag .. ':halt', 'told') then return 0 end
  return redis.call('DEL', tag .. ':halt') == 1 and 1 or 2
end

local function factor()
  local known = redis.call('HMGET', tag .. ':slow', 'factor', 'at')
  if not known[1] then return 1 end
  return math.min(1, tonumber(known[1]) * 2 ^ ((now - tonumber(known[2])) / RECOVERY))
end

-- slow: half the rate. Sends of one moment are refused together, and count once.
if what == 'slow' then
  local at = redis.call('HGET', tag .. ':slow', 'at')
  if at and now - tonumber(at) < 1000 then return 0 end
  redis.call('HSET', tag .. ':slow', 'factor', math.max(SLOWEST, factor() / 2), 'at', now)
  redis.call('PEXPIRE', tag .. ':slow', RECOVERY * 5)
  return 1
end

-- pair, who, tokens wanted, how many at once, ms for each: {tokens, ms to wait where there are none}
if what == 'pair' then
  local key, wanted, burst, each = tag .. ':pair:' .. ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
  local used = math.max(now, tonumber(redis.call('GET', key) or '0'))
  local given = math.min(wanted, math.floor((now + burst * each - used) / each))
  if given < 1 then return {0, used + each - burst * each - now} end
  used = used + given * each
  redis.call('SET', key, used, 'PX', used - now)
  return {given, 0}
end

-- take, tokens a second, tokens wanted, 1 where it can wait, ms for which tokens are good: {tokens, ms to wait where
-- there are none, 1 where the number is silent or tries whether that is over}. What was given in the last second, and as long before as a token is good, is never more than the rate.
local wanted, waits, good = tonumber(ARGV[3]), ARGV[4] == '1', tonumber(ARGV[5])
local halted = redis.call('HGET', tag .. ':halt', 'until')
if halted then
  if tonumber(halted) > now then return {0, tonumber(halted) - now, 1} end
  redis.call('HSET', tag .. ':halt', 'until', now + PROBE) -- one goes ahead to see whether it is over
  wanted = 1
end
local rate = math.max(1, math.floor(tonumber(ARGV[2]) * factor()))
local slice = math.floor(now / SLICE)
local gone = slice - math.ceil((1000 + good) / SLICE)
local first, all, low, hungry, lately = slice, 0, 0, 0, 0
local sent, old = redis.call('HGETALL', tag .. ':sent'), {}
for n = 1, #sent, 2 do
  local name, count = sent[n], tonumber(sent[n + 1])
  if name == 'hungry' then
    hungry = count
  else
    local is_low = string.sub(name, 1, 1) == 'l'
    local at = tonumber(is_low and string.sub(name, 2) or name)
    if at < gone then
      old[#old + 1] = name
    elseif is_low then
      low = low + count
    else
      all, first = all + count, math.min(first, at)
      if at > slice - BURST then lately = lately + count end
    end
  end
end
if #old > 0 then redis.call('HDEL', tag .. ':sent', unpack(old)) end
local free = rate - all
if waits then
  free = math.min(free, math.max(1, math.floor(rate / 2)) - low) -- the other half is left to those who look at the chat
elseif now - hungry < HUNGRY then
  free = math.min(free, math.max(1, math.floor(rate * 3 / 4)) - (all - low))
end
local crowded = math.max(1, math.ceil(rate / 4)) - lately
if free < 1 or crowded < 1 then
  if waits then redis.call('HSET', tag .. ':sent', 'hungry', now) end
  return {0, free < 1 and math.max(SLICE, (first - gone) * SLICE) or 2 * SLICE, 0}
end
local given = math.min(wanted, crowded, math.max(1, math.ceil(free / 2))) -- some are left for another process
redis.call('HINCRBY', tag .. ':sent', slice, given)
if waits then redis.call('HINCRBY', tag .. ':sent', 'l' .. slice, given) end
redis.call('PEXPIRE', tag .. ':sent', 5000)
return {given, 0, halted and 1 or 0}
