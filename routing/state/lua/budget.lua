-- What the scripts of the budgets share. Amounts are billionths of a dollar, times are
-- milliseconds since 1970 by the caller's clock, which is always the first argument.
--
-- An account is a hash a:KEY of s (spent), r (reserved) and h:ID (what the reservation ID
-- holds of r), beside a sorted set l:KEY of the IDs by when they lapse. A reservation is a
-- hash r:ID; that of a retry names the one it goes on with (of). t:TWIN is the last ID of a
-- twin. All keys have one hash tag and so one slot of a cluster: the accounts of a
-- reservation are known only once it is read, and are changed with it.
local prefix = 'sluice:{budget}:'
local grace = 60000
local most_lapsed = 10000 -- that one call cleans up
local now = tonumber(ARGV[1])

local function text(n) return string.format('%.0f', n) end

-- left returns how long an account is still needed; its key ends in the end of its window.
local function left(key)
  local ends = tonumber(string.match(key, '%-(%d+)$') or 0)
  return ends * 1000 + grace - now
end

-- hold changes what a reservation holds of an account. 0 is nothing.
local function hold(key, id, amount, lapses)
  local rest = left(key)
  if rest <= 0 then return end
  local a, l = prefix .. 'a:' .. key, prefix .. 'l:' .. key
  local old = tonumber(redis.call('HGET', a, 'h:' .. id) or 0)
  if amount > 0 then
    redis.call('HSET', a, 'h:' .. id, text(amount))
    redis.call('ZADD', l, text(lapses), id)
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

-- account returns what is spent and reserved, once what has lapsed is given up.
local function account(key)
  if left(key) <= 0 then return 0, 0 end
  local lapsed = redis.call('ZRANGEBYSCORE', prefix .. 'l:' .. key, '-inf', text(now), 'LIMIT', 0, most_lapsed)
  for _, id in ipairs(lapsed) do hold(key, id, 0, 0) end
  local v = redis.call('HMGET', prefix .. 'a:' .. key, 's', 'r')
  return tonumber(v[1] or 0), tonumber(v[2] or 0)
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

-- load returns the reservation that the ID names, or nil.
local function load(id)
  local v = redis.call('HMGET', prefix .. 'r:' .. id, 'of', 'state', 'delivered', 'legs', 'amount', 'charged', 'lapses', 'twin', 'ids', 'accounts')
  if v[1] then return load(v[1]) end
  if not v[2] then return nil end
  local rec = {
    state = v[2], delivered = v[3] == '1', legs = tonumber(v[4]), amount = tonumber(v[5]), charged = tonumber(v[6]),
    lapses = tonumber(v[7]), twin = v[8], ids = cjson.decode(v[9]), accounts = cjson.decode(v[10]),
  }
  if rec.state == 'open' and rec.lapses <= now then rec.state = 'lapsed' end
  return rec
end

-- held is what the reservation holds of each of its accounts.
local function held(rec)
  if rec.state ~= 'open' then return 0 end
  if rec.delivered then return rec.amount end -- what else is under way is charged besides
  return math.max(rec.amount - rec.charged, 0)
end

-- save writes the reservation and what it holds. It is kept for a while once it is over.
local function save(rec)
  local id = rec.ids[1]
  for _, key in ipairs(rec.accounts) do hold(key, id, held(rec), rec.lapses) end
  redis.call('HSET', prefix .. 'r:' .. id, 'state', rec.state, 'delivered', rec.delivered and '1' or '0', 'legs', text(rec.legs),
    'amount', text(rec.amount), 'charged', text(rec.charged), 'lapses', text(rec.lapses), 'twin', rec.twin,
    'ids', cjson.encode(rec.ids), 'accounts', cjson.encode(rec.accounts))
  local rest = text(math.max(rec.lapses, now) - now + grace)
  for _, name in ipairs(rec.ids) do redis.call('PEXPIRE', prefix .. 'r:' .. name, rest) end
  local t = prefix .. 't:' .. rec.twin
  if redis.call('GET', t) == id then redis.call('PEXPIRE', t, rest) end
end

