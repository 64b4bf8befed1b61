-- What is no conversation waits in a stream until it is written. ARGV: (stream, about, account, raw) each.
for i = 1, #ARGV, 4 do
  redis.call('XADD', key(ARGV[i]), '*', 'about', ARGV[i + 1], 'account', ARGV[i + 2], 'raw', ARGV[i + 3])
end
return #ARGV / 4
