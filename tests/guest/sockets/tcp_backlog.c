// SPDX-License-Identifier: BSD-3-Clause
// listen(2) and accept(2): the queue, its end, threads that wait.
#include <tcp.h>

static int l;
static void* waits(void* result) {
    int s = accept(l, NULL, NULL);
    *(int*)result = s < 0 ? errno : 0;
    return NULL;
}

int main(void) {
    l = listener(2);
    int s[8], done = 0;
    for (int i = 0; i < 3; ++i) {
        s[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        connect_to(s[i], port_of(l));
        struct pollfd p = {s[i], POLLOUT, 0};
        done += poll(&p, 1, 200) == 1 && p.revents == POLLOUT;
    }
    SHOW(done);  // backlog + 1
    int a = accept(l, NULL, NULL);
    HOLDS(a >= 0);
    struct sockaddr_in name;
    socklen_t n = sizeof name;
    a = accept4(l, (void*)&name, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
    HOLDS(a >= 0 && n == sizeof name && ntohs(name.sin_port) == port_of(s[1]));
    HOLDS(fcntl(a, F_GETFL) & O_NONBLOCK);
    HOLDS(fcntl(a, F_GETFD) & FD_CLOEXEC);
    SHOW(accept4(l, NULL, NULL, 1));
    SHOW(listen(l, 5));
    a = accept(l, NULL, NULL);
    HOLDS(a >= 0);
    puts("-- shutdown wakes those who wait");
    pthread_t t;
    int result = -1;
    pthread_create(&t, NULL, waits, &result);
    usleep(30000);
    SHOW(shutdown(l, SHUT_RD));
    pthread_join(t, NULL);
    puts(strerrorname_np(result));
    SHOW(state_of(l));
    SHOW(listen(l, 5));
    SHOW(state_of(l));
    puts("-- closing resets what was not accepted");
    int c = tcp_socket();
    char b[4];
    SHOW(connect_to(c, port_of(l)));
    close(l);
    SHOW(recv(c, b, 1, 0));
    return 0;
}
