// SPDX-License-Identifier: BSD-3-Clause
// Keys that edit a line, and what they echo.
#include <terminal.h>

static void line(const char* what, const char* keys) {
    printf("%s\n", what);
    type(keys);
    show_master("  echo");
    type("\n");
    show_read("  line", 200);
    show_master("  end");
}

int main(void) {
    open_pair();
    line("erase", "abc\177\177d");
    line("erase nothing", "\177\177");
    line("erase a control character", "a\001\177b");
    line("kill", "some words\025new");
    line("word", "one two_2 three  \027X");
    line("word with marks", "a.b,c\027");
    line("literal", "\026\003\026\177\026\026");
    line("literal, killed", "x\026\003\025y");
    line("reprint", "typed\022more");
    line("tab", "ab\tc\177\177d");
    line("two tabs", "\t\t\177\177");
    line("control before tab", "\001\t\177");
    line("escape", "\033[A");
    set(IUTF8, 0, 0, 0);
    line("UTF-8", "a\303\244\342\202\254\177\177b");
    line("word of UTF-8", "x \303\244\303\266\027y");
    set(0, 0, 0, 0);
    line("not UTF-8", "a\303\244\177");
}
