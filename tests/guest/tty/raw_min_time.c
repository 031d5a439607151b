// SPDX-License-Identifier: BSD-3-Clause
// The four cases of VMIN and VTIME.
#include <pthread.h>
#include <terminal.h>

static void with(int min, int time) {
    struct termios t = plain;
    cfmakeraw(&t);
    t.c_cc[VMIN] = (cc_t)min;
    t.c_cc[VTIME] = (cc_t)time;
    tcsetattr(slave, TCSANOW, &t);
    printf("VMIN %d VTIME %d\n", min, time);
}

static void timed_read(const char* what, size_t room) {
    char text[100];
    int64_t before = now_ns();
    ssize_t n = read(slave, text, room);
    int64_t ms = (now_ns() - before) / 1000000;
    show_bytes(what, text, n);
    printf("  %s\n", ms < 150 ? "at once" : ms >= 190 ? "waited" : "between");
}

static void* type_slowly(void* unused) {
    (void)unused;
    for (const char* c = "abc"; *c; ++c) {
        sleep_ms(40);
        write(master, c, 1);
    }
    return NULL;
}

static int readable(void) {
    struct pollfd p = {slave, POLLIN, 0};
    poll(&p, 1, 50);
    return p.revents;
}

int main(void) {
    pthread_t typist;
    open_pair();
    with(0, 0);
    timed_read("empty", 10);
    type("xy");
    sleep_ms(50);
    timed_read("some", 10);
    with(3, 0);
    pthread_create(&typist, NULL, type_slowly, NULL);
    timed_read("three keys", 10);
    pthread_join(typist, NULL);
    type("pq");
    SHOW(readable());  // fewer than VMIN
    type("r");
    SHOW(readable());
    timed_read("small room", 2);
    show_read("the rest, without waiting", 10);
    with(0, 3);
    timed_read("nobody types", 10);
    type("k");
    SHOW(readable());
    timed_read("somebody has", 10);
    with(3, 3);
    type("z");
    timed_read("time between keys", 10);
    SHOW(readable());
    with(1, 0);
    type("\003\032\021\023\177\r\n");
    timed_read("no key means anything", 20);
}
