// SPDX-License-Identifier: BSD-3-Clause
// uname, sysinfo, gethostname; scheduling calls.
#include <report.h>
#include <sched.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

int main(void) {
    struct utsname u;
    SHOW(uname(&u));
    printf("%s %s\n", u.sysname, u.machine);
    SHOW(uname(BAD));
    struct sysinfo s;
    SHOW(sysinfo(&s));
    HOLDS(s.totalram >= s.freeram && s.totalram && s.mem_unit && s.procs);
    SHOW(sched_yield());
    struct sched_param p = {0};
    SHOW(sched_getscheduler(0));
    SHOW(sched_getparam(0, &p));
    SHOW(sched_get_priority_max(SCHED_FIFO));
    SHOW(sched_get_priority_min(SCHED_RR));
    SHOW(sched_get_priority_max(SCHED_OTHER));
    SHOW(sched_get_priority_max(99));
    p.sched_priority = 5;
    SHOW(sched_setscheduler(0, SCHED_OTHER, &p));
    p.sched_priority = 100;
    SHOW(sched_setscheduler(0, SCHED_FIFO, &p));
    SHOW(sched_setscheduler(0, 77, &p));
    p.sched_priority = 0;
    SHOW(sched_setscheduler(0, SCHED_BATCH, &p));
    SHOW(sched_getscheduler(0));
    SHOW(sched_setscheduler(999999, SCHED_BATCH, &p));
    cpu_set_t set;
    HOLDS(sched_getaffinity(0, sizeof set, &set) == 0 && CPU_ISSET(0, &set));
    CPU_ZERO(&set);
    SHOW(sched_setaffinity(0, sizeof set, &set));
    CPU_SET(0, &set);
    SHOW(sched_setaffinity(0, sizeof set, &set));
    SHOW(sched_getcpu());
    SHOW(syscall(SYS_sched_getaffinity, 0, 3, &set));
    errno = 0;
    SHOW(nice(5));
    SHOW(nice(0));
    SHOW(syscall(SYS_getpriority, 0, 0));
    SHOW(syscall(SYS_setpriority, 0, 0, 100));
    SHOW(syscall(SYS_getpriority, 0, 0));
    SHOW(syscall(SYS_getpriority, 7, 0));
    SHOW(syscall(SYS_personality, 0xffffffff));
}
