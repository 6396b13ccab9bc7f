-- KEYS: the unit's totals, the experiment's units by first exposure, the number of dropped
-- outcomes, the request. ARGV: experiment, unit, variant, time of the outcome (nanoseconds
-- since 1970, and microseconds, which a Lua number can hold), the maximum of units, now, how
-- long feedback is accepted and totals are kept (milliseconds), whether feedback may come (0
-- or 1), then the figures in the order of the fields below. Returns 1 for the unit's first
-- exposure.
--
-- Sums are texts of 17 digits, so that no double loses precision.
local unit, units, dropped, request = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local now, feedback, kept = ARGV[7], tonumber(ARGV[8]), ARGV[9]
local variant, first = redis.call('HGET', unit, 'variant'), 0
if not variant then
  if redis.call('ZCARD', units) >= tonumber(ARGV[6]) and not redis.call('ZSCORE', units, ARGV[2]) then
    redis.call('INCR', dropped)
    redis.call('PEXPIRE', dropped, kept)
    return 0
  end
  first, variant = 1, ARGV[3]
  redis.call('HSET', unit, 'variant', variant, 'first', ARGV[4])
  redis.call('ZADD', units, ARGV[5], ARGV[2])
end
if variant ~= ARGV[3] then
  redis.call('HINCRBY', unit, 'moved', 1)
else
  local fields = {'cost', 'seconds', 'tokens', 'escalated', 'failed'}
  local sums = redis.call('HMGET', unit, unpack(fields))
  for i, field in ipairs(fields) do
    redis.call('HSET', unit, field, string.format('%.17g', tonumber(sums[i] or 0) + tonumber(ARGV[10 + i])))
  end
  redis.call('HINCRBY', unit, 'requests', 1)
  local at = redis.call('HGET', request, 'at')
  if ARGV[10] == '1' and not (at and now - at < feedback) then
    redis.call('DEL', request)
    redis.call('HSET', request, 'experiment', ARGV[1], 'unit', ARGV[2], 'first', redis.call('HGET', unit, 'first'), 'at', now)
    redis.call('PEXPIRE', request, feedback)
  end
end
redis.call('PEXPIRE', unit, kept)
redis.call('PEXPIRE', units, kept)
return first
