// SPDX-License-Identifier: BSD-3-Clause
// /proc/self/fdinfo of the descriptor through which it is read, and of one that another thread
// waits in.
#include <pthread.h>
#include <report.h>

static volatile int reader_tid;

static void* reader(void* argument) {
    char byte;
    reader_tid = gettid();
    return (void*)read(*(int*)argument, &byte, 1);
}

static void show(const char* path) {
    char text[512];
    int fd = open(path, O_RDONLY);
    ssize_t n = read(fd, text, sizeof text - 1);
    text[n > 0 ? n : 0] = 0;
    printf("%s\n", strncmp(text, "pos:\t0\nflags:\t0", 15) == 0 ? "as expected" : text);
    close(fd);
}

int main(void) {
    char path[64];
    int next = dup(0);
    close(next);  // the number that open() will give
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", next);
    int fd = open(path, O_RDONLY);
    HOLDS(fd < 0);  // not there before it is open
    int file = open("/proc/self/stat", O_RDONLY);
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", file);
    int through = open(path, O_RDONLY);
    HOLDS(dup2(through, file) == file);  // now the descriptor is about itself
    char text[512];
    ssize_t n = read(file, text, sizeof text - 1);
    HOLDS(n > 0 && strncmp(text, "pos:\t0\n", 7) == 0);

    int ends[2];
    pthread_t thread;
    SHOW(pipe(ends));
    pthread_create(&thread, NULL, reader, &ends[0]);
    wait_asleep(&reader_tid);
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", ends[0]);
    show(path);
    SHOW(write(ends[1], "x", 1));
    pthread_join(thread, NULL);
}
