% SPDX-License-Identifier: BSD-3-Clause
A = reshape(mod((1:2500) * 7919, 101), 50, 50) + 50 * eye(50);
disp(round(1000 * norm(inv(A) * A - eye(50))));
[t, y] = ode45(@(t, y) -y, [0 1], 1);
printf("%.3f\n", y(end));
disp(strsplit('a,b,c', ','));
try
  error('caught %d', 1);
catch e
  disp(e.message);
end
