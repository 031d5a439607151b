// SPDX-License-Identifier: BSD-3-Clause
// The owner of a lock ends without a robust list: the waiter gets the lock, and the word tells.
#include "priority.h"

static volatile uint32_t word;
static volatile int tid[3], go;

static void* owner(void* unused) {
    (void)unused;
    lock(&word);
    tid[0] = gettid();
    while (!go)
        sleep_ms(1);
    return NULL;
}

static void* waiter(void* argument) {
    long i = (long)argument;
    set_fifo(0, 10 * (int)i);
    tid[i] = gettid();
    long outcome = lock(&word);
    printf("%ld: %ld\n", i, outcome);
    if (outcome == 0) {
        show_word("taken over", word);
        unlock(&word);
    }
    return NULL;
}

int main(void) {
    pthread_t t[3];
    pthread_create(&t[0], NULL, owner, NULL);
    wait_change(&tid[0], 0);
    for (long i = 1; i < 3; ++i) {
        pthread_create(&t[i], NULL, waiter, (void*)i);
        wait_asleep(&tid[i]);
    }
    go = 1;
    for (int i = 0; i < 3; ++i)
        pthread_join(t[i], NULL);
    show_word("at last", word);
    // An owner that has ended before anybody waited: nobody can tell.
    go = 1;
    in_thread(owner, NULL);
    SHOW(lock(&word));
}
