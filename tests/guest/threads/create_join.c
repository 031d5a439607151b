// SPDX-License-Identifier: BSD-3-Clause
// Many threads come and go; values come back.
#include <pthread.h>
#include <report.h>

static void* twice(void* n) {
    return (void*)((long)n * 2);
}

int main(void) {
    long sum = 0;
    for (int round = 0; round < 50; ++round) {
        pthread_t t[20];
        for (long i = 0; i < 20; ++i)
            pthread_create(&t[i], NULL, twice, (void*)i);
        for (int i = 0; i < 20; ++i) {
            void* value;
            pthread_join(t[i], &value);
            sum += (long)value;
        }
    }
    printf("sum %ld\n", sum);
}
