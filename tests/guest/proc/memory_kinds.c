// SPDX-License-Identifier: BSD-3-Clause
// Resident memory by kind, as it comes and goes.
#include <sys/mman.h>
#include <sys/resource.h>
#include "proc.h"

enum { size = 24 << 20, kb = size / 1024 };
static long anonymous, file, shared, resident;

static long rounded(double value) {
    return value < 0 ? (long)(value - 0.5) : (long)(value + 0.5);
}
static void look(void) {
    const char* text = text_of("/proc/self/status");
    anonymous = value_in(text, "RssAnon:"), file = value_in(text, "RssFile:");
    shared = value_in(text, "RssShmem:"), resident = value_in(text, "VmRSS:");
}
/// By how many times `size` each kind has grown since the last look.
static void tell(const char* what) {
    const double whole = kb;
    const long a = anonymous, f = file, s = shared, r = resident;
    look();
    printf("%s: anon %+ld file %+ld shmem %+ld all %+ld\n", what, rounded((anonymous - a) / whole),
           rounded((file - f) / whole), rounded((shared - s) / whole),
           rounded((resident - r) / whole));
}
static void touch(char* at) {
    for (int i = 0; i < size; i += 4096)
        at[i] = 1;
}
static long rollup(const char* key) {
    return value_of("/proc/self/smaps_rollup", key);
}

int main(void) {
    look();
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    const long faults = stat_field("/proc/self/stat", 10);
    char* own = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    madvise(own, size, MADV_NOHUGEPAGE);
    tell("mapped");
    touch(own);
    tell("touched");
    getrusage(RUSAGE_SELF, &after);
    HOLDS(after.ru_minflt - before.ru_minflt >= size / 4096 / 16);
    HOLDS(stat_field("/proc/self/stat", 10) > faults);
    HOLDS(rollup("Anonymous:") >= kb && rollup("Private_Dirty:") >= kb);
    munmap(own, size);
    tell("unmapped");

    char* both = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    touch(both);
    tell("shared");
    HOLDS(strstr(text_of("/proc/self/maps"), "/dev/zero (deleted)") != NULL);
    munmap(both, size);
    tell("unmapped");

    const int fd = memfd_create("some", 0);
    ftruncate(fd, size);
    char* object = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    touch(object);
    tell("private copies");
    munmap(object, size);
    tell("unmapped");
    long pages, pages_resident, pages_shared;
    sscanf(text_of("/proc/self/statm"), "%ld %ld %ld", &pages, &pages_resident, &pages_shared);
    look();
    HOLDS(labs(pages_resident * 4 - resident) < 400);
    HOLDS(labs(pages_shared * 4 - file - shared) < 400);
    HOLDS(value_of("/proc/self/status", "VmHWM:") >= kb);
    return 0;
}
