// SPDX-License-Identifier: BSD-3-Clause
// The master closes while slaves are blocked; the slave closes while the master is.
#include <pthread.h>
#include <terminal.h>

static volatile int tid;
static char text[100000];

static void* block_in_read(void* fd) {
    tid = (int)syscall(SYS_gettid);
    ssize_t n = read((int)(intptr_t)fd, text, 10);
    show_bytes("blocked read", text, n);
    return NULL;
}

static void* block_in_write(void* fd) {
    tid = (int)syscall(SYS_gettid);
    ssize_t n = 1;
    while (n > 0)
        n = write((int)(intptr_t)fd, text, sizeof text);
    show_bytes("blocked write", text, n);
    return NULL;
}

static pthread_t start(void* (*what)(void*), int fd) {
    pthread_t t;
    tid = 0;
    pthread_create(&t, NULL, what, (void*)(intptr_t)fd);
    wait_asleep(&tid);
    return t;
}

int main(void) {
    pthread_t t;
    open_pair();
    t = start(block_in_read, slave);
    close(master);
    pthread_join(t, NULL);
    close(slave);
    open_pair();
    t = start(block_in_write, slave);
    close(master);
    pthread_join(t, NULL);
    close(slave);
    open_pair();
    t = start(block_in_read, master);
    close(slave);
    pthread_join(t, NULL);
    // Blocked in poll
    slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    struct pollfd p = {slave, POLLIN, 0};
    if (fork() == 0) {
        close(slave);
        sleep_ms(100);
        _exit(0);
    }
    close(master);  // the child has it, too
    SHOW(poll(&p, 1, 20000));
    SHOW(p.revents & (POLLIN | POLLHUP));
    wait(NULL);
}
