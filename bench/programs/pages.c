/* SPDX-License-Identifier: BSD-3-Clause
 * Fresh memory: faults, mapping and unmapping. */
#include <sys/mman.h>

#include "measure.h"

enum { PAGE = 4096, CHUNK = 16 * PAGE };
static int advice;

static char* map(size_t bytes) {
    char* start = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(start != MAP_FAILED);
    return start;
}

static void touch(long pages) {
    char* start = map((size_t)pages * PAGE);
    madvise(start, (size_t)pages * PAGE, advice);
    for (long i = 0; i < pages; i++)
        start[i * PAGE] = 1;
    munmap(start, (size_t)pages * PAGE);
}

static void map_unmap(long n) {
    while (n-- > 0)
        munmap(map(CHUNK), CHUNK);
}

static void map_touch_unmap(long n) {
    while (n-- > 0) {
        char* start = map(CHUNK);
        for (int i = 0; i < CHUNK; i += PAGE)
            start[i] = 1;
        munmap(start, CHUNK);
    }
}

static void protect(long n) {
    char* start = map(CHUNK);
    memset(start, 1, CHUNK);
    while (n-- > 0) {
        mprotect(start, CHUNK, PROT_READ);
        mprotect(start, CHUNK, PROT_READ | PROT_WRITE);
    }
    munmap(start, CHUNK);
}

int main(void) {
    stay_on(0);
    advice = MADV_NOHUGEPAGE;
    measure("mem_touch_4k_page", 8192, touch);
    advice = MADV_HUGEPAGE;
    measure("mem_touch_thp_page", 8192, touch);
    measure("mem_mmap_munmap_64k", 5000, map_unmap);
    measure("mem_mmap_touch_munmap_64k", 1000, map_touch_unmap);
    measure("mem_mprotect_pair_64k", 2000, protect);
    return 0;
}
