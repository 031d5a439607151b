// SPDX-License-Identifier: BSD-3-Clause
// IXON, IXANY and TCXONC: output that stops and goes on.
#include <terminal.h>

static int writable(void) {
    struct pollfd p = {slave, POLLOUT, 0};
    poll(&p, 1, 0);
    return p.revents;
}

static void try_write(const char* text) {
    fcntl(slave, F_SETFL, O_RDWR | O_NONBLOCK);
    SHOW(write(slave, text, strlen(text)));
    fcntl(slave, F_SETFL, O_RDWR);
}

int main(void) {
    open_pair();
    SHOW(writable());
    type("\023");
    sleep_ms(50);
    SHOW(writable());
    try_write("stopped");
    type("keys");
    show_master("echo waits, too");
    type("\021");
    show_master("started");
    SHOW(writable());
    type("\n");
    show_read("line", 100);
    show_master("end");
    set(IXANY, 0, 0, 0);
    type("\023");
    sleep_ms(50);
    try_write("x");
    type("k");
    show_master("any key");
    try_write("y");
    show_master("goes on");
    set(0, IXON, 0, 0);
    type("\023\021");
    show_master("without IXON they are data");
    type("\n");
    show_read("line", 100);
    show_master("end");
    set(0, 0, 0, 0);
    type("\023");
    sleep_ms(50);
    set(0, IXON, 0, 0);
    try_write("IXON off starts");
    show_master("out");
    set(0, 0, 0, 0);
    SHOW(tcflow(slave, TCOOFF));
    try_write("held");
    type("\021");
    sleep_ms(50);
    try_write("no key starts it");
    SHOW(tcflow(slave, TCOON));
    try_write("on");
    show_master("out");
    SHOW(tcflow(slave, TCIOFF));
    SHOW(tcflow(slave, TCION));
    show_master("keys for the other end");
    SHOW(tcflow(slave, 4));
    SHOW(tcflow(slave, -1));
    type("\023");
    sleep_ms(50);
    type("\003");
    show_master("VINTR starts");
}
