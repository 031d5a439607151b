// SPDX-License-Identifier: BSD-3-Clause
// TIOCPKT: what the master is told besides the data.
#include <terminal.h>

static void packet(const char* what) {
    char text[100];
    struct pollfd p = {master, POLLIN | POLLPRI, 0};
    int ready = poll(&p, 1, 100);
    printf("%s: %d events %x\n", what, ready, p.revents);
    if (ready == 1)
        show_bytes("  packet", text, read(master, text, sizeof text));
}

int main(void) {
    int on = 1, off = 0, state = -1;
    char text[10];
    open_pair();
    SHOW(ioctl(master, TIOCGPKT, &state));
    SHOW(state);
    SHOW(ioctl(master, TIOCPKT, &on));
    SHOW(ioctl(master, TIOCGPKT, &state));
    SHOW(state);
    packet("nothing");
    write(slave, "data", 4);
    packet("data");
    write(slave, "pq", 2);
    sleep_ms(50);
    show_bytes("room for the kind only", text, read(master, text, 1));
    show_bytes("one byte", text, read(master, text, 2));
    show_bytes("one byte", text, read(master, text, 2));
    tcflush(slave, TCIFLUSH);
    packet("flush input");
    tcflush(slave, TCOFLUSH);
    packet("flush output");
    tcflow(slave, TCOOFF);
    packet("stop");
    tcflow(slave, TCOON);
    packet("start");
    set(0, IXON, 0, 0);
    packet("IXON off");
    set(0, 0, 0, 0);
    packet("IXON on");
    set(0, 0, 0, ECHO);
    packet("no change of flow");
    tcflush(slave, TCIOFLUSH);
    write(slave, "more", 4);
    packet("status first");
    packet("data after it");
    SHOW(ioctl(master, TIOCPKT, &off));
    write(slave, "plain", 5);
    show_master("off");
}
