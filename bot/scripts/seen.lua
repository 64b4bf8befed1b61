-- Which messages were stored before. ARGV: the hash of each id. Answers 1 or 0 for each.
local seen = {}
for i = 1, #ARGV do seen[i] = redis.call('EXISTS', key('seen:' .. ARGV[i])) end
return seen
