dnl SPDX-License-Identifier: BSD-3-Clause
define(`fact', `ifelse($1, 0, 1, `eval($1 * fact(decr($1)))')')dnl
fact(N) fact(10) len(`hello') translit(`abc', `a-c', `A-C')
