-- A holder shows that it lives, and hands on what others left behind. ARGV: holder, ms between two signs of life, ms
-- without one after which a holder is lost, lease ms, then the tokens of the leases that it has in hand.
-- Answers how many leases were over: of lost holders, of its own that it knows nothing of, by their time.
local me, every, lost, ms = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local holders, over = key('holders'), {0, 0, 0}
local since = now - tonumber(redis.call('ZSCORE', holders, me) or '0')
redis.call('ZADD', holders, now, me)
-- Only who has been seen just before judges others: when Redis was away, or slow, nobody was seen, and all that live
-- get the time to be seen again before anybody looks. Twice in one moment is no sign of steadiness: an answer was lost.
local steady = since >= every / 2 and since <= lost - every
if since < every / 2 or since > ms then return over end

redis.call('ZREMRANGEBYSCORE', holders, '-inf', now - 20 * lost)
local seen, hand = {}, {}
local known = redis.call('ZRANGE', holders, 0, -1, 'WITHSCORES')
for i = 1, #known, 2 do seen[known[i]] = tonumber(known[i + 1]) end
for i = 5, #ARGV do hand[ARGV[i]] = true end

-- One that nobody knows took before it could show itself, or is long gone: its leases end by their time.
local function is_lost(holder) return seen[holder] and seen[holder] <= now - lost end

local writer = steady and redis.call('GET', key('writer'))
if writer and is_lost(writer) then redis.call('DEL', key('writer')) end

for _, lane in ipairs({'in', 'out'}) do
  local leased = redis.call('ZRANGE', key(lane .. ':leased'), 0, -1, 'WITHSCORES')
  for i = 1, #leased, 2 do
    local chat, until_ = leased[i], tonumber(leased[i + 1])
    local token = redis.call('HGET', key(lane .. ':tokens'), chat)
    local holder = holder_of(token) -- none: a version of ours gave it that knew of no holders
    if steady and holder and is_lost(holder) then
      hand_on(lane, chat, math.min(now, seen[holder] + every))
      over[1] = over[1] + 1
    elseif steady and holder == me and not hand[(string.gsub(token, '%+*$', ''))] and until_ - ms <= now - lost then -- its answer never came, or it failed
      hand_on(lane, chat, now)
      over[2] = over[2] + 1
    elseif until_ <= now then
      hand_on(lane, chat, now)
      over[3] = over[3] + 1
    end
  end
end
return over
