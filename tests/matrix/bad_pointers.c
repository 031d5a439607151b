// SPDX-License-Identifier: BSD-3-Clause
// Every pointer argument of every call, with every kind of memory that is not there: EFAULT, or
// what Linux looks at before it looks at the memory.
#include <sys/mman.h>

#include "../guest/report.h"
#include "calls.h"

static char *one_page, *read_only, *unreadable;

/// A page with nothing behind it.
static char* page_before_a_hole(int protection) {
    char* p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(p + 4096, 4096);
    memset(p, 'x', 4096);
    mprotect(p, 4096, protection);
    return p;
}

static void attempt(const struct call* c, int which, const char* kind, long pointer) {
    memset(one_page, 'x', 4096);
    show_with(c, which, kind, pointer);
}

static void go_through(const struct call* c, int which) {
    long values[6];
    usual_arguments(c, values);
    const size_t size = size_behind(c, which, values);
    const enum kind k = c->arguments[which].kind;
    if (!c->arguments[which].null && k != NAME_IN && k != NAME_OUT && k != ADDRESS)
        attempt(c, which, "null", 0);
    attempt(c, which, "low", 0x10);
    attempt(c, which, "kernel's", (long)0xffffffff80000000);
    attempt(c, which, "kernel's lower", (long)0xffff800000001000);
    attempt(c, which, "non-canonical", (long)0x1234567890abcdef);
    attempt(c, which, "last", -1);
    attempt(c, which, "unmapped", (long)one_page + 4096);
    attempt(c, which, "unreadable", (long)unreadable);
    if (k == PATH || k == TEXT)
        attempt(c, which, "unterminated", (long)one_page + 4090);
    else if (size > 1)
        attempt(c, which, "cut short", (long)(one_page + 4096 - size + 1));
    if (is_written(c, which))
        attempt(c, which, "read-only", (long)read_only);
}

int main(void) {
    prepare();
    one_page = page_before_a_hole(PROT_READ | PROT_WRITE);
    read_only = page_before_a_hole(PROT_READ);
    unreadable = page_before_a_hole(PROT_NONE);
    FOR_EACH_CALL(c)
    for (int i = 0; i < c->count; ++i)
        if (is_pointer(c, i))
            go_through(c, i);
}
