// SPDX-License-Identifier: BSD-3-Clause
// A removed file lives on through its descriptor, a removed directory, too.
#include <report.h>

int main(void) {
    own_folder();
    int fd = open("file", O_CREAT | O_RDWR, 0600);
    write(fd, "still here", 10);
    SHOW(unlink("file"));
    struct stat s;
    SHOW(stat("file", &s));
    SHOW(fstat(fd, &s));
    printf("links %ld size %ld\n", (long)s.st_nlink, (long)s.st_size);
    char text[16] = "";
    SHOW(pread(fd, text, 10, 0));
    puts(text);
    SHOW(ftruncate(fd, 5));
    SHOW(lseek(fd, 0, SEEK_END));
    close(fd);

    mkdir("gone", 0755);
    int folder = open("gone", O_RDONLY);
    chdir("gone");
    SHOW(rmdir("../gone"));
    SHOW(openat(folder, "new", O_CREAT | O_RDWR, 0600));
    SHOW(mkdir("below", 0755));
    SHOW(stat(".", &s));
    char where[100];
    SHOW(syscall(SYS_getcwd, where, sizeof where) > 0 ? 1 : -1);
}
