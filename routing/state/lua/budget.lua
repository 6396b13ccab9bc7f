-- The common part of the scripts of the budgets. Amounts are billionths of a dollar, times
-- are milliseconds since 1970. The first argument is always the caller's time.
--
-- An account is a hash a:KEY of s (spent), r (reserved), x (what may be spent beyond s and r),
-- h:ID and x:ID (the parts of r and x that the reservation ID holds), and a sorted set l:KEY of
-- the IDs by when they expire. A reservation is a hash reservation:ID. All keys have one hash tag, and so one slot of a cluster: the
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

-- hold sets the amount that a reservation holds of an account, and what it may cost beyond that.
local function hold(key, id, amount, extra, expires)
  local rest = left(key)
  if rest <= 0 then return end
  local a, l = prefix .. 'a:' .. key, prefix .. 'l:' .. key
  local held = redis.call('HMGET', a, 'h:' .. id, 'x:' .. id)
  local old, beyond = tonumber(held[1] or 0), tonumber(held[2] or 0)
  if amount + extra > 0 then
    redis.call('HSET', a, 'h:' .. id, text(amount), 'x:' .. id, text(extra))
    redis.call('ZADD', l, text(expires), id)
    redis.call('PEXPIRE', l, text(rest))
  elseif old + beyond > 0 then
    redis.call('HDEL', a, 'h:' .. id, 'x:' .. id)
    redis.call('ZREM', l, id)
  end
  if amount ~= old or extra ~= beyond then
    redis.call('HINCRBY', a, 'r', text(amount - old))
    redis.call('HINCRBY', a, 'x', text(extra - beyond))
    redis.call('PEXPIRE', a, text(rest))
  end
end

-- account returns what is spent and reserved, and what may be spent beyond, without what has expired.
local function account(key)
  if left(key) <= 0 then return 0, 0, 0 end
  local expired = redis.call('ZRANGEBYSCORE', prefix .. 'l:' .. key, '-inf', text(now), 'LIMIT', 0, most_expired)
  for _, id in ipairs(expired) do hold(key, id, 0, 0, 0) end
  local v = redis.call('HMGET', prefix .. 'a:' .. key, 's', 'r', 'x')
  local spent, reserved, beyond = tonumber(v[1] or 0), tonumber(v[2] or 0), tonumber(v[3] or 0)
  assert(spent and reserved and beyond, 'not an account: ' .. key)
  return spent, reserved, beyond
end

-- balances adds three texts for each of the n keys to the list: what is spent, reserved, and
-- may be spent by what is reserved. The keys begin at ARGV[first], step apart. It returns what is
-- used, and the most that may be.
local function balances(list, n, first, step)
  local used, bound = {}, {}
  for i = 1, n do
    local spent, reserved, beyond = account(ARGV[first + (i - 1) * step])
    used[i], bound[i] = spent + reserved, spent + reserved + beyond
    list[#list + 1], list[#list + 2], list[#list + 3] = text(spent), text(reserved), text(reserved + beyond)
  end
  return used, bound
end

-- load returns the reservation, or nil if it is not known or has expired.
local function load(id)
  local v = redis.call('HMGET', prefix .. 'reservation:' .. id, 'settled', 'amount', 'expires', 'accounts', 'extra')
  if not v[1] then return nil end
  local rec = {settled = v[1] == '1', amount = tonumber(v[2]), expires = tonumber(v[3]), accounts = cjson.decode(v[4]), extra = tonumber(v[5] or 0)}
  if not rec.settled and rec.expires <= now then return nil end
  return rec
end

-- save writes the reservation and what it holds. Its amount is reserved while it is open,
-- and charged once it is settled.
local function save(id, rec)
  for _, key in ipairs(rec.accounts) do hold(key, id, rec.settled and 0 or rec.amount, rec.settled and 0 or rec.extra, rec.expires) end
  local name = prefix .. 'reservation:' .. id
  redis.call('HSET', name, 'settled', rec.settled and '1' or '0', 'amount', text(rec.amount), 'extra', text(rec.extra),
    'expires', text(rec.expires), 'accounts', cjson.encode(rec.accounts))
  redis.call('PEXPIRE', name, text(math.max(rec.expires, now) - now + grace))
end
