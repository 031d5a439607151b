// SPDX-License-Identifier: BSD-3-Clause
// Threads that wait for semaphores: who is served when, counts of waiters, removal, signals.
#include <pthread.h>
#include <report.h>
#include <sys/ipc.h>
#include <sys/sem.h>

static int set;
static volatile int tid, order;

struct wish {
    struct sembuf parts[2];
    int count;
    int outcome, error, place;
    volatile int tid;
    pthread_t thread;
};

static void* waiter(void* argument) {
    struct wish* w = argument;
    w->tid = gettid();
    w->outcome = semop(set, w->parts, (size_t)w->count);
    w->error = errno;
    w->place = __atomic_add_fetch(&order, 1, __ATOMIC_SEQ_CST);
    return NULL;
}
static void start(struct wish* w) {
    pthread_create(&w->thread, NULL, waiter, w);
    wait_asleep(&w->tid);
}
static void end(const char* name, struct wish* w) {
    pthread_join(w->thread, NULL);
    printf("%s: %d %s\n", name, w->outcome, w->outcome ? strerrorname_np(w->error) : "");
}
static int op(int number, int operation) {
    struct sembuf b = {(unsigned short)number, (short)operation, 0};
    return semop(set, &b, 1);
}
static void on_signal(int s) {
    (void)s;
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    set = semget(IPC_PRIVATE, 2, 0600);
    struct wish one = {.parts = {{0, -1, 0}}, .count = 1},
                two = {.parts = {{0, -2, 0}}, .count = 1};
    start(&one);
    start(&two);
    SHOW(semctl(set, 0, GETNCNT));
    SHOW(semctl(set, 0, GETZCNT));
    SHOW(op(0, 1));
    end("one", &one);
    SHOW(semctl(set, 0, GETNCNT));
    SHOW(op(0, 1));
    SHOW(semctl(set, 0, GETVAL));
    SHOW(op(0, 1));
    end("two", &two);
    SHOW(semctl(set, 0, GETVAL));

    SHOW(op(1, 1));
    struct wish zero = {.parts = {{1, 0, 0}}, .count = 1};
    start(&zero);
    SHOW(semctl(set, 1, GETZCNT));
    SHOW(op(1, -1));
    end("zero", &zero);

    // Both or nothing: takes 0 only when it can take 1, too
    struct wish both = {.parts = {{0, -1, 0}, {1, -1, 0}}, .count = 2};
    start(&both);
    SHOW(op(0, 1));
    SHOW(semctl(set, 0, GETVAL));
    SHOW(semctl(set, 0, GETNCNT));
    SHOW(semctl(set, 1, GETNCNT));
    SHOW(op(1, 1));
    end("both", &both);
    SHOW(semctl(set, 0, GETVAL));

    // Waits, then is refused by its second part
    struct wish refused = {.parts = {{0, -1, 0}, {1, -1, IPC_NOWAIT}}, .count = 2};
    start(&refused);
    SHOW(op(0, 1));
    end("refused", &refused);
    SHOW(semctl(set, 0, GETVAL));
    SHOW(semctl(set, 0, SETVAL, 0));

    struct wish by_value = {.parts = {{0, -3, 0}}, .count = 1};
    start(&by_value);
    SHOW(semctl(set, 0, SETVAL, 4));
    end("SETVAL", &by_value);
    SHOW(semctl(set, 0, GETVAL));

    signal(SIGUSR1, on_signal);  // with SA_RESTART: never restarted all the same
    struct wish interrupted = {.parts = {{1, -1, 0}}, .count = 1};
    start(&interrupted);
    pthread_kill(interrupted.thread, SIGUSR1);
    end("signal", &interrupted);
    SHOW(semctl(set, 1, GETNCNT));

    // The first that waits is served first, whatever others want
    struct wish queue[4];
    order = 0;
    for (int i = 0; i < 4; ++i) {
        queue[i] = (struct wish){.parts = {{1, -1, 0}}, .count = 1};
        start(&queue[i]);
    }
    for (int i = 0; i < 4; ++i) {
        op(1, 1);
        wait_change(&order, i);
    }
    for (int i = 0; i < 4; ++i) {
        end("queue", &queue[i]);
        printf(" place %d\n", queue[i].place);
    }

    struct wish removed = {.parts = {{1, -1, 0}}, .count = 1};
    start(&removed);
    SHOW(semctl(set, 0, IPC_RMID));
    end("removed", &removed);
}
