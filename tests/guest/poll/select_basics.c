// SPDX-License-Identifier: BSD-3-Clause
// select(2) and pselect(2).
#include <report.h>
#include <sys/select.h>

int main(void) {
    int p[2];
    pipe(p);
    fd_set r, w;
    FD_ZERO(&r);
    FD_ZERO(&w);
    FD_SET(p[0], &r);
    FD_SET(p[1], &w);
    struct timeval t = {5, 0};
    SHOW(select(p[1] + 1, &r, &w, NULL, &t));
    printf("%d %d\n", !!FD_ISSET(p[0], &r), !!FD_ISSET(p[1], &w));
    write(p[1], "x", 1);
    FD_SET(p[0], &r);
    SHOW(select(p[1] + 1, &r, &w, NULL, NULL));
    printf("%d %d\n", !!FD_ISSET(p[0], &r), !!FD_ISSET(p[1], &w));
    char c;
    read(p[0], &c, 1);
    FD_ZERO(&r);
    FD_SET(p[0], &r);
    t.tv_sec = 0, t.tv_usec = 20000;
    SHOW(select(p[0] + 1, &r, NULL, NULL, &t));
    printf("%d %ld %ld\n", !!FD_ISSET(p[0], &r), (long)t.tv_sec, (long)t.tv_usec);
    FD_SET(500, &r);
    t.tv_usec = 0;
    SHOW(select(501, &r, NULL, NULL, &t));
    SHOW(select(-1, NULL, NULL, NULL, &t));
    t.tv_usec = -1;
    SHOW(select(0, NULL, NULL, NULL, &t));
    SHOW(select(10, BAD, NULL, NULL, NULL));
    struct timespec s = {0, 2000000000};
    SHOW(pselect(0, NULL, NULL, NULL, &s, NULL));
}
