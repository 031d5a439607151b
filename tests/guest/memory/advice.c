// SPDX-License-Identifier: BSD-3-Clause
// madvise(2) with every value of Linux 6.1 on anonymous, shared and file memory; mlock and mincore.
#include <report.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

static const struct {
    int value;
    const char* name;
} advice[] = {{0, "NORMAL"},
              {1, "RANDOM"},
              {2, "SEQUENTIAL"},
              {3, "WILLNEED"},
              {4, "DONTNEED"},
              {5, "?5"},
              {8, "FREE"},
              {9, "REMOVE"},
              {10, "DONTFORK"},
              {11, "DOFORK"},
              {14, "HUGEPAGE"},
              {15, "NOHUGEPAGE"},
              {16, "DONTDUMP"},
              {17, "DODUMP"},
              {18, "WIPEONFORK"},
              {19, "KEEPONFORK"},
              {20, "COLD"},
              {21, "PAGEOUT"},
              {22, "POPULATE_READ"},
              {23, "POPULATE_WRITE"},
              {24, "DONTNEED_LOCKED"},
              {25, "COLLAPSE"},
              {26, "?26"},
              {99, "?99"}};

static void advise(const char* what, char* at, size_t bytes) {
    for (unsigned i = 0; i < sizeof advice / sizeof advice[0]; ++i) {
        if (advice[i].value == 25 || advice[i].value == 14 || advice[i].value == 15)
            continue;  // depends on how the kernel was built
        if (advice[i].value == 9 && what[0] == 'f')
            continue;  // looks at how the file was opened since Linux 6.6
        errno = 0;
        int outcome = madvise(at, bytes, advice[i].value);
        printf("%s %s: %s\n", what, advice[i].name, outcome ? strerrorname_np(errno) : "0");
    }
}

int main(void) {
    own_folder();
    write_file("data", "content of a file");
    int fd = open("data", O_RDWR);
    ftruncate(fd, 8192);
    char* private = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char* shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    char* file = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
    char* copy = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    advise("private", private, 8192);
    advise("shared", shared, 8192);
    advise("file, read-only", file, 8192);
    advise("copy of a file", copy, 8192);
    advise("nothing", private, 0);
    SHOW(madvise(private + 1, 4096, MADV_DONTNEED));
    SHOW(madvise(private, (size_t)-4096, MADV_DONTNEED));
    SHOW(madvise(private, (size_t)-1, MADV_DONTNEED));
    SHOW(madvise(private + 1, 0, 99));

    // A hole: the mapped part is treated all the same.
    char* three = mmap(NULL, 12288, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(three + 4096, 4096);
    memset(three, 1, 4096);
    memset(three + 8192, 1, 4096);
    SHOW(madvise(three, 12288, MADV_DONTNEED));
    printf("%d %d\n", three[0], three[8192]);
    SHOW(madvise(three, 12288, MADV_POPULATE_WRITE));
    SHOW(mlock(three, 12288));
    SHOW(mlock(three, 4096));
    SHOW(madvise(three, 4096, MADV_DONTNEED));
    SHOW(madvise(three, 4096, MADV_DONTNEED_LOCKED));
    SHOW(munlock(three, 12288));
    SHOW(munlock(three, 4096));
    SHOW(mlock2(three, 4096, 2));
    SHOW(mlock2(three, 4096, MLOCK_ONFAULT));
    SHOW(munlock((void*)8192, 4096));
    SHOW(mlock(three, (size_t)-4096));
    SHOW(mlockall(0));
    SHOW(mlockall(8));
    SHOW(mlockall(MCL_ONFAULT));
    SHOW(mlockall(MCL_FUTURE | MCL_ONFAULT));
    SHOW(munlockall());

    unsigned char in[4] = {9, 9, 9, 9};
    memset(private, 1, 8192);
    SHOW(mincore(private, 8192, in));
    printf("%d %d\n", in[0] & 1, in[1] & 1);
    SHOW(mincore(private + 1, 4096, in));
    SHOW(mincore(three, 12288, in));
    SHOW(mincore(private, 8192, BAD));
    SHOW(mincore(private, 0, BAD));
    SHOW(mincore(private, (size_t)-1, in));
    SHOW(mincore((void*)0x7ffffffff000, 4096, in));

    // Of an unprivileged user with a small limit
    fflush(stdout);
    if (fork() == 0) {
        struct rlimit small = {4096, 4096}, none = {0, 0};
        setrlimit(RLIMIT_MEMLOCK, &small);
        setresuid(1000, 1000, 1000);
        SHOW(mlock(private, 4096));
        SHOW(mlock(private, 8192));
        SHOW(mlockall(MCL_CURRENT));
        SHOW(mlockall(MCL_FUTURE));
        void* locked = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);
        printf("%s\n", locked == MAP_FAILED ? strerrorname_np(errno) : "mapped");
        setrlimit(RLIMIT_MEMLOCK, &none);
        SHOW(mlock(private, 4096));
        SHOW(munlock(private, 4096));
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
}
