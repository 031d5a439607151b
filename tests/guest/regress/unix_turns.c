// SPDX-License-Identifier: BSD-3-Clause
// Two threads on one CPU hand a byte to and fro over AF_UNIX sockets. (A receiver that found
// nothing once looked again at how many messages there are before it slept; with one that came in
// between it waited for a second one.)
#include <pthread.h>
#include <report.h>
#include <sched.h>
#include <sys/socket.h>

enum { TURNS = 3000 };
static int ends[2];
static int look_first;

static void stay_on_first_cpu(void) {
    cpu_set_t first;
    CPU_ZERO(&first);
    CPU_SET(0, &first);
    sched_setaffinity(0, sizeof first, &first);
}

static int receive(int fd) {
    char c;
    if (look_first && recv(fd, &c, 1, MSG_PEEK) != 1)
        return 0;
    return recv(fd, &c, 1, 0) == 1;
}

static void* echo(void* turns) {
    stay_on_first_cpu();
    for (int i = 0; i < TURNS && receive(ends[1]) && send(ends[1], "x", 1, 0) == 1; ++i)
        ++*(int*)turns;
    return NULL;
}

static void play(const char* name, int type) {
    int here = 0, there = 0;
    pthread_t other;
    if (socketpair(AF_UNIX, type, 0, ends) != 0)
        return;
    pthread_create(&other, NULL, echo, &there);
    while (here < TURNS && send(ends[0], "x", 1, 0) == 1 && receive(ends[0]))
        ++here;
    pthread_join(other, NULL);
    printf("%s%s: %d and %d turns\n", name, look_first ? ", looking first" : "", here, there);
    close(ends[0]);
    close(ends[1]);
}

int main(void) {
    stay_on_first_cpu();
    for (look_first = 0; look_first < 2; ++look_first) {
        play("stream", SOCK_STREAM);
        play("datagram", SOCK_DGRAM);
        play("seqpacket", SOCK_SEQPACKET);
    }
}
