// SPDX-License-Identifier: BSD-3-Clause
// ISTRIP, INLCR, IGNCR, ICRNL, IUCLC.
#include <terminal.h>

static void with(const char* what, tcflag_t on, tcflag_t off, tcflag_t local_on, const char* keys) {
    set(on, off, local_on, ICANON | ISIG);
    type(keys);
    show_read(what, 100);
    show_master("  echo");
}

int main(void) {
    open_pair();
    with("as they come", 0, ICRNL | IXON, 0, "a\r\nB\303\244\377");
    with("ICRNL", 0, 0, 0, "a\r\n");
    with("IGNCR", IGNCR, 0, 0, "a\r\nb");
    with("INLCR", INLCR, ICRNL, 0, "a\r\nb");
    with("both", INLCR | ICRNL, 0, 0, "\r\n");
    with("ISTRIP", ISTRIP, 0, 0, "\341\342c");
    with("IUCLC", IUCLC, 0, 0, "ABCd[");
    with("IUCLC without IEXTEN", IUCLC, 0, 0, "ABC");
    with("PARMRK", PARMRK, 0, 0, "a\377b");
    set(0, 0, 0, 0);
}
