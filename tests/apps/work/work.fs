\ SPDX-License-Identifier: BSD-3-Clause
: fib dup 2 < if else dup 1- recurse swap 2 - recurse + then ;
22 fib . cr
: table 10 0 do i dup * . loop cr ; table
create buf 100 allot
: fill-it 100 0 do i buf i + c! loop ; fill-it buf 42 + c@ . cr
variable sum : add-up 0 sum ! 100000 0 do i sum +! loop sum @ . cr ; add-up
bye
