-- KEYS: the request, its unit's totals. ARGV: rating, now and how long feedback is accepted
-- (milliseconds). Returns 0 if there is no such request, or if its unit was forgotten since,
-- which shows in the time of the first exposure.
local at, first = redis.call('HGET', KEYS[1], 'at'), redis.call('HGET', KEYS[2], 'first')
if not at or ARGV[2] - at >= tonumber(ARGV[3]) or not first or redis.call('HGET', KEYS[1], 'first') ~= first then return 0 end
local old, rating = redis.call('HGET', KEYS[1], 'rating'), tonumber(ARGV[1])
local sum = tonumber(redis.call('HGET', KEYS[2], 'rating') or 0)
if old then
  sum = math.max(sum - tonumber(old) + rating, 0)
else
  sum = sum + rating
  redis.call('HINCRBY', KEYS[2], 'rated', 1)
end
redis.call('HSET', KEYS[2], 'rating', string.format('%.17g', sum))
redis.call('HSET', KEYS[1], 'rating', ARGV[1])
return 1
