# SPDX-License-Identifier: BSD-3-Clause
set terminal svg size 300,200
set output '/dev/stdout'
set samples 50
plot [-5:5] sin(x) title 'sin', x**2/20 with points
