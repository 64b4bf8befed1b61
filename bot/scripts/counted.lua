-- Counts that are in the database now. ARGV: (month, how it counts, messages) each. What has grown meanwhile stays.
for n = 1, #ARGV, 3 do
  if redis.call('HGET', key('costs:' .. ARGV[n]), 'm|' .. ARGV[n + 1]) == ARGV[n + 2] then
    redis.call('SREM', key('costs:changed'), ARGV[n] .. '|' .. ARGV[n + 1])
  end
end
return 1
