// SPDX-License-Identifier: BSD-3-Clause
// mq_notify with SIGEV_THREAD: the C library starts a thread when a message comes; and the call
// below it, which sends a cookie to a netlink socket.
#include <mqueue.h>
#include <report.h>
#include <sys/socket.h>

static volatile int called;

static void on_message(union sigval value) {
    called = value.sival_int;
}

int main(void) {
    char name[64];
    snprintf(name, sizeof name, "/guest-thread-%d", getpid());
    struct mq_attr limits = {.mq_maxmsg = 4, .mq_msgsize = 16};
    mqd_t queue = mq_open(name, O_CREAT | O_RDWR, 0600, &limits);
    WORKS(queue);
    struct sigevent event = {.sigev_notify = SIGEV_THREAD};
    event.sigev_notify_function = on_message;
    event.sigev_value.sival_int = 17;
    SHOW(mq_notify(queue, &event));
    SHOW(mq_notify(queue, &event));
    SHOW(mq_send(queue, "hello", 5, 0));
    wait_change(&called, 0);
    printf("called with %d\n", called);
    char room[16];
    SHOW(mq_receive(queue, room, sizeof room, NULL));

    int netlink = socket(AF_NETLINK, SOCK_RAW, 0), other = socket(AF_UNIX, SOCK_STREAM, 0);
    char cookie[32] = "what the library wants to know";
    struct sigevent raw = {.sigev_notify = SIGEV_THREAD, .sigev_signo = netlink};
    raw.sigev_value.sival_ptr = cookie;
    char got[64] = "";
    SHOW(syscall(SYS_mq_notify, queue, &raw));
    SHOW(mq_send(queue, "again", 5, 0));
    SHOW(recv(netlink, got, sizeof got, 0));
    printf("%.30s %d\n", got, got[31]);
    mq_receive(queue, room, sizeof room, NULL);
    SHOW(syscall(SYS_mq_notify, queue, &raw));
    SHOW(mq_notify(queue, NULL));
    SHOW(recv(netlink, got, sizeof got, 0));
    printf("%.30s %d\n", got, got[31]);
    raw.sigev_signo = other;
    SHOW(syscall(SYS_mq_notify, queue, &raw));
    raw.sigev_signo = 0x7000;
    SHOW(syscall(SYS_mq_notify, queue, &raw));
    raw.sigev_signo = netlink;
    raw.sigev_value.sival_ptr = BAD;
    SHOW(syscall(SYS_mq_notify, queue, &raw));
    raw.sigev_value.sival_ptr = cookie;
    SHOW(syscall(SYS_mq_notify, 0x7000, &raw));
    SHOW(syscall(SYS_mq_notify, queue, BAD));
    SHOW(recv(netlink, got, sizeof got, MSG_DONTWAIT));
    mq_close(queue);
    mq_unlink(name);
}
