// SPDX-License-Identifier: BSD-3-Clause
// Shows what inotify(7) tells.
#pragma once

#include <poll.h>
#include <report.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>

static inline void show_mask(uint32_t mask) {
    static const struct {
        uint32_t bit;
        const char* name;
    } names[] = {{IN_ACCESS, "ACCESS"},
                 {IN_MODIFY, "MODIFY"},
                 {IN_ATTRIB, "ATTRIB"},
                 {IN_CLOSE_WRITE, "CLOSE_WRITE"},
                 {IN_CLOSE_NOWRITE, "CLOSE_NOWRITE"},
                 {IN_OPEN, "OPEN"},
                 {IN_MOVED_FROM, "MOVED_FROM"},
                 {IN_MOVED_TO, "MOVED_TO"},
                 {IN_CREATE, "CREATE"},
                 {IN_DELETE, "DELETE"},
                 {IN_DELETE_SELF, "DELETE_SELF"},
                 {IN_MOVE_SELF, "MOVE_SELF"},
                 {IN_UNMOUNT, "UNMOUNT"},
                 {IN_Q_OVERFLOW, "Q_OVERFLOW"},
                 {IN_IGNORED, "IGNORED"},
                 {IN_ISDIR, "ISDIR"}};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; ++i)
        if (mask & names[i].bit) {
            printf(" %s", names[i].name);
            mask &= ~names[i].bit;
        }
    if (mask)
        printf(" %x", mask);
}

/// Shows and takes all events that are there. Cookies become numbers in the order of their coming.
static inline void show_events(int fd, const char* after) {
    static uint32_t cookies[64];
    static int count;
    char room[65536] __attribute__((aligned(8)));
    printf("-- %s\n", after);
    struct pollfd p = {fd, POLLIN, 0};
    while (poll(&p, 1, 0) == 1) {
        ssize_t got = read(fd, room, sizeof room);
        for (char* at = room; at < room + got;) {
            struct inotify_event* e = (struct inotify_event*)at;
            at += sizeof *e + e->len;
            int cookie = 0;
            if (e->cookie) {
                for (cookie = 0; cookie < count && cookies[cookie] != e->cookie; ++cookie)
                    ;
                if (cookie == count)
                    cookies[count++] = e->cookie;
                ++cookie;
            }
            printf("%d", e->wd);
            show_mask(e->mask);
            if (cookie)
                printf(" cookie %d", cookie);
            if (e->len)
                printf(" %s (%u)", e->name, e->len);
            printf("\n");
        }
    }
}
