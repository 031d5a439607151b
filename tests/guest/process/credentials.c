// SPDX-License-Identifier: BSD-3-Clause
// What a process that gave up its rights may still do with processes, priorities and limits.
#include <grp.h>
#include <report.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

static int root_child;

static void try_all(const char* who) {
    printf("-- %s\n", who);
    SHOW(kill(root_child, 0));
    SHOW(setpriority(PRIO_PROCESS, 0, -5));
    SHOW(setpriority(PRIO_PROCESS, root_child, 5));
    struct rlimit more = {100, 5000000};
    SHOW(setrlimit(RLIMIT_NOFILE, &more));
    SHOW(sethostname("x", (size_t)-1));
    SHOW(setgroups(0, NULL));
    struct sched_param none = {0}, urgent = {5};
    SHOW(sched_setscheduler(0, SCHED_FIFO, &urgent));
    SHOW(sched_setscheduler(0, SCHED_BATCH, &none));
    SHOW(sched_setscheduler(0, SCHED_IDLE, &none));
    SHOW(sched_setscheduler(0, SCHED_OTHER, &none));
    SHOW(sched_setscheduler(root_child, SCHED_BATCH, &none));
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(0, &cpus);
    SHOW(sched_setaffinity(0, sizeof cpus, &cpus));
    SHOW(sched_setaffinity(root_child, sizeof cpus, &cpus));
    struct rlimit allowed;
    getrlimit(RLIMIT_RTPRIO, &allowed);
    HOLDS(allowed.rlim_cur == 0);
}

static void drop(uid_t real, uid_t effective, gid_t group) {
    gid_t more[] = {2000};
    setgroups(group ? 1 : 0, more);
    if (setresgid(group, group, group) || setresuid(real, effective, real ? real : 0))
        exit(98);
}

int main(void) {
    root_child = fork();
    if (root_child == 0) {
        pause();
        _exit(0);
    }
    struct {
        const char* who;
        uid_t real, effective;
        gid_t group;
    } cases[] = {{"a user of the group", 1000, 1000, 1000}, {"effective user only", 0, 1000, 0}};
    for (int i = 0; i < 2; ++i) {
        fflush(stdout);
        if (fork() == 0) {
            drop(cases[i].real, cases[i].effective, cases[i].group);
            try_all(cases[i].who);
            fflush(stdout);
            _exit(0);
        }
        wait(NULL);
    }
    kill(root_child, SIGKILL);
    wait(NULL);
}
