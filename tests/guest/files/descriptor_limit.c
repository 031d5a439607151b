// SPDX-License-Identifier: BSD-3-Clause
// RLIMIT_NOFILE bounds new descriptors.
#include <report.h>
#include <sys/resource.h>

int main(void) {
    struct rlimit limit;
    SHOW(getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = 20;
    SHOW(setrlimit(RLIMIT_NOFILE, &limit));
    int highest = -1;
    for (int fd; (fd = open("/dev/null", O_RDONLY)) >= 0;)
        highest = fd;
    printf("highest %d then %s\n", highest, strerrorname_np(errno));
    SHOW(dup(0));
    int ends[2] = {-7, -7};
    SHOW(pipe(ends));
    printf("%d %d\n", ends[0], ends[1]);
    SHOW(dup2(0, 20));
    SHOW(dup2(0, 19));
    SHOW(fcntl(0, F_DUPFD, 20));
    close(10);
    SHOW(pipe(ends));
    SHOW(open("/dev/null", O_RDONLY));
    limit.rlim_cur = limit.rlim_max + 1;
    SHOW(setrlimit(RLIMIT_NOFILE, &limit));
    SHOW(getrlimit(99, &limit));
    SHOW(getrlimit(RLIMIT_NOFILE, BAD));
}
