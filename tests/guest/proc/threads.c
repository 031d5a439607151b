// SPDX-License-Identifier: BSD-3-Clause
// /proc/PID/task: each thread's name, state and system call; counts of switches.
#include <dirent.h>
#include <pthread.h>
#include "proc.h"

static int ends[2];
static pid_t tids[3];

static void* wait_for_end(void* number) {
    const long n = (long)number;
    char name[16], c;
    snprintf(name, sizeof name, "waiter %ld", n);
    pthread_setname_np(pthread_self(), name);
    __atomic_store_n(&tids[n], gettid(), __ATOMIC_RELEASE);
    read(ends[0], &c, 1);
    return NULL;
}

static char state_of(pid_t tid) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
    const char* at = strrchr(text_of(path), ')');
    return at ? at[2] : '?';
}

int main(void) {
    pipe(ends);
    pthread_t threads[3];
    for (long i = 0; i < 3; ++i)
        pthread_create(&threads[i], NULL, wait_for_end, (void*)i);
    for (int i = 0; i < 3; ++i)
        while (!__atomic_load_n(&tids[i], __ATOMIC_ACQUIRE) || state_of(tids[i]) != 'S')
            usleep(1000);
    for (int i = 0; i < 3; ++i) {
        char path[64], entered[80];
        snprintf(path, sizeof path, "/proc/self/task/%d/comm", tids[i]);
        printf("%s", text_of(path));
        snprintf(path, sizeof path, "/proc/self/task/%d/syscall", tids[i]);
        snprintf(entered, sizeof entered, "%d 0x%x 0x", SYS_read, ends[0]);
        HOLDS(strncmp(text_of(path), entered, strlen(entered)) == 0);
        snprintf(path, sizeof path, "/proc/%d/status", tids[i]);
        HOLDS(value_of(path, "Tgid:\t") == getpid());
    }
    printf("Threads %ld, in stat %ld\n", value_of("/proc/self/status", "Threads:\t"),
           stat_field("/proc/self/stat", 20));
    int listed = 0;
    DIR* folder = opendir("/proc/self/task");
    for (struct dirent* e; (e = readdir(folder));)
        listed += e->d_name[0] != '.';
    closedir(folder);
    printf("listed %d\n", listed);
    printf("own state %c\n", state_of(gettid()));

    const long voluntary = value_of("/proc/thread-self/status", "voluntary_ctxt_switches:\t");
    const long all = value_of("/proc/stat", "ctxt ");
    for (int i = 0; i < 20; ++i)
        usleep(1000);
    HOLDS(value_of("/proc/thread-self/status", "voluntary_ctxt_switches:\t") >= voluntary + 20);
    HOLDS(value_of("/proc/stat", "ctxt ") >= all + 20);
    SHOW(access("/proc/self/task/999999999", F_OK));
    write(ends[1], "abc", 3);
    for (int i = 0; i < 3; ++i)
        pthread_join(threads[i], NULL);
    return 0;
}
