// SPDX-License-Identifier: BSD-3-Clause
// Opening an end of a pipe through /proc/self/fd does not wait for the other end, as opening a FIFO
// does: bash's process substitution hung when the writer was faster.
#include <report.h>

int main(void) {
    int ends[2];
    char name[32], text[8] = "";
    pipe(ends);
    write(ends[1], "text", 4);
    close(ends[1]);
    sprintf(name, "/proc/self/fd/%d", ends[0]);
    int again = open(name, O_RDONLY);
    HOLDS(again >= 0);
    SHOW(read(again, text, sizeof text));
    puts(text);
    SHOW(read(again, text, sizeof text));
    pipe(ends);
    close(ends[0]);
    sprintf(name, "/proc/self/fd/%d", ends[1]);
    signal(SIGPIPE, SIG_IGN);
    again = open(name, O_WRONLY | O_NONBLOCK);
    HOLDS(again >= 0);
    SHOW(write(again, "x", 1));
    again = open(name, O_WRONLY);
    HOLDS(again >= 0);
    SHOW(write(again, "x", 1));
}
