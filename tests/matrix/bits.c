// SPDX-License-Identifier: BSD-3-Clause
// Every bit of every set of flags, alone and beside the usual ones, and the values of every choice:
// which of them a call takes, and what it says to the others.
#include <limits.h>
#include <sys/mman.h>

#include "../guest/report.h"
#include "calls.h"

static void bits(const struct call* c, int which) {
    long values[6];
    char kind[32];
    for (int bit = 0; bit < 33; ++bit) {
        usual_arguments(c, values);
        snprintf(kind, sizeof kind, "bit %d of", bit);
        show_with(c, which, kind, 1l << bit);
        if (values[which] == 0 || values[which] & 1l << bit)
            continue;
        snprintf(kind, sizeof kind, "and bit %d of", bit);
        show_with(c, which, kind, values[which] | 1l << bit);
    }
    show_with(c, which, "no", 0);
    show_with(c, which, "all", -1);
}

static void choices(const struct call* c, int which) {
    char kind[32];
    for (int value = 0; value < 40; ++value) {
        snprintf(kind, sizeof kind, "%d for", value);
        show_with(c, which, kind, value);
    }
    show_with(c, which, "-1 for", -1);
    show_with(c, which, "1000 for", 1000);
    show_with(c, which, "largest", INT_MAX);
}

int main(void) {
    prepare();
    FOR_EACH_CALL(c)
    for (int i = 0; i < c->count; ++i) {
        if (c->arguments[i].kind == FLAGS)
            bits(c, i);
        else if (c->arguments[i].kind == CHOICE)
            choices(c, i);
    }
}
