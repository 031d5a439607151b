// SPDX-License-Identifier: BSD-3-Clause
// chdir, fchdir, getcwd and relative paths.
#include <report.h>

int main(void) {
    own_folder();
    char base[200], here[200];
    getcwd(base, sizeof base);
    mkdir("a", 0755);
    mkdir("a/b", 0755);
    symlink("a/b", "s");
    write_file("file", "");
    SHOW(chdir("a/b"));
    getcwd(here, sizeof here);
    puts(here + strlen(base));
    SHOW(chdir("../../s"));
    getcwd(here, sizeof here);
    puts(here + strlen(base));
    SHOW(chdir("/"));
    puts(getcwd(here, sizeof here));
    SHOW(chdir(".."));
    puts(getcwd(here, sizeof here));
    SHOW(chdir(base));
    SHOW(chdir("file"));
    SHOW(chdir("missing"));
    SHOW(chdir(""));
    int fd = open("a", O_RDONLY | O_DIRECTORY), path = open("a/b", O_PATH);
    SHOW(fchdir(fd));
    SHOW(fchdir(path));
    getcwd(here, sizeof here);
    puts(here + strlen(base));
    SHOW(fchdir(0 + 99));
    int file = open("../../file", O_RDONLY);
    SHOW(fchdir(file));
    SHOW(syscall(SYS_getcwd, here, 3));
    SHOW(syscall(SYS_getcwd, BAD, 100));
}
