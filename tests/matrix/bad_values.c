// SPDX-License-Identifier: BSD-3-Clause
// Every descriptor argument of every call with every kind of descriptor, every number with hostile
// ones, and texts that are empty or too long.
#include <limits.h>

#include "../guest/report.h"
#include "calls.h"

static void descriptors(const struct call* c, int which) {
    for (int k = 0; k < descriptor_kinds; ++k) {
        long values[6];
        char what[96];
        usual_arguments(c, values);
        values[which] = descriptor_of_kind(k);
        snprintf(what, sizeof what, "%s for %s", descriptor_kind(k), c->arguments[which].name);
        show_call(c, values, what);
    }
    show_with(c, which, "-1 for", -1);
    show_with(c, which, "too large", INT_MAX);
    // Only the lower half of the register counts.
    long values[6];
    char what[96];
    usual_arguments(c, values);
    values[which] |= 1l << 40;
    snprintf(what, sizeof what, "upper half of %s", c->arguments[which].name);
    show_call(c, values, what);
}

static void numbers(const struct call* c, int which) {
    static const struct {
        const char* name;
        long value;
    } hostile[] = {
        {"-1 for", -1},
        {"least", INT_MIN},
        {"largest", INT_MAX},
        {"least 64-bit", LONG_MIN},
        {"largest 64-bit", LONG_MAX},
    };
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; ++i)
        show_with(c, which, hostile[i].name, hostile[i].value);
}

static void texts(const struct call* c, int which) {
    static char longest[PATH_MAX + 2], component[300];
    memset(longest, 'x', PATH_MAX + 1);
    for (int i = 100; i < PATH_MAX; i += 100)
        longest[i] = '/';
    memset(component, 'x', 299);
    show_with(c, which, "empty", (long)"");
    show_with(c, which, "too long", (long)longest);
    show_with(c, which, "too long a component in", (long)component);
    if (c->arguments[which].kind != PATH)
        return;
    show_with(c, which, "absent", (long)"absent");
    show_with(c, which, "below a file", (long)"file/x");
    show_with(c, which, "file with a slash as", (long)"file/");
    show_with(c, which, "folder as", (long)"folder");
    show_with(c, which, "dot as", (long)".");
}

int main(void) {
    prepare();
    FOR_EACH_CALL(c)
    for (int i = 0; i < c->count; ++i) {
        switch (c->arguments[i].kind) {
            case DESCRIPTOR:
            case DIRECTORY:
                descriptors(c, i);
                break;
            case NUMBER:
            case SIZE:
            case MODE:
                numbers(c, i);
                break;
            case SIGNAL:
                show_with(c, i, "-1 for", -1);
                show_with(c, i, "0 for", 0);
                show_with(c, i, "65 for", 65);
                show_with(c, i, "uncatchable", SIGKILL);
                break;
            case PROCESS:
                show_with(c, i, "absent", INT_MAX);
                break;
            case PATH:
            case TEXT:
                texts(c, i);
                break;
            default:
                break;
        }
    }
}
