-- Statuses of messages of ours. ARGV: (id, status, error code or '') each.
-- While the record waits here they are gathered beside it; later ones go the long way. Answers 1 for each of the former.
local here = {}
for i = 1, #ARGV, 3 do
  local id = ARGV[i]
  if redis.call('HEXISTS', key('records'), id) == 1 then
    note(id, ARGV[i + 1])
    here[#here + 1] = 1
  else
    redis.call('XADD', key('late'), '*', 'status', ARGV[i + 1])
    here[#here + 1] = 0
  end
  if ARGV[i + 2] ~= '' then
    redis.call('XADD', key('undelivered'), '*', 'id', id, 'code', ARGV[i + 2], 'status', ARGV[i + 1])
  end
end
return here
