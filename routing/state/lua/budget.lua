-- The common part of the scripts of the budgets. Amounts are billionths of a dollar, times
-- are milliseconds since 1970. The first argument is always the caller's time.
--
-- An account is a hash a:KEY of s (spent), r (reserved) and h:ID (the part of r that the
-- reservation ID holds), and a sorted set l:KEY of the IDs by when they expire. A reservation
-- is a hash reservation:ID. All keys have one hash tag, and so one slot of a cluster: the
-- accounts of a reservation are known only once it is read, and are changed with it.
local prefix = 'sluice:{budget}:'
local grace = 60000
local most_expired = 10000 -- that one call cleans up
local now = tonumber(ARGV[1])

local function text(n) return string.format('%.0f', n) end

-- left returns how long an account is still needed; its key ends with the end of its window.
local function left(key)
  local ends = tonumber(string.match(key, '%-(%d+)$') or 0)
  return ends * 1000 + grace - now
end

-- hold sets the amount that a reservation holds of an account.
local function hold(key, id, amount, expires)
  local rest = left(key)
  if rest <= 0 then return end
  local a, l = prefix .. 'a:' .. key, prefix .. 'l:' .. key
  local old = tonumber(redis.call('HGET', a, 'h:' .. id) or 0)
  if amount > 0 then
    redis.call('HSET', a, 'h:' .. id, text(amount))
    redis.call('ZADD', l, text(expires), id)
    redis.call('PEXPIRE', l, text(rest))
  elseif old > 0 then
    redis.call('HDEL', a, 'h:' .. id)
    redis.call('ZREM', l, id)
  end
  if amount ~= old then
    redis.call('HINCRBY', a, 'r', text(amount - old))
    redis.call('PEXPIRE', a, text(rest))
  end
end

-- account returns what is spent and reserved, without what has expired.
local function account(key)
  if left(key) <= 0 then return 0, 0 end
  local expired = redis.call('ZRANGEBYSCORE', prefix .. 'l:' .. key, '-inf', text(now), 'LIMIT', 0, most_expired)
  for _, id in ipairs(expired) do hold(key, id, 0, 0) end
  local v = redis.call('HMGET', prefix .. 'a:' .. key, 's', 'r')
  local spent, reserved = tonumber(v[1] or 0), tonumber(v[2] or 0)
  assert(spent and reserved, 'not an account: ' .. key)
  return spent, reserved
end

-- balances adds two texts for each of the n keys to the list; they begin at ARGV[first],
-- step apart.
local function balances(list, n, first, step)
  local used = {}
  for i = 1, n do
    local spent, reserved = account(ARGV[first + (i - 1) * step])
    used[i] = spent + reserved
    list[#list + 1], list[#list + 2] = text(spent), text(reserved)
  end
  return used
end

-- load returns the reservation, or nil if it is not known or has expired.
local function load(id)
  local v = redis.call('HMGET', prefix .. 'reservation:' .. id, 'settled', 'amount', 'expires', 'accounts')
  if not v[1] then return nil end
  local rec = {settled = v[1] == '1', amount = tonumber(v[2]), expires = tonumber(v[3]), accounts = cjson.decode(v[4])}
  if not rec.settled and rec.expires <= now then return nil end
  return rec
end

-- save writes the reservation and what it holds. Its amount is reserved while it is open,
-- and charged once it is settled.
local function save(id, rec)
  for _, key in ipairs(rec.accounts) do hold(key, id, rec.settled and 0 or rec.amount, rec.expires) end
  local name = prefix .. 'reservation:' .. id
  redis.call('HSET', name, 'settled', rec.settled and '1' or '0', 'amount', text(rec.amount),
    'expires', text(rec.expires), 'accounts', cjson.encode(rec.accounts))
  redis.call('PEXPIRE', name, text(math.max(rec.expires, now) - now + grace))
end
