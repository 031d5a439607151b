// SPDX-License-Identifier: BSD-3-Clause
// Private maps copy on write, shared maps write through, read(2) and mmap see one file.
#include <report.h>
#include <sys/mman.h>

int main(void) {
    own_folder();
    int fd = open("file", O_CREAT | O_RDWR, 0600);
    write(fd, "original", 8);
    ftruncate(fd, 10000);
    char* private = mmap(NULL, 10000, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    char* shared = mmap(NULL, 10000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char* late = mmap(NULL, 10000, PROT_READ, MAP_PRIVATE, fd, 0);
    memcpy(shared, "SHARED", 6);
    printf("%.8s %.8s\n", private, late);
    memcpy(private, "own", 3);
    printf("%.8s %.8s %.8s\n", private, shared, late);
    pwrite(fd, "WRITTEN", 7, 0);
    printf("%.8s %.8s %.8s\n", private, shared, late);
    memcpy(shared + 9000, "end", 3);
    char text[8] = "";
    SHOW(pread(fd, text, 3, 9000));
    puts(text);
    printf("%d %d\n", shared[9999], shared[10100]);
    SHOW(msync(shared, 10000, MS_SYNC));
    close(fd);
    printf("%.8s\n", shared);
    SHOW(munmap(shared, 10000));
}
