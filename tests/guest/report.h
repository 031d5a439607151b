// SPDX-License-Identifier: BSD-3-Clause
// What conformance programs share. Each shows one behaviour on standard output, the same on Linux
// and in the guest: no times, addresses, numbers of processes or other things that differ by run.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/// Shows an expression with its value, or with the error that it left: `close(9) = -1 EBADF`.
#define SHOW(expression)                                                 \
    do {                                                                 \
        errno = 0;                                                       \
        long show_value = (long)(expression);                            \
        if (show_value == -1 && errno)                                   \
            printf("%s = -1 %s\n", #expression, strerrorname_np(errno)); \
        else                                                             \
            printf("%s = %ld\n", #expression, show_value);               \
    } while (0)

/// Shows only whether an expression holds, for values that differ by run.
#define HOLDS(expression) printf("%s: %s\n", #expression, (expression) ? "yes" : "NO")

/// Shows success or the error, but not the value (descriptors, addresses, numbers).
#define WORKS(expression)                                            \
    do {                                                             \
        errno = 0;                                                   \
        long works_value = (long)(expression);                       \
        if (works_value == -1)                                       \
            printf("%s: %s\n", #expression, strerrorname_np(errno)); \
        else                                                         \
            printf("%s: works\n", #expression);                      \
    } while (0)

const char* strerrorname_np(int number);

/// Goes to a fresh folder of its own below the current one, which the driver removes.
static inline void own_folder(void) {
    char name[] = "guest-XXXXXX";
    if (!mkdtemp(name) || chdir(name) != 0) {
        perror("own_folder");
        exit(99);
    }
}

static inline void write_file(const char* name, const char* text) {
    int fd = open(name, O_CREAT | O_WRONLY | O_TRUNC, 0644);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text)) {
        perror(name);
        exit(99);
    }
    close(fd);
}

static inline int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static inline void sleep_ms(long ms) {
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&t, &t) != 0 && errno == EINTR)
        ;
}

/// State letter and count of voluntary switches of a thread (proc(5)).
static inline char thread_state(int tid, long* switches) {
    char name[64], line[128], state = '?';
    snprintf(name, sizeof name, "/proc/self/task/%d/status", tid);
    FILE* file = fopen(name, "r");
    *switches = -1;
    if (!file)
        return 'X';
    while (fgets(line, sizeof line, file)) {
        sscanf(line, "State: %c", &state);
        sscanf(line, "voluntary_ctxt_switches: %ld", switches);
    }
    fclose(file);
    return state;
}

/// Waits until another thread, which stores its number before it calls what blocks, sleeps there:
/// seen asleep many times without having run in between, so that a short sleep on the way there
/// (for a page of its code) does not count. A loaded machine only makes this slower.
static inline void wait_asleep(const volatile int* tid) {
    long before = -1, now = -1;
    for (int looks = 0; looks < 20; sleep_ms(5)) {
        int state = *tid ? thread_state(*tid, &now) : 'R';
        looks = state == 'S' && now == before ? looks + 1 : 0;
        before = now;
    }
}

/// Waits until another thread has made `*word` differ from `old`.
static inline void wait_change(const volatile int* word, int old) {
    while (*word == old)
        sleep_ms(1);
}

/// An address that is never mapped, for EFAULT; the compiler does not know it.
static inline void* never_mapped(void) {
    static void* volatile address = (void*)0x10;
    return address;
}
#define BAD never_mapped()
