// SPDX-License-Identifier: BSD-3-Clause
// FIONREAD, FIONBIO and unknown requests.
#include <report.h>
#include <sys/ioctl.h>

int main(void) {
    int p[2], n = -1, on = 1;
    char text[10];
    pipe(p);
    write(p[1], "12345", 5);
    SHOW(ioctl(p[0], FIONREAD, &n));
    printf("%d\n", n);
    SHOW(ioctl(p[0], FIONBIO, &on));
    SHOW(read(p[0], text, 10));
    SHOW(read(p[0], text, 10));
    SHOW(ioctl(p[0], FIOCLEX));
    SHOW(fcntl(p[0], F_GETFD));
    SHOW(ioctl(p[0], FIONCLEX));
    SHOW(fcntl(p[0], F_GETFD));
    SHOW(ioctl(p[0], 0x7777));
    SHOW(ioctl(p[0], TIOCGWINSZ, text));
    SHOW(ioctl(99, FIONREAD, &n));
    SHOW(ioctl(p[0], FIONREAD, BAD));
    SHOW(isatty(p[0]));
}
