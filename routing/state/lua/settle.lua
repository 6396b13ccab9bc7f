-- now, id, amount, delivered (0 or 1), key...: charges the amount.
local id, amount, delivered = ARGV[2], tonumber(ARGV[3]), ARGV[4] == '1'
local rec = load(id)
if not rec then
  if #ARGV == 4 then return end
  local keys = {}
  for i = 5, #ARGV do keys[#keys + 1] = ARGV[i] end
  rec = {state = 'open', delivered = false, legs = 0, amount = 0, charged = 0, lapses = 0, twin = '', ids = {id}, accounts = keys}
end
if rec.state == 'open' and rec.legs > 0 then
  rec.legs = rec.legs - 1
  if rec.delivered and delivered then amount = amount + rec.charged end -- one more answer: that was no retry
end
rec.delivered = rec.delivered or delivered
local more = math.max(amount - rec.charged, 0)
for _, key in ipairs(rec.accounts) do
  local rest = left(key)
  if more > 0 and rest > 0 then
    redis.call('HINCRBY', prefix .. 'a:' .. key, 's', text(more))
    redis.call('PEXPIRE', prefix .. 'a:' .. key, text(rest))
  end
end
rec.charged = rec.charged + more
if rec.state ~= 'open' or rec.legs <= 0 then rec.state = 'settled' end
save(rec)
