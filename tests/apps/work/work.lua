-- SPDX-License-Identifier: BSD-3-Clause
local name = os.tmpname()
local file = assert(io.open(name, "w"))
for i = 1, 20000 do file:write(i, " ", i * i % 9973, "\n") end
file:close()
local sum, lines, seen = 0, 0, {}
for line in io.lines(name) do
  local a, b = line:match("(%d+) (%d+)")
  sum, lines = sum + a * b, lines + 1
  seen[b] = (seen[b] or 0) + 1
end
os.remove(name)
local distinct = 0
for _ in pairs(seen) do distinct = distinct + 1 end
local routine = coroutine.wrap(function() for i = 1, 5 do coroutine.yield(i) end end)
print(lines, sum, distinct, routine() + routine(), io.open(name) == nil)
print(string.format("%.10f %x", math.pi, 0xdeadbeef), ("osprey"):rep(3, "-"))
