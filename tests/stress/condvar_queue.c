/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Producers and consumers on a bounded queue under pthread mutex and condition variables: nothing
 * may be lost, doubled or seen while the lock is held by somebody else.
 */
#include "stress.h"

enum { ROOM = 16, PRODUCERS = 3, THREADS = 6 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_full = PTHREAD_COND_INITIALIZER, not_empty = PTHREAD_COND_INITIALIZER;
static uint64_t queue[ROOM], head, tail, put_sum, taken_sum;
static int inside, producers_left = PRODUCERS;

static void entered(void) {
    REQUIRE(++inside == 1);
}
static void leaving(void) {
    REQUIRE(--inside == 0);
}
static void wait_for(pthread_cond_t* condition) {
    leaving();
    REQUIRE(pthread_cond_wait(condition, &lock) == 0);
    entered();
}

static void* worker(void* argument) {
    int me = (int)(intptr_t)argument;
    bool producer = me <= PRODUCERS;
    uint64_t value = (uint64_t)me << 32;

    pthread_mutex_lock(&lock);
    entered();
    for (;;) {
        if (producer) {
            while (head - tail == ROOM)
                wait_for(&not_full);
            if (!running())
                break;
            queue[head++ % ROOM] = ++value;
            put_sum += value;
            pthread_cond_signal(&not_empty);
        } else {
            while (head == tail && producers_left)
                wait_for(&not_empty);
            if (head == tail)
                break;
            taken_sum += queue[tail++ % ROOM];
            pthread_cond_broadcast(&not_full);
        }
        leaving();
        pthread_mutex_unlock(&lock);
        pthread_mutex_lock(&lock);
        entered();
    }
    if (producer && --producers_left == 0)
        pthread_cond_broadcast(&not_empty);
    leaving();
    pthread_mutex_unlock(&lock);
    return NULL;
}

static bool enough(void) {
    pthread_mutex_lock(&lock);
    bool done = head > 100;
    pthread_mutex_unlock(&lock);
    return done;
}

int main(int argc, char** argv) {
    run_threads(argc, argv, THREADS, worker, enough);
    REQUIRE(head == tail && put_sum == taken_sum);
    return finish("condvar_queue");
}
