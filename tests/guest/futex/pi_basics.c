// SPDX-License-Identifier: BSD-3-Clause
// FUTEX_LOCK_PI and its like by hand: the word, who may do what, wrong arguments.
#include "priority.h"

static volatile uint32_t word, other;
static volatile int tid;
static int64_t began;

static void* try_lock(void* unused) {
    (void)unused;
    SHOW(futex(&word, FUTEX_TRYLOCK_PI_PRIVATE, 0, NULL, NULL, 0));
    SHOW(unlock(&word));
    show_word("tried", word);
    return NULL;
}

static void* lock_late(void* unused) {
    (void)unused;
    struct timespec when;
    clock_gettime(CLOCK_REALTIME, &when);
    when.tv_nsec += 50000000;
    if (when.tv_nsec >= 1000000000)
        when.tv_nsec -= 1000000000, ++when.tv_sec;
    began = now_ns();
    SHOW(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, &when, NULL, 0));
    HOLDS(now_ns() - began >= 50000000);
    SHOW(futex(&word, FUTEX_LOCK_PI2_PRIVATE | FUTEX_CLOCK_REALTIME, 0, &when, NULL, 0));
    clock_gettime(CLOCK_MONOTONIC, &when);
    SHOW(futex(&word, FUTEX_LOCK_PI2_PRIVATE, 0, &when, NULL, 0));
    when.tv_nsec = 1000000000;
    SHOW(futex(&word, FUTEX_LOCK_PI2_PRIVATE, 0, &when, NULL, 0));
    when.tv_sec = -1, when.tv_nsec = 0;
    SHOW(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, &when, NULL, 0));
    SHOW(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, BAD, NULL, 0));
    return NULL;
}

static void* lock_and_unlock(void* unused) {
    (void)unused;
    tid = gettid();
    SHOW(lock(&word));
    show_word("got it", word);
    SHOW(unlock(&word));
    return NULL;
}

int main(void) {
    SHOW(lock(&word));
    show_word("locked", word);
    SHOW(lock(&word));
    SHOW(futex(&word, FUTEX_TRYLOCK_PI_PRIVATE, 0, NULL, NULL, 0));
    in_thread(try_lock, NULL);
    in_thread(lock_late, NULL);
    SHOW(unlock(&word));
    show_word("unlocked", word);
    SHOW(unlock(&word));
    SHOW(futex(&word, FUTEX_TRYLOCK_PI_PRIVATE, 0, NULL, NULL, 0));

    pthread_t t;
    pthread_create(&t, NULL, lock_and_unlock, NULL);
    wait_asleep(&tid);
    show_word("waited for", word);
    long handed_over = unlock(&word);
    pthread_join(t, NULL);
    printf("handed over %ld\n", handed_over);
    show_word("at last", word);

    // A number that is nobody's, one that does not fit the kernel's view.
    word = 0x3ffffff0;
    SHOW(lock(&word));
    SHOW(futex(&word, FUTEX_TRYLOCK_PI_PRIVATE, 0, NULL, NULL, 0));
    SHOW(unlock(&word));
    word = FUTEX_OWNER_DIED;
    SHOW(lock(&word));
    show_word("owner died", word);
    SHOW(unlock(&word));
    show_word("unlocked", word);

    SHOW(lock((uint32_t*)((char*)&word + 1)));
    SHOW(futex(BAD, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
    SHOW(lock(BAD + 14));
    SHOW(unlock(BAD));
    SHOW(futex(BAD, FUTEX_TRYLOCK_PI_PRIVATE, 0, NULL, NULL, 0));
    SHOW(futex(&word, FUTEX_LOCK_PI_PRIVATE | FUTEX_CLOCK_REALTIME, 0, NULL, NULL, 0));
    SHOW(futex(&word, FUTEX_WAKE_PRIVATE | FUTEX_CLOCK_REALTIME, 0, NULL, NULL, 0));
    SHOW(futex(&word, FUTEX_WAIT_PRIVATE | FUTEX_CLOCK_REALTIME, 1, NULL, NULL, 0));
    SHOW(futex(&word, 99, 0, NULL, NULL, 0));
    SHOW(futex(&word, FUTEX_CMP_REQUEUE_PI_PRIVATE, 2, (void*)1, &other, word));
    SHOW(futex(&word, FUTEX_CMP_REQUEUE_PI_PRIVATE, 1, (void*)1, &word, word));
    SHOW(futex(&word, FUTEX_CMP_REQUEUE_PI_PRIVATE, 1, (void*)-1L, &other, word));
    SHOW(futex(&word, FUTEX_CMP_REQUEUE_PI_PRIVATE, 1, (void*)1, &other, word + 1));
    SHOW(futex(&word, FUTEX_CMP_REQUEUE_PI_PRIVATE, 1, (void*)1, &other, word));
    SHOW(futex(&word, FUTEX_WAIT_REQUEUE_PI_PRIVATE, word, NULL, &word, 0));
    SHOW(futex(&word, FUTEX_WAIT_REQUEUE_PI_PRIVATE, word + 1, NULL, &other, 0));
    SHOW(futex(BAD, FUTEX_WAIT_REQUEUE_PI_PRIVATE, 0, NULL, &other, 0));
    SHOW(futex(&word, FUTEX_WAIT_REQUEUE_PI, 0, NULL, BAD, 0));
    SHOW(futex(&word, FUTEX_WAIT_REQUEUE_PI_PRIVATE, 0, BAD, &other, 0));
}
