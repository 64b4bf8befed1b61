-- Records that have waited long enough. ARGV: how many at most. Answers (id, record, statuses) each.
local found = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', key('settling'), '-inf', now, 'LIMIT', 0, ARGV[1])) do
  local record = redis.call('HGET', key('records'), id)
  if record then
    found[#found + 1] = {id, record, redis.call('HGET', key('statuses'), id) or ''}
  else
    redis.call('ZREM', key('settling'), id)
  end
end
return found
