// SPDX-License-Identifier: BSD-3-Clause
// Edge-triggered epoll(7) on both ends.
#include <sys/epoll.h>
#include <terminal.h>

static int set_of;

static void events(const char* what) {
    struct epoll_event got[4];
    int n = epoll_wait(set_of, got, 4, 100);
    printf("%s:", what);
    for (int i = 0; i < n; ++i)
        printf(" %s %x", got[i].data.fd == master ? "master" : "slave", got[i].events & ~4u);
    puts("");
}

int main(void) {
    char text[100];
    open_pair();
    set(0, 0, 0, ECHO);
    set_of = epoll_create1(0);
    struct epoll_event e = {EPOLLIN | EPOLLET, {.fd = master}};
    SHOW(epoll_ctl(set_of, EPOLL_CTL_ADD, master, &e));
    e.data.fd = slave;
    SHOW(epoll_ctl(set_of, EPOLL_CTL_ADD, slave, &e));
    events("nothing");
    type("half");
    events("no line");
    type("\n");
    events("a line");
    events("once");
    type("more\n");
    events("another line");
    write(slave, "a", 1);
    events("output");
    events("once");
    write(slave, "b", 1);
    events("more output");
    show_bytes("master reads", text, read(master, text, 1));
    events("some left");
    close(slave);
    events("slave closed");
}
