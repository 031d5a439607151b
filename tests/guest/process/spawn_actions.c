// SPDX-License-Identifier: BSD-3-Clause
// posix_spawn file actions: open, dup2, close, chdir, fchdir, closefrom, and how they fail.
#include "children.h"

static int child(void) {
    char buffer[64] = "";
    for (int fd = 0; fd < 12; ++fd)
        printf("%s%d", fd ? " " : " open:", fcntl(fd, F_GETFD) >= 0);
    printf("\n");
    ssize_t got = pread(5, buffer, sizeof buffer - 1, 0);
    printf(" descriptor 5: %zd %s\n", got, got > 0 ? buffer : "");
    char* at = getcwd(NULL, 0);
    printf(" folder: %s\n", strrchr(at, '/') + 1);
    return 0;
}

static void run(const char* name, posix_spawn_file_actions_t* actions) {
    char* arguments[] = {(char*)"self", (char*)"child", NULL};
    pid_t pid;
    printf("%s\n", name);
    int failed = posix_spawn(&pid, "/proc/self/exe", actions, NULL, arguments, environ);
    if (failed)
        printf(" %s\n", strerrorname_np(failed));
    else
        show_end(" end", pid);
    posix_spawn_file_actions_destroy(actions);
    posix_spawn_file_actions_init(actions);
}

int main(int argc, char** argv) {
    (void)argv;
    setvbuf(stdout, NULL, _IONBF, 0);
    if (argc > 1)
        return child();
    own_folder();
    mkdir("base", 0755);
    chdir("base");
    mkdir("below", 0755);
    write_file("below/file", "content");
    for (int fd = 3; fd < 20; ++fd)
        close(fd);
    posix_spawn_file_actions_t a;
    posix_spawn_file_actions_init(&a);
    run("nothing", &a);
    posix_spawn_file_actions_addopen(&a, 5, "below/file", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&a, 5, 9);
    run("open and dup2", &a);
    int fd = open("below/file", O_RDONLY | O_CLOEXEC);
    posix_spawn_file_actions_adddup2(&a, fd, fd);  // takes close-on-exec away
    posix_spawn_file_actions_adddup2(&a, fd, 5);
    run("dup2 of itself", &a);
    posix_spawn_file_actions_adddup2(&a, fd, 7);
    posix_spawn_file_actions_addclose(&a, 7);
    posix_spawn_file_actions_addclose(&a, 11);  // not open: no error
    run("close", &a);
    posix_spawn_file_actions_adddup2(&a, 1, 8);
    posix_spawn_file_actions_adddup2(&a, 1, 10);
    posix_spawn_file_actions_addclosefrom_np(&a, 6);
    run("closefrom", &a);
    posix_spawn_file_actions_addchdir_np(&a, "below");
    posix_spawn_file_actions_addopen(&a, 5, "file", O_RDONLY, 0);
    run("chdir", &a);
    int folder = open("below", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    posix_spawn_file_actions_addfchdir_np(&a, folder);
    run("fchdir", &a);
    posix_spawn_file_actions_addopen(&a, 5, "missing", O_RDONLY, 0);
    run("open of a missing file", &a);
    posix_spawn_file_actions_adddup2(&a, 17, 18);
    run("dup2 of a closed one", &a);
    posix_spawn_file_actions_addchdir_np(&a, "missing");
    run("chdir to nowhere", &a);
    char* at = getcwd(NULL, 0);
    printf("the parent is still in %s\n", strrchr(at, '/') + 1);
    SHOW(waitpid(-1, NULL, 0));
}
