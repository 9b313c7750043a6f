-- KEYS[1] the caller; ARGV[1] one call every so many microseconds, ARGV[2] so many at once.
-- Answers { how many microseconds to wait, 0 if the call was counted; now, in microseconds }.
local per, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local full = now + per * burst
local tat = tonumber(redis.call('GET', KEYS[1]) or now)
-- What lies further ahead than a full bucket was written under another clock, and is kept as full: a clock that was set back costs one wait.
tat = math.min(math.max(tat, now), full)
local next = tat + per
local wait = 0
if next > full then
    wait = next - full
    next = tat
end
redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', math.ceil((next - now) / 1000) + 1000)
return { wait, now }
