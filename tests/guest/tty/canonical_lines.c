// SPDX-License-Identifier: BSD-3-Clause
// Canonical mode: reads end at lines, and at ends of file in the middle of one.
#include <terminal.h>

int main(void) {
    open_pair();
    show_read("nothing", 100);
    type("unfinished");
    show_read("no line yet", 100);
    type(" line\n");
    show_read("the line", 100);
    type("one\ntwo\nthree\n");
    int n;
    sleep_ms(50);
    SHOW(ioctl(slave, FIONREAD, &n));
    SHOW(n);
    show_read("first", 100);
    show_read("a part", 2);
    show_read("the rest", 100);
    show_read("third", 100);
    type("middle\004");
    show_read("ended by VEOF", 100);
    type("\004");
    show_read("end of file", 100);
    type("abc\004");
    show_read("filled by what comes before VEOF", 3);
    show_read("then nothing", 100);
    type("abc\004def\n");
    sleep_ms(50);
    SHOW(ioctl(slave, FIONREAD, &n));
    SHOW(n);
    show_read("two at once", 100);
    show_read("two at once", 100);
    type("\004\004x\n");
    show_read("ends of file", 100);
    show_read("ends of file", 100);
    show_read("ends of file", 100);
    struct termios t = plain;
    t.c_cc[VEOL] = ';';
    t.c_cc[VEOL2] = '!';
    tcsetattr(slave, TCSANOW, &t);
    type("a;b!c\n");
    show_read("VEOL", 100);
    show_read("VEOL2", 100);
    show_read("newline", 100);
    show_master("echo");
}
