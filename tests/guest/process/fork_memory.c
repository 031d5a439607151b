// SPDX-License-Identifier: BSD-3-Clause
// fork: a copy of the memory. Private pages are apart from then on in both directions, whatever
// they are made of; shared ones stay shared; advice about fork is heeded.
#include <sys/mman.h>
#include "children.h"

enum { page = 4096 };
static int data = 1;
static char zeros[3 * page];

static char* map(size_t bytes, int how, int fd) {
    return mmap(NULL, bytes, PROT_READ | PROT_WRITE, how | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);
}
static int all(const char* at, size_t bytes, char value) {
    for (size_t i = 0; i < bytes; ++i)
        if (at[i] != value)
            return 0;
    return 1;
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    own_folder();
    const size_t big = 8u << 20;
    char* heap = malloc(300000);
    char* anonymous = map(4 * page, MAP_PRIVATE, -1);
    char* untouched = map(4 * page, MAP_PRIVATE, -1);
    char* large = map(big, MAP_PRIVATE, -1);
    char* shared = map(page, MAP_SHARED, -1);
    char* wiped = map(page, MAP_PRIVATE, -1);
    char* absent = map(page, MAP_PRIVATE, -1);
    char* hidden = map(page, MAP_PRIVATE, -1);
    int fd = open("file", O_CREAT | O_RDWR, 0600);
    ftruncate(fd, 2 * page);
    char* private_file = map(2 * page, MAP_PRIVATE, fd);
    char* shared_file = map(2 * page, MAP_SHARED, fd);
    memset(heap, 'h', 300000);
    memset(anonymous, 'a', 4 * page);
    memset(large, 'l', big);
    memset(zeros, 'z', page);
    memset(wiped, 'w', page);
    memset(absent, 'g', page);
    memset(hidden, 'n', page);
    mprotect(hidden, page, PROT_NONE);
    private_file[0] = 'p';
    shared_file[page] = 's';
    shared[0] = 'm';
    madvise(wiped, page, MADV_WIPEONFORK);
    madvise(absent, page, MADV_DONTFORK);
    volatile int on_stack = 5;
    void* end_of_heap = sbrk(0);

    int to[2], back[2];
    pipe(to), pipe(back);
    pid_t pid = fork();
    if (pid == 0) {
        printf("child: %d %d %d %d %d\n", data, on_stack, all(heap, 300000, 'h'),
               all(anonymous, 4 * page, 'a'), all(large, big, 'l'));
        printf("child: zeros %d %d, file %c %c, wiped %d\n", all(zeros, page, 'z'),
               all(zeros + page, 2 * page, 0), private_file[0], shared_file[page],
               all(wiped, page, 0));
        unsigned char seen;
        SHOW(mincore(absent, page, &seen));
        HOLDS(sbrk(0) == end_of_heap);
        HOLDS(getppid() > 0 && getpid() != getppid() && gettid() == getpid());
        data = 2, on_stack = 6;
        memset(heap, 'H', 300000);
        anonymous[page] = 'A';
        memset(large + big / 2, 'L', big / 2);
        untouched[0] = 'U';
        private_file[0] = 'P';
        shared_file[page] = 'S';
        shared[0] = 'M';
        say(back[1], 'x');
        heard(to[0]);  // the parent has written by now
        printf("child: %d %d %c%c %c%c %c %c %c\n", data, on_stack, anonymous[0], anonymous[page],
               large[0], large[big - 1], private_file[0], shared[0], untouched[0]);
        mprotect(hidden, page, PROT_READ | PROT_WRITE);
        printf("child: %d\n", all(hidden, page, 'n'));
        memset(hidden, 'N', page);
        _exit(12);
    }
    heard(back[0]);
    printf("parent: %d %d %d %d %d\n", data, on_stack, all(heap, 300000, 'h'),
           all(anonymous, 4 * page, 'a'), all(large, big, 'l'));
    printf("parent: %c %c %c %d\n", private_file[0], shared_file[page], shared[0], untouched[0]);
    anonymous[0] = 'B';
    large[0] = 'B';
    private_file[0] = 'B';
    shared[0] = 'B';
    untouched[0] = 'B';
    say(to[1], 'x');
    show_end("child", pid);
    mprotect(hidden, page, PROT_READ | PROT_WRITE);
    printf("parent: %d %d %d\n", all(hidden, page, 'n'), all(wiped, page, 'w'),
           all(absent, page, 'g'));

    // Changes of mappings on one side leave the other alone
    pid = fork();
    if (pid == 0) {
        munmap(anonymous, 4 * page);
        char* moved = mremap(large, big, 2 * big, MREMAP_MAYMOVE);
        mprotect(heap + page - (uintptr_t)heap % page, page, PROT_READ);
        madvise(zeros + page - (uintptr_t)zeros % page, page, MADV_DONTNEED);
        printf("child: %c%c\n", moved[0], moved[big - 1]);
        memset(moved, 'M', big);
        _exit(moved[2 * big - 1]);
    }
    show_end("child", pid);
    printf("parent: %c %c%c %d %d\n", anonymous[0], large[0], large[big - 1],
           all(heap, 300000, 'h'), all(zeros, page, 'z'));

    // Rights that are taken and given again do not let one write to the other's page
    pid = fork();
    if (pid == 0) {
        mprotect(anonymous, 4 * page, PROT_READ);
        mprotect(anonymous, 4 * page, PROT_READ | PROT_WRITE);
        memset(anonymous, 'c', 4 * page);
        _exit(all(anonymous, 4 * page, 'c'));
    }
    show_end("child", pid);
    printf("parent: %c%c\n", anonymous[0], anonymous[2 * page]);
}
