-- ARGV: now, id, amount, most, expires, then key, ceiling and room of each account. Returns 1 if the
-- reservation is made, 0 if not, then each account's balance before.
local id, amount, most, expires = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local first, step = 6, 3
local n = (#ARGV - first + 1) / step
local out = {'1'}
local used, bound = balances(out, n, first, step)

local rec = load(id)
if rec and rec.settled then return out end
if not rec or amount > rec.amount or most > rec.amount + rec.extra then
  local own, owed = {}, {}
  for _, key in ipairs(rec and rec.accounts or {}) do own[key], owed[key] = rec.amount, rec.amount + rec.extra end
  for i = 1, n do
    local at = first + (i - 1) * step
    local key, ceiling, room = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
    if used[i] - (own[key] or 0) > ceiling or bound[i] - (owed[key] or 0) > room then
      out[1] = '0'
      return out
    end
  end
end

if not rec then
  rec = {settled = false, amount = 0, extra = 0, expires = 0, accounts = {}}
  for i = 1, n do rec.accounts[i] = ARGV[first + (i - 1) * step] end
end
most = math.max(rec.amount + rec.extra, most)
rec.amount, rec.expires = math.max(rec.amount, amount), math.max(rec.expires, expires)
rec.extra = most - rec.amount
save(id, rec)
return out
