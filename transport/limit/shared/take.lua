-- Lets a call of the lane KEYS[1] start, or says how long it is until one may and
-- how much later each further one. ARGV has, for each window, its name, the
-- interval between starts and how far they may be ahead of even distances; all
-- times are microseconds, which a number of Lua holds exactly. The clock is
-- Redis's own: replicas need not agree on theirs.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local wait, step = 0, 0
local held = tonumber(redis.call('HGET', KEYS[1], 'held') or 0)
if held > now then
  wait = held - now
end
local due = {}
for i = 1, #ARGV, 3 do
  due[i] = math.max(tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or 0), now)
  local late = due[i] - ARGV[i + 2] - now
  if late > wait then
    wait, step = late, tonumber(ARGV[i + 1])
  end
end
if wait > 0 then
  return {wait, step}
end
local last = now
for i = 1, #ARGV, 3 do
  local next = due[i] + ARGV[i + 1]
  redis.call('HSET', KEYS[1], ARGV[i], string.format('%.0f', next))
  last = math.max(last, next)
end
if last > now then
  redis.call('PEXPIRE', KEYS[1], math.ceil((last - now) / 1000))
end
return {0, 0}
