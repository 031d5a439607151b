// SPDX-License-Identifier: BSD-3-Clause
// A read into memory whose second page is missing gives what fits before it.
#include <report.h>
#include <sys/mman.h>

int main(void) {
    own_folder();
    static char block[8192];
    memset(block, 'x', sizeof block);
    int fd = open("file", O_CREAT | O_RDWR, 0644);
    write(fd, block, sizeof block);
    char* room = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(room + 4096, 4096);
    SHOW(pread(fd, room + 4096, 10, 0));
    SHOW(pread(fd, room + 4086, 10, 0));
    int ends[2];
    pipe(ends);
    write(ends[1], "0123456789", 10);
    SHOW(read(ends[0], room + 4096, 10));
    SHOW(write(ends[1], room + 4096, 10));
    SHOW(read(ends[0], block, 100));
}
