-- Puts the mark ARGV[1] at KEYS[1] for ARGV[2] milliseconds. Where something
-- stands already: what, and for how many milliseconds more.
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  return {'', 0}
end
return {redis.call('GET', KEYS[1]), redis.call('PTTL', KEYS[1])}
