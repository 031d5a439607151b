// SPDX-License-Identifier: BSD-3-Clause
// Reading directories: all names once, types, rewinding, a small buffer.
#include <dirent.h>
#include <report.h>

static int compare(const void* a, const void* b) {
    return strcmp(*(char* const*)a, *(char* const*)b);
}

int main(void) {
    own_folder();
    mkdir("folder", 0755);
    symlink("x", "link");
    mkfifo("fifo", 0600);
    for (int i = 0; i < 300; ++i) {
        char name[32];
        sprintf(name, "file-%03d", i);
        write_file(name, "");
    }
    DIR* d = opendir(".");
    char* names[400];
    int count = 0;
    for (struct dirent* e; (e = readdir(d));) {
        char line[300];
        sprintf(line, "%s %d", e->d_name, e->d_type);
        names[count++] = strdup(line);
    }
    qsort(names, (size_t)count, sizeof *names, compare);
    printf("%d entries\n", count);
    for (int i = 0; i<count; i += i> 5 && i < count - 5 ? 50 : 1)
        puts(names[i]);
    rewinddir(d);
    int again = 0;
    while (readdir(d))
        ++again;
    HOLDS(again == count);
    closedir(d);

    int fd = open(".", O_RDONLY);
    char small[40];
    SHOW(syscall(SYS_getdents64, fd, small, 8));
    SHOW(syscall(SYS_getdents64, fd, BAD, 4096));
    SHOW(syscall(SYS_getdents64, 99, small, sizeof small));
    int total = 0;
    lseek(fd, 0, SEEK_SET);
    for (long n; (n = syscall(SYS_getdents64, fd, small, sizeof small)) > 0;)
        for (long at = 0; at < n; at += *(unsigned short*)(small + at + 16))
            ++total;
    HOLDS(total == count);
    int file = open("file-000", O_RDONLY);
    SHOW(syscall(SYS_getdents64, file, small, sizeof small));
}
