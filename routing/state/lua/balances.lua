-- ARGV: now, key... Returns what is spent and reserved, and may be spent by that, of each account.
local out = {}
balances(out, #ARGV - 1, 2, 1)
return out
