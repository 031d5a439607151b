// SPDX-License-Identifier: BSD-3-Clause
// POSIX message queues without waiting: order, attributes, limits, names, errors.
#include <mqueue.h>
#include <poll.h>
#include <report.h>
#include <sys/resource.h>

static char name[64];
static mqd_t queue;

static void get(void) {
    char text[64] = "";
    unsigned priority = 99;
    ssize_t got = mq_receive(queue, text, sizeof text, &priority);
    if (got < 0)
        printf("get: %s\n", strerrorname_np(errno));
    else
        printf("get: %zd %s priority %u\n", got, text, priority);
}
static void state(mqd_t q) {
    struct mq_attr a;
    SHOW(mq_getattr(q, &a));
    printf(" flags %lx, %ld of %ld messages of %ld bytes\n", a.mq_flags, a.mq_curmsgs, a.mq_maxmsg,
           a.mq_msgsize);
}

int main(void) {
    sprintf(name, "/guest-%d", getpid());
    struct mq_attr a = {.mq_maxmsg = 4, .mq_msgsize = 16, .mq_flags = O_NONBLOCK};
    SHOW(mq_open(name, O_RDWR));
    queue = mq_open(name, O_CREAT | O_EXCL | O_RDWR | O_NONBLOCK, 0640, &a);
    HOLDS(queue >= 0);
    SHOW(mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, &a));
    SHOW(fcntl(queue, F_GETFD));
    state(queue);
    get();
    SHOW(mq_send(queue, "low", 4, 1));
    SHOW(mq_send(queue, "high", 5, 9));
    SHOW(mq_send(queue, "low again", 10, 1));
    SHOW(mq_send(queue, "", 0, 5));
    SHOW(mq_send(queue, "full", 5, 1));
    state(queue);
    struct pollfd entry = {queue, POLLIN | POLLOUT, 0};
    SHOW(poll(&entry, 1, 0));
    SHOW(entry.revents);
    for (int i = 0; i < 5; ++i)
        get();
    SHOW(poll(&entry, 1, 0));
    SHOW(entry.revents);
    SHOW(mq_send(queue, "more than sixteen bytes", 24, 0));
    SHOW(mq_send(queue, "x", 1, 32768));
    SHOW(mq_send(queue, "x", 1, 32767));
    SHOW(mq_send(queue, BAD, 1, 0));
    char small[8];
    SHOW(mq_receive(queue, small, sizeof small, NULL));
    SHOW(mq_receive(queue, BAD, 16, NULL));
    SHOW(mq_send(1, "x", 1, 0));
    SHOW(mq_send(99, "x", 1, 0));
    mqd_t reader = mq_open(name, O_RDONLY), writer = mq_open(name, O_WRONLY | O_NONBLOCK);
    SHOW(mq_send(reader, "x", 1, 0));
    SHOW(mq_receive(writer, small, 16, NULL));
    a.mq_flags = 0;
    SHOW(mq_setattr(queue, &a, NULL));
    state(queue);
    a.mq_flags = O_NONBLOCK | O_APPEND;
    SHOW(mq_setattr(queue, &a, NULL));
    SHOW(mq_getattr(1, &a));
    SHOW(mq_setattr(queue, BAD, NULL));
    SHOW(syscall(SYS_mq_getsetattr, queue, NULL, BAD));
    struct timespec past = {1, 0}, bad = {0, 1000000000};
    char text[16];
    SHOW(mq_timedreceive(queue, text, sizeof text, NULL, &past));
    SHOW(mq_timedreceive(queue, text, sizeof text, NULL, &bad));
    SHOW(mq_timedreceive(queue, text, sizeof text, NULL, BAD));
    for (int i = 0; i < 4; ++i)
        mq_send(queue, "x", 1, 0);
    SHOW(mq_timedsend(queue, "x", 1, 0, &past));

    struct mq_attr zero = {.mq_maxmsg = 0, .mq_msgsize = 1},
                   big = {.mq_maxmsg = 65537, .mq_msgsize = 1};
    SHOW(mq_open("/guest-other", O_CREAT | O_RDWR, 0600, &zero));
    SHOW(mq_open("/guest-other", O_CREAT | O_RDWR, 0600, &big));
    SHOW(mq_open("/guest-other", O_CREAT | O_RDWR, 0600, BAD));
    SHOW(mq_open("/a/b", O_CREAT | O_RDWR, 0600, NULL));
    SHOW(mq_open("/", O_CREAT | O_RDWR, 0600, NULL));
    SHOW(mq_open("/..", O_RDWR));
    SHOW(mq_open(name, 3));
    SHOW(syscall(SYS_mq_open, BAD, O_RDWR, 0, NULL));
    char long_name[300];
    memset(long_name, 'a', sizeof long_name);
    long_name[0] = '/';
    long_name[299] = 0;
    SHOW(mq_open(long_name, O_CREAT | O_RDWR, 0600, NULL));
    struct rlimit limit = {1000, 1000};
    setrlimit(RLIMIT_MSGQUEUE, &limit);
    SHOW(mq_open("/guest-other", O_CREAT | O_RDWR, 0600, NULL));

    struct stat facts;
    SHOW(fstat(queue, &facts));
    printf("mode %o size %ld\n", facts.st_mode, (long)facts.st_size);
    SHOW(mq_unlink(name));
    SHOW(mq_unlink(name));
    SHOW(mq_unlink("/a/b"));
    SHOW(mq_open(name, O_RDWR));
    state(queue);  // lives on while it is open
    get();
    char line[128] = "";
    SHOW(pread(queue, line, sizeof line - 1, 0));
    printf("%s", line);
    SHOW(mq_close(queue));
    SHOW(mq_close(queue));
}
