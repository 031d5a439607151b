// SPDX-License-Identifier: BSD-3-Clause
// exec by a thread that is not the first: the others end, the number of the process stays.
#include <dirent.h>
#include <pthread.h>
#include "children.h"

static volatile int first_tid;

static void* sleeper(void* unused) {
    (void)unused;
    for (;;)
        pause();
    return NULL;
}

static void* spinner(void* unused) {
    (void)unused;
    for (;;)
        __asm__ volatile("" ::: "memory");
    return NULL;
}

static void* executor(void* number) {
    wait_asleep(&first_tid);
    char* arguments[] = {(char*)"self", (char*)number, NULL};
    execve("/proc/self/exe", arguments, environ);
    perror("execve");
    return NULL;
}

static int threads(void) {
    int count = 0;
    DIR* folder = opendir("/proc/self/task");
    for (struct dirent* e; (e = readdir(folder));)
        count += e->d_name[0] != '.';
    closedir(folder);
    return count;
}

int main(int argc, char** argv) {
    if (argc > 1) {
        printf("same process %d, first thread %d, threads %d\n", getpid() == atoi(argv[1]),
               gettid() == getpid(), threads());
        pthread_t t;
        SHOW(pthread_create(&t, NULL, sleeper, NULL));
        printf("threads %d\n", threads());
        return 0;
    }
    static char number[16];
    sprintf(number, "%d", getpid());
    pthread_t t;
    for (int i = 0; i < 3; ++i)
        pthread_create(&t, NULL, i ? sleeper : spinner, NULL);
    first_tid = gettid();
    pthread_create(&t, NULL, executor, number);
    sleeper(NULL);
}
