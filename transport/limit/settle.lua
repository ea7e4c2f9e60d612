-- Replaces the mark ARGV[1] at KEYS[1] by ARGV[2] for ARGV[3] milliseconds, or by
-- nothing where that is empty. A mark of another replica stays; a lost one is no
-- reason to lose what came of the call.
local mark = redis.call('GET', KEYS[1])
if mark and mark ~= ARGV[1] then
  return 0
end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return 1
