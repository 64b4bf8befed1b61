-- A message that nothing can be made of leaves its queue for the quarantine. ARGV: chat, token, reason.
local chat = ARGV[1]
if not ours('in', chat, ARGV[2]) then return 0 end
local message = redis.call('LPOP', key('in:q:' .. chat))
if message then redis.call('XADD', key('quarantine'), '*', 'about', ARGV[3], 'account', '', 'raw', message) end
forget_tries('in', chat)
release('in', chat, now)
return 1
