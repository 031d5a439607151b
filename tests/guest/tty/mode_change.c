// SPDX-License-Identifier: BSD-3-Clause
// What was typed before the mode changed.
#include <terminal.h>

int main(void) {
    open_pair();
    type("half");
    sleep_ms(50);
    show_read("canonical", 100);
    set(0, 0, 0, ICANON);
    show_read("raw", 100);
    type("line\nhalf");
    sleep_ms(50);
    set(0, 0, 0, 0);
    show_read("canonical again", 100);
    type("more\n");
    show_read("and on", 100);
    set(0, 0, 0, ICANON);
    type("x\004y");
    sleep_ms(50);
    set(0, 0, 0, 0);
    type("z\n");
    show_read("VEOF typed in raw mode", 100);
    show_read("next", 100);
    struct termios t = plain;
    type("old\n");
    sleep_ms(50);
    tcsetattr(slave, TCSAFLUSH, &t);
    show_read("flushed", 100);
    type("kept\n");
    sleep_ms(50);
    tcsetattr(slave, TCSADRAIN, &t);
    show_read("drained", 100);
}
