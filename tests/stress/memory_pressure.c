/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Threads write a file of patterned pages, map it, and touch it and anonymous memory in random
 * order: when memory is short, pages are evicted and read again, and must hold what was written.
 * Second argument: size of the file in MB (default 8), third: where it is made (default /tmp), or
 * such a file made before (`pressure_file.py`), on a disk that a guest cannot keep in memory.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "stress.h"

enum { PAGE = 4096, THREADS = 4, OWN_PAGES = 256 };
static const volatile uint64_t* file_words;
static size_t file_pages;
static atomic_ulong touched;

static uint64_t pattern(uint64_t page) {
    return page * 0x9e3779b97f4a7c15u ^ 0x5bd1e995u;
}

static void* toucher(void* argument) {
    uint32_t random = (uint32_t)(intptr_t)argument * 31337;
    while (running()) {
        uint64_t* own = mmap(NULL, OWN_PAGES * PAGE, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        REQUIRE(own != MAP_FAILED);
        for (int i = 0; i < 4 * OWN_PAGES && running(); i++) {
            size_t page = next_random(&random) % file_pages;
            size_t mine = next_random(&random) % OWN_PAGES;
            REQUIRE(file_words[page * 512 + 7] == pattern(page));
            uint64_t* word = own + mine * 512;
            REQUIRE(*word == 0 || *word == pattern(mine));
            *word = pattern(mine);
            atomic_fetch_add_explicit(&touched, 1, memory_order_relaxed);
        }
        REQUIRE(munmap(own, OWN_PAGES * PAGE) == 0);
    }
    return NULL;
}

static bool enough(void) {
    return atomic_load(&touched) > 1000;
}

int main(int argc, char** argv) {
    size_t megabytes = argc > 2 ? (size_t)atol(argv[2]) : 8;
    const char* folder = argc > 3 ? argv[3] : "/tmp";
    char name[256];
    uint64_t page[512] = {0};

    file_pages = megabytes << 8;
    struct stat facts;
    if (stat(folder, &facts) == 0 && S_ISREG(facts.st_mode)) {
        int made = open(folder, O_RDONLY);
        file_pages = (size_t)facts.st_size / PAGE;
        REQUIRE(made >= 0 && file_pages > 0);
        file_words = mmap(NULL, file_pages * PAGE, PROT_READ, MAP_SHARED, made, 0);
        REQUIRE(file_words != MAP_FAILED);
        run_threads(argc, argv, THREADS, toucher, enough);
        return finish("memory_pressure");
    }
    snprintf(name, sizeof name, "%s/memory_pressure.%d", folder, (int)getpid());
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    REQUIRE(fd >= 0);
    for (size_t i = 0; i < file_pages; i++) {
        page[7] = pattern(i);
        REQUIRE(write(fd, page, PAGE) == PAGE);
    }
    file_words = mmap(NULL, file_pages * PAGE, PROT_READ, MAP_SHARED, fd, 0);
    REQUIRE(file_words != MAP_FAILED);
    run_threads(argc, argv, THREADS, toucher, enough);
    REQUIRE(unlink(name) == 0);
    return finish("memory_pressure");
}
