// SPDX-License-Identifier: BSD-3-Clause
// flock(2) locks belong to the open file description.
#include <report.h>
#include <sys/file.h>

int main(void) {
    own_folder();
    int a = open("file", O_CREAT | O_RDWR, 0600), b = open("file", O_RDWR), c = dup(a);
    SHOW(flock(a, LOCK_EX));
    SHOW(flock(b, LOCK_EX | LOCK_NB));
    SHOW(flock(b, LOCK_SH | LOCK_NB));
    SHOW(flock(c, LOCK_EX | LOCK_NB));
    SHOW(flock(a, LOCK_SH));
    SHOW(flock(b, LOCK_SH | LOCK_NB));
    SHOW(flock(b, LOCK_EX | LOCK_NB));
    SHOW(flock(c, LOCK_UN));
    SHOW(flock(b, LOCK_EX | LOCK_NB));
    close(b);
    SHOW(flock(a, LOCK_EX | LOCK_NB));
    SHOW(flock(a, 0));
    SHOW(flock(a, LOCK_SH | LOCK_EX));
    SHOW(flock(99, LOCK_SH));
}
