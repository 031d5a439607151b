/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Threads that create, join, detach and end threads, with thread-local data and destructors; the
 * count of living threads returns to what it was, and so does the memory in use.
 */
#include "stress.h"

enum { PARENTS = 4 };
static pthread_key_t key;
static atomic_long alive, created, destroyed;
static _Thread_local uint64_t local = 0x600d;

static void destroy(void* value) {
    REQUIRE(*(uint64_t*)value == 0xc0ffee);
    free(value);
    atomic_fetch_add(&destroyed, 1);
}

static void* child(void* argument) {
    REQUIRE(local == 0x600d);
    local = (uint64_t)(intptr_t)argument;
    uint64_t* value = malloc(sizeof *value);
    *value = 0xc0ffee;
    pthread_setspecific(key, value);
    if (local % 3 == 0)
        sched_yield();
    REQUIRE(local == (uint64_t)(intptr_t)argument);
    atomic_fetch_sub(&alive, 1);
    return argument;
}

static void* parent(void* argument) {
    uint32_t random = (uint32_t)(intptr_t)argument * 15485863;
    while (running()) {
        pthread_t threads[8];
        int count = 1 + next_random(&random) % 8;
        for (int i = 0; i < count; i++) {
            atomic_fetch_add(&alive, 1);
            atomic_fetch_add(&created, 1);
            threads[i] = start_thread(child, (void*)(intptr_t)(i + 1));
        }
        for (int i = 0; i < count; i++) {
            void* returned = NULL;
            if (i % 4 == 3) {
                REQUIRE(pthread_detach(threads[i]) == 0);
            } else {
                REQUIRE(pthread_join(threads[i], &returned) == 0);
                REQUIRE(returned == (void*)(intptr_t)(i + 1));
            }
        }
    }
    return NULL;
}

static bool enough(void) {
    return atomic_load(&created) > 20;
}

int main(int argc, char** argv) {
    REQUIRE(pthread_key_create(&key, destroy) == 0);
    run_threads(argc, argv, PARENTS, parent, enough);
    for (int i = 0; i < 60000 && atomic_load(&destroyed) != atomic_load(&created); i++)
        usleep(1000);
    REQUIRE(atomic_load(&alive) == 0 && atomic_load(&created) == atomic_load(&destroyed));
    return finish("thread_churn");
}
