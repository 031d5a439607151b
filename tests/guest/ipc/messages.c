// SPDX-License-Identifier: BSD-3-Clause
// System V message queues without waiting: types, exceptions, copies, cutting, limits, errors.
#include <report.h>
#include <sys/ipc.h>
#include <sys/msg.h>

struct message {
    long type;
    char text[8200];
};
static struct message m;
static int queue;

static int put(long type, const char* text) {
    m.type = type;
    strcpy(m.text, text);
    return msgsnd(queue, &m, strlen(text) + 1, IPC_NOWAIT);
}
static void get(long type, size_t room, int flags) {
    memset(&m, 0, sizeof m);
    errno = 0;
    ssize_t got = msgrcv(queue, &m, room, type, flags | IPC_NOWAIT);
    if (got < 0)
        printf("get %ld: %s\n", type, strerrorname_np(errno));
    else
        printf("get %ld: %zd bytes, type %ld, %s\n", type, got, m.type, m.text);
}

int main(void) {
    key_t key = 0x5e000000 + (getpid() & 0xffff);
    queue = msgget(key, IPC_CREAT | IPC_EXCL | 0620);
    HOLDS(queue >= 0);
    SHOW(msgget(key, IPC_CREAT | IPC_EXCL | 0600));
    HOLDS(msgget(key, 0) == queue);
    SHOW(msgget(key + 0x100000, 0));
    get(0, 100, 0);
    SHOW(put(3, "third"));
    SHOW(put(1, "first"));
    SHOW(put(2, "second"));
    SHOW(put(1, "again"));
    get(0, 100, MSG_COPY);
    get(3, 100, MSG_COPY);
    get(4, 100, MSG_COPY);
    get(1, 100, MSG_COPY | MSG_EXCEPT);
    SHOW(msgrcv(queue, &m, 100, 0, MSG_COPY));
    get(1, 3, 0);
    get(1, 3, MSG_NOERROR);
    get(3, 100, MSG_EXCEPT);
    get(-2, 100, 0);
    get(7, 100, 0);
    get(-1, 100, 0);
    SHOW(put(1, "one"));
    get(-5, 100, 0);
    get(0, 100, 0);
    SHOW(put(0, "bad type"));
    SHOW(put(-1, "bad type"));
    m.type = 1;
    SHOW(msgsnd(queue, &m, 8193, IPC_NOWAIT));
    SHOW(msgsnd(queue, &m, (size_t)-1, IPC_NOWAIT));
    SHOW(msgsnd(queue, &m, 0, IPC_NOWAIT));
    get(0, 0, 0);
    SHOW(msgsnd(-1, &m, 1, 0));
    SHOW(msgsnd(0x7ffffff0, &m, 1, 0));
    SHOW(msgsnd(queue, BAD, 1, 0));
    SHOW(msgrcv(queue, &m, (size_t)-1, 0, IPC_NOWAIT));
    SHOW(msgrcv(-1, &m, 1, 0, IPC_NOWAIT));
    SHOW(msgsnd(queue, &m, 8192, IPC_NOWAIT));
    SHOW(msgsnd(queue, &m, 8192, IPC_NOWAIT));
    SHOW(msgsnd(queue, &m, 1, IPC_NOWAIT));
    struct msqid_ds ds;
    SHOW(msgctl(queue, IPC_STAT, &ds));
    printf("mode %o bytes %ld of %ld, messages %ld, last %d %d, key %d, times %d %d %d\n",
           ds.msg_perm.mode, (long)ds.__msg_cbytes, (long)ds.msg_qbytes, (long)ds.msg_qnum,
           ds.msg_lspid == getpid(), ds.msg_lrpid == getpid(), ds.msg_perm.__key == key,
           ds.msg_stime != 0, ds.msg_rtime != 0, ds.msg_ctime != 0);
    get(0, 8192, 0);
    ds.msg_qbytes = 8193;
    SHOW(msgctl(queue, IPC_SET, &ds));
    m.type = 1;
    SHOW(msgsnd(queue, &m, 2, IPC_NOWAIT));
    SHOW(msgsnd(queue, &m, 1, IPC_NOWAIT));
    SHOW(msgctl(queue, IPC_STAT, BAD));
    SHOW(msgctl(queue, IPC_SET, BAD));
    SHOW(msgctl(queue, 99, &ds));
    SHOW(msgctl(-1, IPC_STAT, &ds));
    struct msginfo info;
    HOLDS(msgctl(0, IPC_INFO, (struct msqid_ds*)&info) >= 0);
    printf("%d %d %d %d %d %d\n", info.msgpool, info.msgmap, info.msgmax, info.msgmnb, info.msgssz,
           info.msgtql);
    HOLDS(msgctl(0, MSG_INFO, (struct msqid_ds*)&info) >= 0);
    HOLDS(info.msgpool >= 1 && info.msgmap >= 2 && info.msgtql >= 8193);
    SHOW(msgrcv(queue, BAD, 8192, 0, IPC_NOWAIT));
    SHOW(msgctl(queue, IPC_RMID, NULL));
    SHOW(msgctl(queue, IPC_RMID, NULL));
    SHOW(msgsnd(queue, &m, 1, 0));
    get(0, 1, 0);
}
