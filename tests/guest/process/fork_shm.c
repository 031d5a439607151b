// SPDX-License-Identifier: BSD-3-Clause
// fork with attached System V memory: the child has it attached, too, and its end detaches it.
#include <sys/ipc.h>
#include <sys/shm.h>
#include "children.h"

static int segment;

static int attachments(void) {
    struct shmid_ds ds;
    return shmctl(segment, IPC_STAT, &ds) == 0 ? (int)ds.shm_nattch : -1;
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    segment = shmget(IPC_PRIVATE, 8192, 0600);
    volatile int* memory = shmat(segment, NULL, 0);
    SHOW(attachments());
    pid_t pid = fork();
    if (pid == 0) {
        SHOW(attachments());
        memory[0] = 77;
        SHOW(shmdt((void*)memory));
        SHOW(attachments());
        _exit(0);
    }
    show_end("child", pid);
    SHOW(memory[0]);
    pid = fork();
    if (pid == 0)
        _exit(memory[0]);
    show_end("child", pid);
    SHOW(attachments());
    SHOW(shmctl(segment, IPC_RMID, NULL));
    pid = fork();
    if (pid == 0)
        _exit(memory[0] + 1);
    show_end("child", pid);
    SHOW(shmdt((void*)memory));
    SHOW(attachments());
}
