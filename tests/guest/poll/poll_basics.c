// SPDX-License-Identifier: BSD-3-Clause
// poll(2): events of pipes, files and bad descriptors; timeouts.
#include <poll.h>
#include <report.h>

static void show(struct pollfd* f, int count, int timeout) {
    int n = poll(f, (nfds_t)count, timeout);
    printf("%d:", n);
    for (int i = 0; i < count; ++i)
        printf(" %x", f[i].revents);
    puts("");
}

int main(void) {
    own_folder();
    int p[2];
    pipe(p);
    struct pollfd f[4] = {{p[0], POLLIN, 0}, {p[1], POLLOUT, 0}, {-1, POLLIN, 9}, {99, POLLIN, 0}};
    show(f, 2, 0);
    show(f, 4, 1000);
    write(p[1], "x", 1);
    show(f, 2, -1);
    close(p[1]);
    show(f, 1, -1);
    char c;
    read(p[0], &c, 1);
    show(f, 1, -1);
    pipe(p);
    close(p[0]);
    struct pollfd w[1] = {{p[1], POLLOUT, 0}};
    show(w, 1, -1);
    int file = open("file", O_CREAT | O_RDWR, 0600);
    struct pollfd r[1] = {{file, POLLIN | POLLOUT | POLLPRI, 0}};
    show(r, 1, -1);
    int64_t start = now_ns();
    show(NULL, 0, 50);
    HOLDS(now_ns() - start >= 50000000);
    SHOW(poll(BAD, 1, 0));
    SHOW(syscall(SYS_poll, f, -1L, 0));
    struct timespec bad = {0, 1000000000};
    SHOW(ppoll(f, 0, &bad, NULL));
}
