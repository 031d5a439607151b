// SPDX-License-Identifier: BSD-3-Clause
// What programs about terminals share: a pseudo-terminal, and how to show what passes through it.
#pragma once

#include <poll.h>
#include <pty.h>
#include <report.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>

static int master = -1, slave = -1;
static struct termios plain;  // what the terminal began with

/// Opens a pair, without the slave becoming anybody's controlling terminal.
static inline void open_pair(void) {
    master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) || unlockpt(master) ||
        (slave = open(ptsname(master), O_RDWR | O_NOCTTY)) < 0 || tcgetattr(slave, &plain)) {
        perror("open_pair");
        exit(99);
    }
}

/// Shows bytes with control characters as \xNN.
static inline void show_bytes(const char* what, const char* text, ssize_t n) {
    printf("%s", what);
    if (n < 0) {
        printf(" -1 %s\n", strerrorname_np(errno));
        return;
    }
    printf(" %zd \"", n);
    for (ssize_t i = 0; i < n; ++i) {
        unsigned char c = (unsigned char)text[i];
        if (c == '\n')
            printf("\\n");
        else if (c < 32 || c >= 127)
            printf("\\x%02x", c);
        else
            putchar(c);
    }
    printf("\"\n");
}

/// Everything that comes out of `fd` until it is silent for a while.
static inline ssize_t read_all(int fd, char* text, size_t room) {
    size_t n = 0;
    struct pollfd p = {fd, POLLIN, 0};
    while (n < room && poll(&p, 1, 60) == 1 && p.revents & POLLIN) {
        ssize_t got = read(fd, text + n, room - n);
        if (got <= 0)
            break;
        n += (size_t)got;
    }
    return (ssize_t)n;
}

/// What has been echoed or written: the master's side.
static inline void show_master(const char* what) {
    char text[20000];
    show_bytes(what, text, read_all(master, text, sizeof text));
}

/// One read(2) of the slave that does not wait.
static inline void show_read(const char* what, size_t room) {
    char text[20000];
    int flags = fcntl(slave, F_GETFL);
    struct pollfd p = {slave, POLLIN, 0};
    poll(&p, 1, 60);
    fcntl(slave, F_SETFL, flags | O_NONBLOCK);
    ssize_t n = read(slave, text, room);
    int error = errno;
    fcntl(slave, F_SETFL, flags);
    errno = error;
    show_bytes(what, text, n);
}

static inline void type(const char* keys) {
    write(master, keys, strlen(keys));
}

/// Settings: what the terminal began with, changed by the flags given.
static inline void set(tcflag_t input_on, tcflag_t input_off, tcflag_t local_on,
                       tcflag_t local_off) {
    struct termios t = plain;
    t.c_iflag = (t.c_iflag | input_on) & ~input_off;
    t.c_lflag = (t.c_lflag | local_on) & ~local_off;
    tcsetattr(slave, TCSANOW, &t);
}

/// A child that leads a session with the slave as its controlling terminal.
static inline pid_t start_session(void (*work)(void)) {
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        setsid();
        ioctl(slave, TIOCSCTTY, 0);
        work();
        fflush(stdout);
        _exit(0);
    }
    return pid;
}

static inline void show_end(const char* who, pid_t pid) {
    int status;
    waitpid(pid, &status, 0);
    if (WIFEXITED(status))
        printf("%s: exit %d\n", who, WEXITSTATUS(status));
    else
        printf("%s: signal %d\n", who, WTERMSIG(status));
}

/// Shows how a child changed state next; `options` of waitpid(2).
static inline void show_change(const char* who, pid_t pid, int options) {
    int status;
    if (waitpid(pid, &status, options) != pid)
        printf("%s: %s\n", who, strerrorname_np(errno));
    else if (WIFSTOPPED(status))
        printf("%s: stopped by %d\n", who, WSTOPSIG(status));
    else if (WIFCONTINUED(status))
        printf("%s: continued\n", who);
    else if (WIFEXITED(status))
        printf("%s: exit %d\n", who, WEXITSTATUS(status));
    else
        printf("%s: signal %d\n", who, WTERMSIG(status));
}
