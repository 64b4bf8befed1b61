-- Counts that are not in the database yet. ARGV: how many at most. Answers (month, era, how it counts, messages,
-- conversations) each: totals since the era began, so that writing them twice changes nothing.
local found = {}
for _, name in ipairs(redis.call('SRANDMEMBER', key('costs:changed'), ARGV[1])) do
  local at = string.find(name, '|', 1, true)
  local month, how = string.sub(name, 1, at - 1), string.sub(name, at + 1)
  local counts = redis.call('HMGET', key('costs:' .. month), 'era', 'm|' .. how, 't|' .. how)
  if counts[1] then
    found[#found + 1] = {month, counts[1], how, tonumber(counts[2] or '0'), tonumber(counts[3] or '0')}
  else
    redis.call('SREM', key('costs:changed'), name)
  end
end
return found
