// SPDX-License-Identifier: BSD-3-Clause
// A line holds 4095 characters and its end; what is typed beyond takes the last place.
#include <terminal.h>

int main(void) {
    static char text[10000], got[10000];
    open_pair();
    set(0, 0, 0, ECHO);
    for (int i = 0; i < 6000; ++i)
        text[i] = (char)('a' + i % 26);
    text[6000] = '\n';
    SHOW(write(master, text, 6001));
    sleep_ms(100);
    int n;
    SHOW(ioctl(slave, FIONREAD, &n));
    SHOW(n);
    ssize_t all = read(slave, got, sizeof got);
    SHOW(all);
    SHOW(memcmp(text, got, 4095));
    SHOW(got[4095]);
    text[4000] = '\n';
    SHOW(write(master, text, 4001));
    sleep_ms(100);
    SHOW(read(slave, got, 100));
    SHOW(read(slave, got, sizeof got));
    SHOW(got[3900]);
    // Two lines of which only the first finds room wait for a read
    SHOW(write(master, text, 4001));
    SHOW(write(master, text, 4001));
    sleep_ms(100);
    SHOW(read(slave, got, sizeof got));
    sleep_ms(100);
    SHOW(read(slave, got, sizeof got));
    show_read("nothing more", 10);
}
