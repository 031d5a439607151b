// SPDX-License-Identifier: BSD-3-Clause
// Writes of at most PIPE_BUF bytes are never mixed.
#include <limits.h>
#include <pthread.h>
#include <report.h>

static int p[2];

static void* writer(void* which) {
    char block[1000];
    memset(block, (int)(long)which, sizeof block);
    for (int i = 0; i < 300; ++i)
        write(p[1], block, sizeof block);
    return NULL;
}

int main(void) {
    pthread_t t[3];
    pipe(p);
    for (long i = 0; i < 3; ++i)
        pthread_create(&t[i], NULL, writer, (void*)('a' + i));
    int mixed = 0, count[3] = {0};
    for (int i = 0; i < 900; ++i) {
        char block[1000];
        size_t have = 0;
        while (have < sizeof block)
            have += (size_t)read(p[0], block + have, sizeof block - have);
        for (size_t k = 1; k < sizeof block; ++k)
            mixed += block[k] != block[0];
        ++count[block[0] - 'a'];
    }
    printf("mixed %d counts %d %d %d\n", mixed, count[0], count[1], count[2]);
    for (int i = 0; i < 3; ++i)
        pthread_join(t[i], NULL);
}
