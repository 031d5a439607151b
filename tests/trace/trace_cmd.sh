# SPDX-License-Identifier: BSD-3-Clause
# In the guest: trace-cmd as Debian ships it records and reports.
set -e
fail() { echo "$*"; exit 1; }
trace-cmd list -e | grep -q '^sched:sched_switch$' || fail "trace-cmd finds no events"
trace-cmd record -o /tmp/one.dat -e sched -e 'syscalls:syscall_openat' -e irq ls / > /dev/null 2>&1
trace-cmd report /tmp/one.dat > /tmp/one 2>&1
for what in 'sched_switch:' 'sched_wakeup:' 'ls-.*syscall_openat:.* path=/ '; do
    grep -q "$what" /tmp/one || { head -40 /tmp/one; fail "no $what in the report"; }
done
trace-cmd record -o /tmp/two.dat -e sched_switch -T true > /dev/null 2>&1
trace-cmd report /tmp/two.dat > /tmp/two 2>&1
grep -q '=> sched::' /tmp/two || { head -20 /tmp/two; fail "no symbolised stack"; }
