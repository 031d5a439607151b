// SPDX-License-Identifier: BSD-3-Clause
// fork while other threads write: each child sees one moment of the memory, its own threads work,
// and neither side ever sees what the other writes later.
#include <pthread.h>
#include <semaphore.h>
#include <sys/mman.h>
#include "children.h"

enum { page = 4096, pages = 64 };
static volatile long* cells;  // one a page
static volatile int stop;

/// Raises all cells in turn, so that they never differ by more than one and never rise backwards.
static void* writer(void* unused) {
    (void)unused;
    for (long n = 1; !stop; ++n)
        for (int i = 0; i < pages; ++i)
            __atomic_store_n(&cells[i * page / 8], n, __ATOMIC_SEQ_CST);
    return NULL;
}

static int consistent(void) {
    const long first = cells[0], last = cells[(pages - 1) * page / 8];
    long before = first;
    for (int i = 0; i < pages; ++i) {
        const long now = cells[i * page / 8];
        if (now > before || now < first - 1)
            return 0;
        before = now;
    }
    return first - last <= 1;
}

static void* meet(void* semaphore) {
    sem_post(semaphore);
    return NULL;
}

static int child(void) {
    if (!consistent())
        return 1;
    const long kept = cells[0];
    sem_t here;
    sem_init(&here, 0, 0);  // a private futex: other processes have one at the same address
    pthread_t t;
    if (pthread_create(&t, NULL, meet, &here))
        return 2;
    sem_wait(&here);
    pthread_join(t, NULL);
    for (int i = 0; i < pages; ++i)
        cells[i * page / 8] = -1;
    for (int i = 0; i < pages; ++i)
        if (cells[i * page / 8] != -1)
            return 3;  // somebody else has written to our page
    return kept >= 0 ? 0 : 4;
}

int main(void) {
    cells = mmap(NULL, pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < pages; ++i)
        cells[i * page / 8] = 0;
    pthread_t writing;
    pthread_create(&writing, NULL, writer, NULL);
    int codes[5] = {0};
    for (int round = 0; round < 60; ++round) {
        pid_t pids[3];
        for (int i = 0; i < 3; ++i) {
            pids[i] = fork();
            if (pids[i] == 0)
                _exit(child());
        }
        for (int i = 0; i < 3; ++i) {
            int status = -1;
            waitpid(pids[i], &status, 0);
            ++codes[WIFEXITED(status) && WEXITSTATUS(status) < 5 ? WEXITSTATUS(status) : 4];
        }
        for (int i = 0; i < pages; ++i)
            if (cells[i * page / 8] == -1)
                puts("a child wrote to our page");
    }
    stop = 1;
    pthread_join(writing, NULL);
    printf("good %d bad %d %d %d %d\n", codes[0], codes[1], codes[2], codes[3], codes[4]);
}
