// SPDX-License-Identifier: BSD-3-Clause
// OPOST and what it switches on: ONLCR, OCRNL, ONOCR, ONLRET, OLCUC, tabs.
#include <terminal.h>

static void with(const char* what, tcflag_t flags, const char* text) {
    struct termios t = plain;
    t.c_oflag = flags;
    tcsetattr(slave, TCSANOW, &t);
    write(slave, text, strlen(text));
    show_master(what);
    t.c_oflag = OPOST;
    tcsetattr(slave, TCSANOW, &t);
    write(slave, "\r", 1);  // column 0
    show_master("  return");
}

int main(void) {
    open_pair();
    with("nothing", 0, "a\n\tb\r\n");
    with("OPOST", OPOST, "a\n\tb\r\n");
    with("no OPOST", ONLCR, "a\n");
    with("ONLCR", OPOST | ONLCR, "a\nb\n\n");
    with("OCRNL", OPOST | OCRNL, "a\rb\n");
    with("ONOCR", OPOST | ONOCR, "\rabc\r\rd");
    with("ONLRET", OPOST | ONLRET | XTABS, "abc\n\tx");
    with("OLCUC", OPOST | OLCUC, "aBc1{");
    with("tabs", OPOST | XTABS, "\ta\tbcdefgh\tijklmnop\tq");
    with("tabs after backspace", OPOST | XTABS, "abc\b\b\t|");
    with("tabs after newline", OPOST | XTABS, "abc\n\t|");
    with("tabs after control", OPOST | XTABS, "\033\t|");
    char many[3000];
    memset(many, '\n', sizeof many);
    struct termios t = plain;
    tcsetattr(slave, TCSANOW, &t);
    SHOW(write(slave, many, sizeof many));
    char got[10000];
    SHOW(read_all(master, got, sizeof got));
}
