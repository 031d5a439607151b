// SPDX-License-Identifier: BSD-3-Clause
// Anonymous memory: zeros, MADV_DONTNEED, mremap moving and growing, protection changes.
#include <report.h>
#include <setjmp.h>
#include <sys/mman.h>

static sigjmp_buf back;

static void handler(int s) {
    (void)s;
    siglongjmp(back, 1);
}

static int writable(volatile char* at) {
    if (sigsetjmp(back, 1))
        return 0;
    *at = 1;
    return 1;
}

int main(void) {
    signal(SIGSEGV, handler);
    size_t size = 8 << 20;
    char* a = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    long sum = 0;
    for (size_t i = 0; i < size; i += 4096)
        sum += a[i];
    memset(a, 5, size);
    printf("zeros %ld\n", sum);
    SHOW(madvise(a + 4096, 8192, MADV_DONTNEED));
    printf("%d %d %d %d\n", a[4095], a[4096], a[12287], a[12288]);
    SHOW(mprotect(a + 4096, 4096, PROT_READ));
    printf("%d %d %d\n", writable(a), writable(a + 4096), writable(a + 8192));
    SHOW(mprotect(a + 4096, 4096, PROT_NONE));
    SHOW(mprotect(a + 4096, 4096, PROT_READ | PROT_WRITE));
    printf("%d\n", writable(a + 4096));
    a[size - 1] = 77;
    char* b = mremap(a, size, 2 * size, MREMAP_MAYMOVE);
    HOLDS(b != MAP_FAILED);
    printf("%d %d\n", b[size - 1], b[size]);
    char* c = mremap(b, 2 * size, 4096, 0);
    HOLDS(c == b);
    printf("%d\n", writable(b + 4096));
    munmap(b, 4096);
    printf("%d\n", writable(b));
    char* old = sbrk(0);
    sbrk(100000);
    HOLDS((char*)sbrk(0) == old + 100000);
    old[99999] = 1;
    sbrk(-100000);
    unsigned char v[3] = {9, 9, 9};
    char* d = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    madvise(d, 3 * 4096, MADV_NOHUGEPAGE);
    d[4096] = 1;
    SHOW(mincore(d, 3 * 4096, v));
    printf("%d %d %d\n", v[0] & 1, v[1] & 1, v[2] & 1);
    SHOW(mlock(d, 3 * 4096));
    mincore(d, 3 * 4096, v);
    printf("%d %d %d\n", v[0] & 1, v[1] & 1, v[2] & 1);
    SHOW(munlock(d, 3 * 4096));
}
