// SPDX-License-Identifier: BSD-3-Clause
// ECHO, ECHOE, ECHOK, ECHOKE, ECHONL, ECHOCTL, ECHOPRT.
#include <terminal.h>

static void with(const char* what, tcflag_t on, tcflag_t off, const char* keys) {
    set(0, 0, on, off);
    type(keys);
    show_master(what);
    type("\n");
    show_read("  line", 100);
    show_master("  end");
}

int main(void) {
    open_pair();
    with("no ECHO", 0, ECHO, "ab\177c\025d\001");
    with("ECHONL alone", ECHONL, ECHO, "abc");
    with("no ECHOE", 0, ECHOE, "abc\177\177");
    with("no ECHOKE", 0, ECHOKE, "abc\025d");
    with("no ECHOK", 0, ECHOK, "abc\025d");
    with("neither", 0, ECHOK | ECHOKE, "abc\025d");
    with("no ECHOCTL", 0, ECHOCTL, "a\001b\177\177c");
    with("ECHOPRT", ECHOPRT, 0, "abc\177\177de\027f");
    with("ECHOPRT to the start", ECHOPRT, 0, "ab\177\177");
    with("no IEXTEN", 0, IEXTEN, "a b\027\026\022");
    set(0, 0, 0, ICANON);
    type("raw\r\001\177");
    show_master("raw mode echoes");
    show_read("raw mode reads", 100);
    set(0, ICRNL, 0, ICANON);
    type("a\nb\r");
    show_master("raw without ICRNL");
    show_read("  reads", 100);
}
