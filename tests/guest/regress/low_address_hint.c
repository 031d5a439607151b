// SPDX-License-Identifier: BSD-3-Clause
// A free address asked for together with MAP_32BIT is the one that is given: SBCL's heap has its
// place there. (The kernel once looked at no address then.)
#include <report.h>
#include <sys/mman.h>

int main(void) {
    enum { SIZE = 1 << 20, FLAGS = MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT };
    char* asked = (char*)0x50000000;
    char* first = mmap(asked, SIZE, PROT_READ | PROT_WRITE, FLAGS | MAP_NORESERVE, -1, 0);
    HOLDS(first == asked);
    first[SIZE - 1] = 1;
    char* second = mmap(asked, SIZE, PROT_READ | PROT_WRITE, FLAGS, -1, 0);
    HOLDS(second != asked && (uintptr_t)second + SIZE <= 0x80000000);
    char* third = mmap((char*)0x100000000, SIZE, PROT_READ | PROT_WRITE, FLAGS, -1, 0);
    HOLDS((uintptr_t)third + SIZE <= 0x80000000);
    HOLDS(mmap(NULL, SIZE, PROT_READ, FLAGS, -1, 0) < (void*)0x80000000);
}
