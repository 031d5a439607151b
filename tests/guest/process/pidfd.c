// SPDX-License-Identifier: BSD-3-Clause
// pidfd_open, poll, waitid(P_PIDFD), pidfd_send_signal, pidfd_getfd, and what they refuse.
#include <poll.h>
#include <sys/epoll.h>
#include "children.h"

static int pidfd_open(pid_t pid, unsigned flags) {
    return (int)syscall(SYS_pidfd_open, pid, flags);
}
static int send_signal(int pidfd, int signal, siginfo_t* info, unsigned flags) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, info, flags);
}
static int getfd(int pidfd, int fd, unsigned flags) {
    return (int)syscall(SYS_pidfd_getfd, pidfd, fd, flags);
}

int main(int argc, char** argv) {
    if (argc > 1) {
        (void)argv;
        int fd = open("/proc/self/comm", O_RDONLY);
        dup2(fd, 50);
        say(4, 'r');
        heard(3);
        return 6;
    }
    setvbuf(stdout, NULL, _IONBF, 0);
    int to, from_child;
    make_channel(&to, &from_child);
    pid_t pid = start_self("child", NULL);
    heard(from_child);
    int fd = pidfd_open(pid, 0);
    HOLDS(fd > 4);
    SHOW(fcntl(fd, F_GETFD));
    SHOW(fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK));
    char byte;
    SHOW(read(fd, &byte, 1));
    SHOW(write(fd, &byte, 1));
    SHOW(lseek(fd, 0, SEEK_SET));
    char name[64], text[64] = "";
    sprintf(name, "/proc/self/fdinfo/%d", fd);
    FILE* file = fopen(name, "r");
    int told = -1;
    for (char line[128]; fgets(line, sizeof line, file);)
        sscanf(line, "Pid: %d", &told);
    fclose(file);
    HOLDS(told == pid);

    struct pollfd poll_entry = {fd, POLLIN, 0};
    SHOW(poll(&poll_entry, 1, 0));
    SHOW(send_signal(fd, 0, NULL, 0));
    SHOW(send_signal(fd, 65, NULL, 0));
    SHOW(send_signal(fd, SIGTERM, NULL, 0x100));
    SHOW(send_signal(1, SIGTERM, NULL, 0));
    SHOW(send_signal(99, SIGTERM, NULL, 0));
    SHOW(send_signal(fd, SIGTERM, BAD, 0));
    siginfo_t info = {.si_signo = SIGUSR1, .si_code = SI_QUEUE};
    SHOW(send_signal(fd, SIGTERM, &info, 0));
    info.si_code = SI_USER;
    SHOW(send_signal(fd, SIGUSR1, &info, 0));  // only the kernel may say so

    int copy = getfd(fd, 50, 0);
    HOLDS(copy >= 0);
    SHOW(fcntl(copy, F_GETFD));
    HOLDS(pread(copy, text, sizeof text, 0) > 0);
    SHOW(getfd(fd, 77, 0));
    SHOW(getfd(fd, 50, 1));
    SHOW(getfd(1, 50, 0));

    SHOW(waitid(P_PIDFD, (id_t)fd, &info, WEXITED | WNOHANG));
    SHOW(waitid(P_PIDFD, 1, &info, WEXITED));
    SHOW(waitid(P_PIDFD, 99, &info, WEXITED));
    int epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN};
    SHOW(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
    SHOW(epoll_wait(epoll, &event, 1, 0));
    say(to, 'x');
    SHOW(poll(&poll_entry, 1, -1));
    SHOW(poll_entry.revents);
    SHOW(epoll_wait(epoll, &event, 1, -1));
    SHOW(send_signal(fd, 0, NULL, 0));  // a zombie
    int late = pidfd_open(pid, 0);
    HOLDS(late >= 0);
    SHOW(waitid(P_PIDFD, (id_t)fd, &info, WEXITED | WNOWAIT));
    show_child_info("waitid", &info, pid);
    SHOW(waitid(P_PIDFD, (id_t)fd, &info, WEXITED));
    SHOW(waitid(P_PIDFD, (id_t)fd, &info, WEXITED));
    SHOW(send_signal(fd, 0, NULL, 0));
    SHOW(poll(&poll_entry, 1, 0));
    SHOW(pidfd_open(pid, 0));
    SHOW(pidfd_open(0, 0));
    SHOW(pidfd_open(-1, 0));
    SHOW(pidfd_open(999999, 0));
    SHOW(pidfd_open(getpid(), 1));

    // Without blocking: EAGAIN while it runs
    pid = start_self("child", NULL);
    heard(from_child);
    fd = pidfd_open(pid, O_NONBLOCK);
    SHOW(waitid(P_PIDFD, (id_t)fd, &info, WEXITED));
    SHOW(send_signal(fd, SIGKILL, NULL, 0));
    poll_entry.fd = fd;
    SHOW(poll(&poll_entry, 1, -1));
    SHOW(waitid(P_PIDFD, (id_t)fd, &info, WEXITED));
    show_child_info("killed", &info, pid);

    // Itself
    fd = pidfd_open(getpid(), 0);
    int again = getfd(fd, fd, 0);
    HOLDS(again > fd);
    SHOW(waitid(P_PIDFD, (id_t)fd, &info, WEXITED));
}
