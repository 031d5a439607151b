// SPDX-License-Identifier: BSD-3-Clause
// What the tests of AF_UNIX share.
#pragma once

#include <linux/sockios.h>
#include <poll.h>
#include <report.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

static inline void show_poll(const char* what, int fd) {
    struct pollfd p = {
        fd,
        POLLIN | POLLOUT | POLLPRI | POLLRDHUP | POLLRDNORM | POLLWRNORM | POLLRDBAND | POLLWRBAND,
        0};
    poll(&p, 1, 0);
    printf("poll %s: %#x\n", what, p.revents);
}

static inline struct sockaddr_un path_name(const char* path) {
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    strcpy(a.sun_path, path);
    return a;
}

/// An abstract name with this process's number in it, so that tests do not meet.
static inline socklen_t abstract_name(struct sockaddr_un* a, const char* word) {
    memset(a, 0, sizeof *a);
    a->sun_family = AF_UNIX;
    int n = snprintf(a->sun_path + 1, sizeof a->sun_path - 1, "osprey-%d-%s", getpid(), word);
    return offsetof(struct sockaddr_un, sun_path) + 1 + n;
}

#define NAME(a) ((struct sockaddr*)&(a))
