-- Records are in the database: forget them. ARGV: (id, length of its statuses when written) each.
-- What was told meanwhile goes the long way.
for i = 1, #ARGV, 2 do
  local id, seen = ARGV[i], tonumber(ARGV[i + 1])
  local told = redis.call('HGET', key('statuses'), id) or ''
  if redis.call('HDEL', key('records'), id) == 1 and #told > seen then
    redis.call('XADD', key('late'), '*', 'status', string.sub(told, seen == 0 and 1 or seen + 2))
  end
  redis.call('HDEL', key('statuses'), id)
  redis.call('ZREM', key('settling'), id)
end
return #ARGV / 2
