// SPDX-License-Identifier: BSD-3-Clause
// fcntl(2) record locks: per process they never conflict, per description they do.
#include <report.h>

static struct flock at(short type, off_t start, off_t length) {
    struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    return l;
}

int main(void) {
    own_folder();
    int a = open("file", O_CREAT | O_RDWR, 0600), b = open("file", O_RDWR);
    struct flock l = at(F_WRLCK, 0, 10);
    SHOW(fcntl(a, F_SETLK, &l));
    SHOW(fcntl(b, F_SETLK, &l));
    l = at(F_WRLCK, 5, 0);
    SHOW(fcntl(b, F_GETLK, &l));
    printf("type %d\n", l.l_type);
    l = at(F_UNLCK, 0, 0);
    SHOW(fcntl(a, F_SETLK, &l));

    l = at(F_WRLCK, 100, 50);
    SHOW(fcntl(a, F_OFD_SETLK, &l));
    l = at(F_RDLCK, 120, 10);
    SHOW(fcntl(b, F_OFD_SETLK, &l));
    l = at(F_RDLCK, 150, 10);
    SHOW(fcntl(b, F_OFD_SETLK, &l));
    l = at(F_WRLCK, 0, 0);
    SHOW(fcntl(b, F_OFD_GETLK, &l));
    printf("type %d start %ld length %ld pid %d\n", l.l_type, (long)l.l_start, (long)l.l_len,
           l.l_pid);
    l = at(F_WRLCK, 10, -20);
    SHOW(fcntl(a, F_SETLK, &l));
    l = at(9, 0, 0);
    SHOW(fcntl(a, F_SETLK, &l));
    l = at(F_WRLCK, 0, 1);
    l.l_whence = 7;
    SHOW(fcntl(a, F_SETLK, &l));
    int reader = open("file", O_RDONLY);
    l = at(F_WRLCK, 0, 1);
    SHOW(fcntl(reader, F_SETLK, &l));
    l = at(F_RDLCK, 0, 1);
    SHOW(fcntl(reader, F_SETLK, &l));
    SHOW(fcntl(a, F_SETLK, BAD));
    SHOW(fcntl(99, F_SETLK, &l));
}
