/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Threads map, protect, move and unmap memory of their own while others run and read: no thread
 * may see another's page, a stale page, or anything but zeros in a fresh one.
 */
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#include "stress.h"

enum { PAGE = 4096, THREADS = 6, PAGES = 48 };
static atomic_ulong rounds;

static _Thread_local sigjmp_buf escape;
static _Thread_local volatile sig_atomic_t expecting;

static void on_fault(int number, siginfo_t* info, void* context) {
    (void)number, (void)info, (void)context;
    if (!expecting) {
        static const char text[] = "FAILED: a fault where none was expected\n";
        if (write(2, text, sizeof text - 1) < 0) {
        }
        _exit(1);
    }
    siglongjmp(escape, 1);
}

static bool faults(volatile uint64_t* word, bool on_write) {
    if (sigsetjmp(escape, 1)) {
        expecting = 0;
        return true;
    }
    expecting = 1;
    if (on_write)
        *word = 1;
    else
        (void)*word;
    expecting = 0;
    return false;
}

static void* churn(void* argument) {
    uint64_t me = (uint64_t)(intptr_t)argument;
    uint32_t random = (uint32_t)me * 7919;

    while (running()) {
        size_t pages = 1 + next_random(&random) % PAGES;
        size_t bytes = pages * PAGE;
        char* base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        REQUIRE(base != MAP_FAILED);
        for (size_t i = 0; i < pages; i++) {
            uint64_t* word = (uint64_t*)(base + i * PAGE);
            REQUIRE(*word == 0 && word[511] == 0);
            *word = me << 32 | i;
        }
        size_t victim = next_random(&random) % pages;
        volatile uint64_t* word = (uint64_t*)(base + victim * PAGE);
        switch (next_random(&random) % 4) {
            case 0:
                REQUIRE(mprotect((void*)word, PAGE, PROT_READ) == 0);
                REQUIRE(faults(word, true) && *word == (me << 32 | victim));
                break;
            case 1:
                REQUIRE(mprotect((void*)word, PAGE, PROT_NONE) == 0);
                REQUIRE(faults(word, false));
                REQUIRE(mprotect((void*)word, PAGE, PROT_READ | PROT_WRITE) == 0);
                REQUIRE(*word == (me << 32 | victim));
                break;
            case 2:
                REQUIRE(madvise((void*)word, PAGE, MADV_DONTNEED) == 0);
                REQUIRE(*word == 0);
                *word = me << 32 | victim;
                break;
            case 3: {
                char* moved = mremap(base, bytes, bytes + PAGE, MREMAP_MAYMOVE);
                REQUIRE(moved != MAP_FAILED);
                base = moved;
                bytes += PAGE;
                REQUIRE(*(uint64_t*)(base + bytes - PAGE) == 0);
                break;
            }
        }
        for (size_t i = 0; i < pages; i++)
            REQUIRE(*(uint64_t*)(base + i * PAGE) == (me << 32 | i));
        REQUIRE(munmap(base, bytes) == 0);
        atomic_fetch_add(&rounds, 1);
    }
    return NULL;
}

static bool enough(void) {
    return atomic_load(&rounds) > 20;
}

int main(int argc, char** argv) {
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
    run_threads(argc, argv, THREADS, churn, enough);
    return finish("mapping_churn");
}
