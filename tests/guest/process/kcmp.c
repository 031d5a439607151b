// SPDX-License-Identifier: BSD-3-Clause
// kcmp: what processes and threads share.
#include <linux/kcmp.h>
#include <pthread.h>
#include "children.h"

static volatile pid_t thread_number;

static void* thread(void* unused) {
    (void)unused;
    thread_number = gettid();
    for (;;)
        pause();
    return NULL;
}

static long kcmp(pid_t a, pid_t b, int type, unsigned long x, unsigned long y) {
    long outcome = syscall(SYS_kcmp, a, b, type, x, y);
    return outcome == 2 ? 1 : outcome;  // which of two is the greater is a matter of luck
}

int main(int argc, char** argv) {
    if (argc > 1) {
        (void)argv;
        say(4, 'r');
        heard(3);
        return 0;
    }
    setvbuf(stdout, NULL, _IONBF, 0);
    int to, from_child;
    make_channel(&to, &from_child);
    pid_t pid = start_self("child", NULL), self = getpid();
    heard(from_child);
    pthread_t t;
    pthread_create(&t, NULL, thread, NULL);
    wait_change(&thread_number, 0);
    int same = dup(3), other = open("/dev/null", O_RDONLY), another = open("/dev/null", O_RDONLY);
    SHOW(kcmp(self, self, KCMP_FILE, 3, same));
    SHOW(kcmp(self, self, KCMP_FILE, other, another));
    SHOW(kcmp(self, pid, KCMP_FILE, 3, 3));
    SHOW(kcmp(self, pid, KCMP_FILE, 3, 4));
    SHOW(kcmp(self, self, KCMP_FILE, 3, 99));
    SHOW(kcmp(self, self, KCMP_FILE, 99, 3));
    const int types[] = {KCMP_VM, KCMP_FILES, KCMP_FS, KCMP_SIGHAND, KCMP_SYSVSEM};
    for (int i = 0; i < 5; ++i) {
        int type = types[i];
        SHOW(kcmp(self, self, type, 0, 0));
        SHOW(kcmp(self, thread_number, type, 0, 0));
        SHOW(kcmp(self, pid, type, 0, 0));
    }
    long before = syscall(SYS_kcmp, self, pid, KCMP_VM, 0, 0);
    long after = syscall(SYS_kcmp, pid, self, KCMP_VM, 0, 0);
    printf("one way round and the other: %d\n", before + after == 3);
    SHOW(kcmp(self, 999999, KCMP_VM, 0, 0));
    SHOW(kcmp(999999, self, KCMP_VM, 0, 0));
    SHOW(kcmp(self, self, 99, 0, 0));
    say(to, 'x');
    show_end("child", pid);
}
