-- ARGV: now, id, amount, expires, then key and ceiling of each account. Returns 1 if the
-- reservation is made, 0 if not, then each account's balance before.
local id, amount, expires = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local first, n = 5, (#ARGV - 4) / 2
local out = {'1'}
local used = balances(out, n, first, 2)

local rec = load(id)
if rec and rec.settled then return out end
if not rec or amount > rec.amount then
  local own = {}
  for _, key in ipairs(rec and rec.accounts or {}) do own[key] = rec.amount end
  for i = 1, n do
    local at = first + (i - 1) * 2
    if used[i] - (own[ARGV[at]] or 0) > tonumber(ARGV[at + 1]) then
      out[1] = '0'
      return out
    end
  end
end

if not rec then
  rec = {settled = false, amount = 0, expires = 0, accounts = {}}
  for i = 1, n do rec.accounts[i] = ARGV[first + (i - 1) * 2] end
end
rec.amount, rec.expires = math.max(rec.amount, amount), math.max(rec.expires, expires)
save(id, rec)
return out
