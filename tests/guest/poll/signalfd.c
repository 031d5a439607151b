// SPDX-License-Identifier: BSD-3-Clause
// signalfd(2) reads blocked signals.
#include <poll.h>
#include <report.h>
#include <sys/signalfd.h>

int main(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int fd = signalfd(-1, &set, SFD_NONBLOCK);
    struct signalfd_siginfo info[3];
    SHOW(read(fd, info, sizeof info));
    kill(getpid(), SIGUSR2);
    raise(SIGUSR1);
    struct pollfd f = {fd, POLLIN, 0};
    SHOW(poll(&f, 1, 0));
    SHOW(read(fd, info, sizeof info) / (long)sizeof *info);
    printf("%u %d, %u %d\n", info[0].ssi_signo, info[0].ssi_code, info[1].ssi_signo,
           info[1].ssi_code);
    HOLDS(info[0].ssi_pid == (uint32_t)getpid());
    SHOW(read(fd, info, sizeof info));
    SHOW(read(fd, info, 10));
    sigdelset(&set, SIGUSR2);
    SHOW(signalfd(fd, &set, 0) == fd);
    kill(getpid(), SIGUSR2);
    SHOW(read(fd, info, sizeof info));
    SHOW(signalfd(0, &set, 0));
    SHOW(signalfd(-1, &set, 1));
}
