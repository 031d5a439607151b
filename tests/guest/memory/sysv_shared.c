// SPDX-License-Identifier: BSD-3-Clause
// System V shared memory.
#include <report.h>
#include <sys/ipc.h>
#include <sys/shm.h>

int main(void) {
    int id = shmget(IPC_PRIVATE, 10000, IPC_CREAT | 0600);
    HOLDS(id >= 0);
    char* a = shmat(id, NULL, 0);
    char* b = shmat(id, NULL, SHM_RDONLY);
    strcpy(a, "seen");
    puts(b);
    struct shmid_ds d;
    SHOW(shmctl(id, IPC_STAT, &d));
    printf("size %ld attached %ld mode %o\n", (long)d.shm_segsz, (long)d.shm_nattch,
           d.shm_perm.mode);
    SHOW(shmctl(id, IPC_RMID, NULL));
    SHOW(shmctl(id, IPC_STAT, &d));
    printf("mode %o\n", d.shm_perm.mode);
    SHOW(shmdt(b));
    SHOW(shmdt(b));
    puts(a);
    SHOW(shmdt(a));
    SHOW(shmctl(id, IPC_STAT, &d));
    SHOW(shmget(IPC_PRIVATE, 0, IPC_CREAT));
    key_t key = 0x5eed1234;
    int named = shmget(key, 100, IPC_CREAT | IPC_EXCL | 0600);
    HOLDS(named >= 0);
    SHOW(shmget(key, 100, IPC_CREAT | IPC_EXCL));
    HOLDS(shmget(key, 50, 0) == named);
    SHOW(shmget(key, 5000, 0));
    WORKS((long)shmat(named, (void*)0x1001, 0));
    SHOW(shmctl(named, IPC_RMID, NULL));
    SHOW(shmget(key, 100, 0));
    WORKS((long)shmat(999999, NULL, 0));
    SHOW(shmctl(-1, IPC_STAT, &d));
}
