// SPDX-License-Identifier: BSD-3-Clause
// System V semaphores without waiting: semget, semop, semctl, several operations at once, limits.
#include <report.h>
#include <sys/ipc.h>
#include <sys/sem.h>

union argument {
    int val;
    void* buf;
    unsigned short* array;
};

static int set;

static int op(int number, int operation, int flags) {
    struct sembuf b = {(unsigned short)number, (short)operation, (short)flags};
    return semop(set, &b, 1);
}
static void values(void) {
    unsigned short v[3];
    SHOW(semctl(set, 0, GETALL, v));
    printf(" %d %d %d\n", v[0], v[1], v[2]);
}

int main(void) {
    key_t key = 0x5f000000 + (getpid() & 0xffff);
    set = semget(key, 3, IPC_CREAT | IPC_EXCL | 0640);
    HOLDS(set >= 0);
    SHOW(semget(key, 3, IPC_CREAT | IPC_EXCL | 0600));
    HOLDS(semget(key, 2, 0) == set);
    SHOW(semget(key, 4, 0));
    SHOW(semget(key + 0x100000, 1, 0));
    SHOW(semget(IPC_PRIVATE, 0, 0600));
    SHOW(semget(IPC_PRIVATE, -1, 0600));
    SHOW(semget(IPC_PRIVATE, 32001, 0600));
    values();
    SHOW(op(0, 5, 0));
    SHOW(op(0, -2, 0));
    SHOW(op(1, 0, 0));
    SHOW(op(0, 0, IPC_NOWAIT));
    SHOW(op(1, -1, IPC_NOWAIT));
    SHOW(op(3, 1, 0));
    SHOW(op(1, 32767, 0));
    SHOW(op(1, 1, 0));
    values();
    struct sembuf many[3] = {{0, -3, 0}, {2, 4, 0}, {1, 1, IPC_NOWAIT}};
    SHOW(semop(set, many, 3));  // the last one is out of range: nothing happens
    values();
    many[2] = (struct sembuf){1, -7, 0};
    SHOW(semop(set, many, 3));
    values();
    struct sembuf twice[2] = {{0, 1, 0}, {0, -1, 0}};
    SHOW(semop(set, twice, 2));
    SHOW(semctl(set, 0, GETPID) == getpid());
    SHOW(semctl(set, 2, GETVAL));
    SHOW(semctl(set, 0, GETNCNT));
    SHOW(semctl(set, 0, GETZCNT));
    union argument a = {.val = 9};
    SHOW(semctl(set, 1, SETVAL, a));
    a.val = -1;
    SHOW(semctl(set, 1, SETVAL, a));
    a.val = 32768;
    SHOW(semctl(set, 1, SETVAL, a));
    a.val = 1;
    SHOW(semctl(set, 3, SETVAL, a));
    SHOW(semctl(set, 3, GETVAL));
    SHOW(semctl(set, -1, GETVAL));
    unsigned short all[3] = {1, 2, 3};
    a.array = all;
    SHOW(semctl(set, 0, SETALL, a));
    values();
    all[1] = 40000;
    SHOW(semctl(set, 0, SETALL, a));
    values();
    a.buf = BAD;
    SHOW(semctl(set, 0, SETALL, a));
    SHOW(semctl(set, 0, GETALL, a));

    struct semid_ds ds;
    a.buf = &ds;
    SHOW(semctl(set, 0, IPC_STAT, a));
    printf("mode %o count %ld key %d times %d %d owner %d\n", ds.sem_perm.mode, (long)ds.sem_nsems,
           ds.sem_perm.__key == key, ds.sem_otime != 0, ds.sem_ctime != 0,
           ds.sem_perm.uid == geteuid());
    ds.sem_perm.mode = 0600;
    SHOW(semctl(set, 0, IPC_SET, a));
    SHOW(semctl(set, 0, IPC_STAT, a));
    printf("mode %o\n", ds.sem_perm.mode);
    a.buf = BAD;
    SHOW(semctl(set, 0, IPC_STAT, a));
    SHOW(semctl(set, 0, IPC_SET, a));
    struct seminfo info;
    a.buf = &info;
    HOLDS(semctl(0, 0, IPC_INFO, a) >= 0);
    printf("%d %d %d %d %d %d %d %d %d %d\n", info.semmap, info.semmni, info.semmns, info.semmnu,
           info.semmsl, info.semopm, info.semume, info.semusz, info.semvmx, info.semaem);
    HOLDS(semctl(0, 0, SEM_INFO, a) >= 0);
    HOLDS(info.semusz >= 1 && info.semaem >= 3);
    SHOW(semctl(set, 0, 99, a));
    SHOW(semctl(-1, 0, GETVAL));
    SHOW(semctl(0x7ffffff0, 0, GETVAL));

    SHOW(semop(set, many, 0));
    SHOW(semop(set, many, 501));
    SHOW(semop(-1, many, 1));
    SHOW(semop(0x7ffffff0, many, 1));
    SHOW(semop(set, BAD, 1));
    struct timespec time = {0, 1000000};
    struct sembuf wait = {0, -100, 0};
    SHOW(semtimedop(set, &wait, 1, &time));
    time.tv_nsec = 1000000000;
    SHOW(semtimedop(set, &wait, 1, &time));
    time = (struct timespec){-1, 0};
    SHOW(semtimedop(set, &wait, 1, &time));
    SHOW(semtimedop(set, &wait, 1, BAD));
    SHOW(semctl(set, 0, IPC_RMID));
    SHOW(semctl(set, 0, IPC_RMID));
    SHOW(op(0, 1, 0));
    SHOW(semget(key, 1, 0));
}
