-- Lets no call of the lane KEYS[1] start for ARGV[1] microseconds.
local clock = redis.call('TIME')
local wait = tonumber(ARGV[1])
local kept = math.max(redis.call('PTTL', KEYS[1]), math.ceil(wait / 1000))
redis.call('HSET', KEYS[1], 'held', string.format('%.0f', clock[1] * 1000000 + clock[2] + wait))
redis.call('PEXPIRE', KEYS[1], kept)
return 1
