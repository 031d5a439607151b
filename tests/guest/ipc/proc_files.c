// SPDX-License-Identifier: BSD-3-Clause
// /proc/sysvipc: header lines, and the lines of objects as far as they do not differ by run.
#include <report.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

static void show(const char* name, int id, int columns) {
    char line[400];
    FILE* file = fopen(name, "r");
    if (!file || !fgets(line, sizeof line, file)) {
        printf("%s is missing\n", name);
        return;
    }
    printf("%s", line);
    while (fgets(line, sizeof line, file)) {
        int key, number, mode, at = 0;
        if (sscanf(line, "%d %d %o%n", &key, &number, &mode, &at) < 3 || number != id)
            continue;
        printf(" key %d mode %o width %d:", key, mode, at);
        for (char* word = strtok(line + at, " \n"); word && columns-- > 0;
             word = strtok(NULL, " \n"))
            printf(" %s", word);
        printf("\n");
    }
    fclose(file);
}

int main(void) {
    int queue = msgget(IPC_PRIVATE, 0640);
    struct {
        long type;
        char text[10];
    } m = {1, "text"};
    msgsnd(queue, &m, 5, 0);
    show("/proc/sysvipc/msg", queue, 2);
    int set = semget(IPC_PRIVATE, 7, 0600);
    show("/proc/sysvipc/sem", set, 5);
    int segment = shmget(IPC_PRIVATE, 12345, 0604);
    show("/proc/sysvipc/shm", segment, 1);
    msgctl(queue, IPC_RMID, NULL);
    semctl(set, 0, IPC_RMID);
    shmctl(segment, IPC_RMID, NULL);
    show("/proc/sysvipc/sem", set, 5);
}
