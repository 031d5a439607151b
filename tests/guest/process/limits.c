// SPDX-License-Identifier: BSD-3-Clause
// Resource limits.
#include <report.h>
#include <sys/resource.h>

static void show(int which) {
    struct rlimit l;
    getrlimit((__rlimit_resource_t)which, &l);
    printf("%d: %ld %ld\n", which, (long)l.rlim_cur, (long)l.rlim_max);
}

int main(void) {
    show(RLIMIT_CORE);
    struct rlimit l = {1000, 2000};
    SHOW(setrlimit(RLIMIT_CORE, &l));
    show(RLIMIT_CORE);
    l.rlim_cur = 3000;
    SHOW(setrlimit(RLIMIT_CORE, &l));
    struct rlimit old;
    l.rlim_cur = 5;
    SHOW(prlimit(0, RLIMIT_CORE, &l, &old));
    printf("%ld %ld\n", (long)old.rlim_cur, (long)old.rlim_max);
    SHOW(prlimit(999999, RLIMIT_CORE, NULL, &old));
    SHOW(prlimit(getpid(), RLIMIT_CORE, NULL, &old));
    SHOW(setrlimit(99, &l));
    SHOW(setrlimit(RLIMIT_CORE, BAD));

    own_folder();
    signal(SIGXFSZ, SIG_IGN);
    l.rlim_cur = 10, l.rlim_max = 1000;
    SHOW(setrlimit(RLIMIT_FSIZE, &l));
    int fd = open("file", O_CREAT | O_RDWR, 0600);
    SHOW(write(fd, "0123456789abc", 13));
    SHOW(write(fd, "x", 1));
    SHOW(pwrite(fd, "x", 1, 9));
    SHOW(ftruncate(fd, 11));
    struct rusage u;
    SHOW(getrusage(RUSAGE_SELF, &u));
    SHOW(getrusage(RUSAGE_CHILDREN, &u));
    SHOW(getrusage(RUSAGE_THREAD, &u));
    SHOW(getrusage(77, &u));
    SHOW(getrusage(RUSAGE_SELF, BAD));
}
