# SPDX-License-Identifier: BSD-3-Clause
var x{1..5} >= 0, <= 10, integer;
maximize total: sum{i in 1..5} i * x[i];
s.t. weight: sum{i in 1..5} (6 - i + i * i) * x[i] <= 77;
s.t. pair: x[1] + x[2] >= 3;
solve;
display x, total;
end;
