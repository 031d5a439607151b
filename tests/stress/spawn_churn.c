/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Programs that are started and end one after another, beside children that only vfork; what the
 * system holds for them comes back. On Linux only the statuses are checked: other programs there
 * use memory too.
 */
#include <spawn.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "stress.h"

enum { PARENTS = 2, ALLOWED_KB = 1024 };
extern char** environ;
static atomic_long started;

static void wait_for(pid_t pid, int code) {
    int status;
    REQUIRE(waitpid(pid, &status, 0) == pid);
    REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == code);
}

static void spawn_one(int code) {
    char text[8];
    snprintf(text, sizeof text, "%d", code);
    char* arguments[] = {"child", "--exit", text, NULL};
    pid_t pid;
    REQUIRE(posix_spawn(&pid, "/proc/self/exe", NULL, NULL, arguments, environ) == 0);
    wait_for(pid, code);
    atomic_fetch_add(&started, 1);
}

static void vfork_one(int code) {
    pid_t pid = vfork();
    if (pid == 0)
        _exit(code);
    REQUIRE(pid > 0);
    wait_for(pid, code);
    atomic_fetch_add(&started, 1);
}

static void* parent(void* argument) {
    uint32_t random = (uint32_t)(intptr_t)argument * 15485863;
    while (running()) {
        spawn_one(next_random(&random) % 128);
        vfork_one(next_random(&random) % 128);
    }
    return NULL;
}

static long free_kb(void) {
    char line[128];
    long kb = -1;
    FILE* info = fopen("/proc/meminfo", "r");
    REQUIRE(info);
    while (fgets(line, sizeof line, info))
        if (sscanf(line, "MemFree: %ld", &kb) == 1)
            break;
    fclose(info);
    REQUIRE(kb >= 0);
    return kb;
}

/* Free memory once what ended programs had is given back, which takes a moment. */
static long settled_kb(long wanted) {
    long most = 0;
    for (int i = 0; i < 300; i++) {
        usleep(100000);
        long now = free_kb();
        if (now > most)
            most = now;
        if (i >= 5 && most >= wanted)
            break;
    }
    return most;
}

static bool enough(void) {
    return atomic_load(&started) > 2 * 64 + 10;
}

int main(int argc, char** argv) {
    if (argc == 3 && strcmp(argv[1], "--exit") == 0)
        return atoi(argv[2]);
    for (int i = 0; i < 64; i++)
        spawn_one(i), vfork_one(i);
    long before = settled_kb(0);
    run_threads(argc, argv, PARENTS, parent, enough);
    long after = settled_kb(before - ALLOWED_KB);
    struct utsname name;
    uname(&name);
    printf("%ld programs, %ld KB free before, %ld KB after\n", atomic_load(&started), before,
           after);
    if (strstr(name.version, "Osprey") || strstr(name.sysname, "Osprey"))
        REQUIRE(before - after <= ALLOWED_KB);
    return finish("spawn_churn");
}
