// SPDX-License-Identifier: BSD-3-Clause
// mmap, munmap, mprotect, mremap: refusals.
#include <report.h>
#include <sys/mman.h>

int main(void) {
    own_folder();
    write_file("file", "text");
    int reader = open("file", O_RDONLY), writer = open("file", O_WRONLY);
    const int rw = PROT_READ | PROT_WRITE, anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
    WORKS((long)mmap(NULL, 0, rw, anonymous, -1, 0));
    WORKS((long)mmap(NULL, 4096, rw, MAP_ANONYMOUS, -1, 0));
    WORKS((long)mmap(NULL, 4096, rw, MAP_PRIVATE, -1, 0));
    WORKS((long)mmap(NULL, 4096, rw, MAP_PRIVATE, 99, 0));
    WORKS((long)mmap(NULL, 4096, rw, MAP_SHARED, reader, 0));
    WORKS((long)mmap(NULL, 4096, PROT_READ, MAP_SHARED, reader, 0));
    WORKS((long)mmap(NULL, 4096, rw, MAP_PRIVATE, reader, 0));
    WORKS((long)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, writer, 0));
    WORKS(syscall(SYS_mmap, NULL, 4096, PROT_READ, MAP_PRIVATE, reader, 100));
    WORKS((long)mmap((void*)0x10001, 4096, rw, anonymous | MAP_FIXED, -1, 0));
    WORKS((long)mmap(NULL, (size_t)1 << 60, rw, anonymous, -1, 0));
    WORKS((long)mmap(NULL, 4096, rw, 0x80 | MAP_SHARED_VALIDATE | MAP_ANONYMOUS, -1, 0));
    int folder = open(".", O_RDONLY);
    WORKS((long)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, folder, 0));
    char* a = mmap(NULL, 3 * 4096, rw, anonymous, -1, 0);
    WORKS((long)mmap(a, 4096, rw, anonymous | MAP_FIXED_NOREPLACE, -1, 0));
    SHOW(munmap(a + 1, 4096));
    SHOW(munmap(a, 0));
    SHOW(mprotect(a + 1, 4096, PROT_READ));
    SHOW(mprotect(a, 4096, 0x100));
    SHOW(mprotect(a, 0, PROT_READ));
    char* shared = mmap(NULL, 4096, PROT_READ, MAP_SHARED, reader, 0);
    SHOW(mprotect(shared, 4096, rw));
    SHOW(munmap(a + 4096, 4096));
    SHOW(munmap(a + 4096, 4096));
    SHOW(mprotect(a, 3 * 4096, PROT_READ));
    WORKS((long)mremap(a, 4096, 0, 0));
    WORKS((long)mremap(a + 1, 4096, 8192, MREMAP_MAYMOVE));
    WORKS((long)mremap(a, 4096, 8192, 99));
    WORKS((long)mremap(a + 4096, 4096, 8192, MREMAP_MAYMOVE));
    SHOW(madvise(a, 4096, 12345));
    SHOW(madvise(a + 1, 4096, MADV_DONTNEED));
    SHOW(madvise(a + 4096, 4096, MADV_DONTNEED));
    SHOW(msync(a + 4096, 4096, MS_SYNC));
    SHOW(msync(a, 4096, MS_SYNC | MS_ASYNC));
    unsigned char v[4];
    SHOW(mincore(a + 1, 4096, v));
    SHOW(mincore(a + 4096, 4096, v));
    SHOW(mincore(a, 4096, BAD));
    SHOW(mlock(a + 4096, 4096));
}
