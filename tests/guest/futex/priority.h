// SPDX-License-Identifier: BSD-3-Clause
// What the programs about futexes with priority inheritance share.
#pragma once

#include <linux/futex.h>
#include <pthread.h>
#include <report.h>
#include <sched.h>

static inline long futex(volatile uint32_t* word, int operation, uint32_t value, const void* fourth,
                         volatile uint32_t* word2, uint32_t value3) {
    return syscall(SYS_futex, word, operation, value, fourth, word2, value3);
}
static inline long lock(volatile uint32_t* word) {
    return futex(word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0);
}
static inline long unlock(volatile uint32_t* word) {
    return futex(word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0);
}

/// The word, with the calling thread's number as `me` and the bits by name.
static inline void show_word(const char* what, uint32_t word) {
    uint32_t owner = word & FUTEX_TID_MASK;
    printf("%s: %s%s%s\n", what,
           owner == 0                    ? "free"
           : owner == (uint32_t)gettid() ? "mine"
                                         : "another's",
           word & FUTEX_WAITERS ? " waiters" : "", word & FUTEX_OWNER_DIED ? " died" : "");
}

static inline void set_fifo(int tid, int priority) {
    struct sched_param p = {priority};
    if (sched_setscheduler(tid, priority ? SCHED_FIFO : SCHED_OTHER, &p) != 0) {
        perror("sched_setscheduler");
        exit(99);
    }
}

/// The priority with which a thread competes, field 18 of its stat (proc(5)): -1 - priority for
/// real-time threads, 20 + nice for others.
static inline int effective(int tid) {
    char name[64], line[1024];
    snprintf(name, sizeof name, "/proc/self/task/%d/stat", tid);
    FILE* file = fopen(name, "r");
    if (!file || !fgets(line, sizeof line, file))
        return 999;
    fclose(file);
    char* at = strrchr(line, ')') + 1;
    for (int field = 2; field < 17; ++field)
        at = strchr(at + 1, ' ');
    return atoi(at);
}

static inline void* in_thread(void* (*body)(void*), void* argument) {
    pthread_t t;
    void* value;
    pthread_create(&t, NULL, body, argument);
    pthread_join(t, &value);
    return value;
}
