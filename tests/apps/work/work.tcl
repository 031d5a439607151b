# SPDX-License-Identifier: BSD-3-Clause
set name /tmp/tcl.[pid]
set out [open $name w]
for {set i 0} {$i < 5000} {incr i} { puts $out "$i [expr {$i * $i % 991}]" }
close $out
set in [open $name]
set sum 0
while {[gets $in line] >= 0} { incr sum [lindex $line 1]; lappend all [lindex $line 1] }
close $in
file delete $name
puts "$sum [llength [lsort -unique -integer $all]] [file exists $name]"
after 20 {set done 1}
vwait done
puts "[clock format 0 -gmt 1] [regexp -inline {o(.)p} osprey]"
