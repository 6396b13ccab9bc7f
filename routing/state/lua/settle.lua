-- ARGV: now, id, amount, key... Charges the amount, or its excess over an earlier settlement.
local id, amount = ARGV[2], tonumber(ARGV[3])
local rec = load(id)
if not rec then
  if #ARGV == 3 then return end
  rec = {settled = false, amount = 0, extra = 0, expires = 0, accounts = {}}
  for i = 4, #ARGV do rec.accounts[i - 3] = ARGV[i] end
end
-- A script that fails undoes nothing: read every account before any is changed.
for _, key in ipairs(rec.accounts) do account(key) end
local charged = rec.settled and rec.amount or 0
local more = math.max(amount - charged, 0)
for _, key in ipairs(rec.accounts) do
  local rest = left(key)
  if more > 0 and rest > 0 then
    redis.call('HINCRBY', prefix .. 'a:' .. key, 's', text(more))
    redis.call('PEXPIRE', prefix .. 'a:' .. key, text(rest))
  end
end
rec.settled, rec.amount, rec.extra = true, charged + more, 0
save(id, rec)
