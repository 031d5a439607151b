// SPDX-License-Identifier: BSD-3-Clause
// SEM_UNDO: given back at the end of a process, however it ends; kept over exec; shared by threads.
#include <process/children.h>
#include <pthread.h>
#include <sys/ipc.h>
#include <sys/sem.h>

static int set;

static int op(int number, int operation, int flags) {
    struct sembuf b = {(unsigned short)number, (short)operation, (short)flags};
    return semop(set, &b, 1);
}

static void* in_thread(void* unused) {
    (void)unused;
    op(0, -1, SEM_UNDO);
    return NULL;
}

static int child(const char* kind, char** argv) {
    if (!strcmp(kind, "again"))
        return 0;
    op(0, -3, SEM_UNDO);
    op(1, 2, SEM_UNDO);
    if (!strcmp(kind, "partly"))
        op(0, 1, SEM_UNDO);
    if (!strcmp(kind, "thread")) {
        pthread_t t;
        pthread_create(&t, NULL, in_thread, NULL);
        pthread_join(t, NULL);
        return semctl(set, 0, GETVAL);  // the end of a thread gives nothing back
    }
    if (!strcmp(kind, "set"))
        semctl(set, 0, SETVAL, 50);  // forgets what is to be given back
    if (!strcmp(kind, "kill"))
        raise(SIGKILL);
    if (!strcmp(kind, "exec")) {
        char* arguments[] = {argv[0], (char*)"again", argv[2], NULL};
        execve("/proc/self/exe", arguments, environ);
    }
    if (!strcmp(kind, "below"))
        semctl(set, 1, SETVAL, 0), op(1, 1, SEM_UNDO), op(1, -1, 0);
    return 0;
}

int main(int argc, char** argv) {
    setvbuf(stdout, NULL, _IONBF, 0);
    if (argc > 2) {
        set = atoi(argv[2]);
        return child(argv[1], argv);
    }
    set = semget(IPC_PRIVATE, 2, 0600);
    char number[16];
    sprintf(number, "%d", set);
    const char* kinds[] = {"exit", "partly", "thread", "set", "kill", "exec", "below"};
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; ++i) {
        semctl(set, 0, SETVAL, 10);
        semctl(set, 1, SETVAL, 10);
        pid_t pid = start_self(kinds[i], number);
        show_end(kinds[i], pid);
        printf(" %d %d, by the child %d\n", semctl(set, 0, GETVAL), semctl(set, 1, GETVAL),
               semctl(set, 0, GETPID) == pid);
    }
    // Its end lets others go on
    semctl(set, 0, SETVAL, 3);
    pid_t pid = start_self("exit", number);
    while (semctl(set, 0, GETPID) != pid)
        sleep_ms(1);
    SHOW(op(0, -3, 0));
    show_end("exit", pid);
    SHOW(semctl(set, 0, SETVAL, 0));
    SHOW(op(0, 32767, SEM_UNDO));
    SHOW(semctl(set, 0, SETVAL, 0));
    SHOW(op(0, 32767, SEM_UNDO));
    SHOW(op(0, -32767, 0));
    SHOW(op(0, 2, SEM_UNDO));  // more than can be given back
    SHOW(semctl(set, 0, IPC_RMID));
}
