-- The first reply of a chat's outbox is through: accepted by the provider, or never to be. ARGV: chat, token, id,
-- status, ms until its record is written, 1 to keep the lease, lease ms, error code ('' where it was accepted).
-- Answers {} where the lease is no longer ours, else {more to do}.
local chat, id = ARGV[1], ARGV[3]
if not ours('out', chat, ARGV[2]) then return {} end
redis.call('LPOP', key('out:q:' .. chat))
forget_tries('out', chat)
if id ~= '' then -- without one it could not even be read
  note(id, ARGV[4])
  redis.call('ZADD', key('settling'), now + ARGV[5], id)
end
if ARGV[8] ~= '' then redis.call('XADD', key('undelivered'), '*', 'id', id, 'code', ARGV[8]) end
if ARGV[6] == '1' then
  go_on('out', chat, ARGV[2], ARGV[7])
  return {1}
end
return {release('out', chat, now)}
