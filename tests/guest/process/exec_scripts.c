// SPDX-License-Identifier: BSD-3-Clause
// Scripts: what the interpreter gets, one argument after #!, scripts of scripts, and what fails.
#include "children.h"

static char self[256];

static void script(const char* name, const char* text, mode_t mode) {
    write_file(name, text);
    chmod(name, mode);
}

static void run(const char* name) {
    pid_t pid;
    char* arguments[] = {(char*)"zeroth", (char*)"first", (char*)"second", NULL};
    printf("%s\n", name);
    int failed = posix_spawn(&pid, name, NULL, NULL, arguments, environ);
    if (failed)
        printf(" %s\n", strerrorname_np(failed));
    else
        show_end(" end", pid);
}

int main(int argc, char** argv) {
    setvbuf(stdout, NULL, _IONBF, 0);
    if (getenv("INTERPRETER")) {
        for (int i = 1; i < argc; ++i)
            printf(" %d: [%s]\n", i, argv[i]);
        char name[32] = "";
        FILE* file = fopen("/proc/self/comm", "r");
        fgets(name, sizeof name, file);
        if (strncmp(argv[1], "/dev/fd/", 8))  // later versions of Linux tell the file's name
            printf(" called %s", name);
        return argc;
    }
    own_folder();
    readlink("/proc/self/exe", self, sizeof self - 1);
    symlink(self, "i");  // a short name that is the same everywhere
    setenv("INTERPRETER", "1", 1);
    script("plain", "#!./i\n", 0755);
    script("one", "#! ./i  some words together \t\nmore\n", 0755);
    script("nested", "#!./one inner\n", 0755);
    script("no_newline", "#!./i x", 0755);
    script("not_executable", "#!./i\n", 0644);
    script("missing", "#!/missing/interpreter\n", 0755);
    script("nothing", "#!\n", 0755);
    script("blank", "#!  \n", 0755);
    script("empty", "", 0755);
    script("text", "echo hello\n", 0755);
    script("loop", "#!./loop\n", 0755);
    char text[600];
    memset(text, 'a', sizeof text);
    memcpy(text, "#!./i ", 6);
    text[sizeof text - 1] = 0;
    script("long", text, 0755);
    const char* names[] = {"./plain",          "./one",     "./nested",  "./no_newline",
                           "./not_executable", "./missing", "./nothing", "./blank",
                           "./empty",          "./text",    "./loop",    "."};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; ++i)
        run(names[i]);
    // By descriptor the interpreter gets a name below /dev/fd
    int fd = open("plain", O_RDONLY);
    dup2(fd, 40);
    pid_t pid = vfork();
    if (pid == 0) {
        char* arguments[] = {(char*)"zeroth", (char*)"first", NULL};
        execveat(40, "", arguments, environ, AT_EMPTY_PATH);
        _exit(100);
    }
    show_end("execveat", pid);
    fcntl(40, F_SETFD, FD_CLOEXEC);
    pid = vfork();
    if (pid == 0) {
        char* arguments[] = {(char*)"zeroth", NULL};
        execveat(40, "", arguments, environ, AT_EMPTY_PATH);
        _exit(errno == ENOENT ? 101 : 102);
    }
    show_end("execveat, closed on exec", pid);
}
