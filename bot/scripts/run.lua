-- How many messages are answered together is written down before the turn: a second try answers the same ones, since
-- the first may have taken effect. ARGV: chat, token, count. Answers 0 where the lease is no longer ours.
if not ours('in', ARGV[1], ARGV[2]) then return 0 end
redis.call('HSET', key('in:run'), ARGV[1], ARGV[3])
return 1
