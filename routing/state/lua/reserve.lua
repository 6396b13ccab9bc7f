-- now, id, twin, retry (0 or 1), most retries, amount, lapses, then key and ceiling of each
-- account: whether it is allowed, the ID to settle, and each account's balance before.
local id, twin, retry, most, amount, lapses = ARGV[2], ARGV[3], ARGV[4] == '1', tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local first, n = 8, (#ARGV - 7) / 2
local out = {'1', id}
local used = balances(out, n, first, 2)

local rec, joins = load(id), false
if not rec and retry and twin ~= '' then
  local last = redis.call('GET', prefix .. 't:' .. twin)
  rec = last and load(last) or nil
  if rec and #rec.ids <= most and rec.state ~= 'lapsed' and not rec.delivered then
    joins = true
  else
    rec = nil
  end
end
if rec then out[2] = rec.ids[1] end
if rec and rec.state == 'settled' and not joins then return out end

local own = rec and rec.charged + held(rec) or 0
if not rec or amount > own then
  local mine = {}
  for _, key in ipairs(rec and rec.accounts or {}) do mine[key] = own end
  for i = 1, n do
    local at = first + (i - 1) * 2
    if used[i] - (mine[ARGV[at]] or 0) > tonumber(ARGV[at + 1]) then
      out[1], out[2] = '0', ''
      return out
    end
  end
end

if not rec then
  local keys = {}
  for i = 1, n do keys[i] = ARGV[first + (i - 1) * 2] end
  rec = {state = 'new', delivered = false, legs = 0, amount = 0, charged = 0, lapses = 0, twin = twin, ids = {id}, accounts = keys}
  if twin ~= '' then redis.call('SET', prefix .. 't:' .. twin, id) end
end
if joins then
  rec.ids[#rec.ids + 1] = id
  redis.call('HSET', prefix .. 'r:' .. id, 'of', rec.ids[1])
end
if rec.state == 'open' then
  rec.amount = math.max(rec.amount, amount)
else
  rec.state, rec.amount, rec.legs = 'open', amount, 0
end
if joins or rec.legs == 0 then rec.legs = rec.legs + 1 end
rec.lapses = math.max(rec.lapses, lapses)
save(rec)
return out
