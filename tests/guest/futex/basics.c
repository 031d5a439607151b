// SPDX-License-Identifier: BSD-3-Clause
// futex(2): values, timeouts, wake counts, errors.
#include <linux/futex.h>
#include <pthread.h>
#include <report.h>

static uint32_t word, other;

static long futex(void* at, int op, uint32_t value, const struct timespec* t, void* second,
                  uint32_t third) {
    return syscall(SYS_futex, at, op, value, t, second, third);
}

static volatile int tids[3];

static void* waiter(void* number) {
    tids[(long)number] = gettid();
    futex(&word, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0);
    return NULL;
}

int main(void) {
    struct timespec soon = {0, 20000000}, bad = {0, 1000000000}, past = {1, 0};
    word = 1;
    SHOW(futex(&word, FUTEX_WAIT, 0, NULL, NULL, 0));
    SHOW(futex(&word, FUTEX_WAIT, 1, &soon, NULL, 0));
    SHOW(futex(&word, FUTEX_WAIT, 1, &bad, NULL, 0));
    SHOW(futex(&word, FUTEX_WAIT_BITSET, 1, &past, NULL, 1));
    SHOW(futex(&word, FUTEX_WAIT_BITSET, 1, &past, NULL, 0));
    SHOW(futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 1, &past, NULL, 1));
    SHOW(futex((char*)&word + 1, FUTEX_WAIT, 1, &soon, NULL, 0));
    SHOW(futex(BAD, FUTEX_WAIT, 1, &soon, NULL, 0));
    SHOW(futex(&word, FUTEX_WAIT, 1, BAD, NULL, 0));
    SHOW(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0));
    SHOW(futex(&word, 77, 1, NULL, NULL, 0));
    pthread_t t[3];
    for (long i = 0; i < 3; ++i)
        pthread_create(&t[i], NULL, waiter, (void*)i);
    for (int i = 0; i < 3; ++i)
        wait_asleep(&tids[i]);
    SHOW(futex(&word, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void*)1L, &other, 9));
    SHOW(futex(&word, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void*)1L, &other, 1));
    SHOW(futex(&word, FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0));
    SHOW(futex(&other, FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0));
    for (int i = 0; i < 3; ++i)
        pthread_join(t[i], NULL);
    SHOW(futex(&word, FUTEX_WAKE_OP_PRIVATE, 1, (void*)1L, &other,
               FUTEX_OP(FUTEX_OP_ADD, 5, FUTEX_OP_CMP_EQ, 0)));
    printf("%u\n", other);
}
