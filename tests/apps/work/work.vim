" SPDX-License-Identifier: BSD-3-Clause
set nocompatible
call setline(1, map(range(1, 2000), '"line " . (v:val * 7919 % 2000)'))
%sort n
g/7/s/line/LINE/
normal! ggdd
write! /tmp/out.txt
call writefile([getline(1), getline('$'), line('$')], '/dev/stdout')
qall!
