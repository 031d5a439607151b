// SPDX-License-Identifier: BSD-3-Clause
// accept (also many times), connect, send, recv, sendmsg, recvmsg, shutdown; buffers chosen late.
#include <arpa/inet.h>
#include <sys/socket.h>

#include "ring.h"

int main(void) {
    struct ring r = {0};
    ring_open(&r, 16, 0);
    int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    bind(listener, (void*)&at, sizeof at);
    getsockname(listener, (void*)&at, &size);
    listen(listener, 5);
    next_sqe(&r, IORING_OP_ACCEPT, listener, 1);
    ring_enter(&r, 0);
    struct io_uring_sqe* sqe = next_sqe(&r, IORING_OP_CONNECT, client, 2);
    sqe->addr = (uint64_t)&at;
    sqe->off = sizeof at;
    struct io_uring_cqe got[2];
    int n = 0, server = -1;
    while (n < 2) {
        if (take_cqe(&r, &got[n])) {
            if (got[n].user_data == 1)
                server = got[n].res;
            else
                printf("connect %d\n", got[n].res);
            ++n;
        } else {
            ring_enter(&r, 1);
        }
    }
    HOLDS(server > 0);
    char back[32] = "";
    rw_sqe(&r, IORING_OP_RECV, server, back, 32, 0, 1);
    ring_enter(&r, 0);
    rw_sqe(&r, IORING_OP_SEND, client, "hello", 5, 0, 2);
    show_completions(&r, "send and recv", 2);
    printf("%s\n", back);
    struct iovec out = {"message", 7}, in = {back, 32};
    struct msghdr to = {.msg_iov = &out, .msg_iovlen = 1}, from = {.msg_iov = &in, .msg_iovlen = 1};
    rw_sqe(&r, IORING_OP_RECVMSG, server, &from, 1, 0, 1);
    ring_enter(&r, 0);
    rw_sqe(&r, IORING_OP_SENDMSG, client, &to, 1, 0, 2);
    show_completions(&r, "sendmsg and recvmsg", 2);
    printf("%s\n", back);
    rw_sqe(&r, IORING_OP_RECV, server, back, 32, 0, 1)->msg_flags = MSG_DONTWAIT;
    show_completions(&r, "not waiting", 1);
    rw_sqe(&r, IORING_OP_RECV, r.fd, back, 32, 0, 1);
    rw_sqe(&r, IORING_OP_SEND, 99, back, 32, 0, 2);
    rw_sqe(&r, IORING_OP_SEND, client, BAD, 32, 0, 3);
    show_completions(&r, "errors", 3);
    // Buffers of a group
    static char area[4][8];
    sqe = rw_sqe(&r, IORING_OP_PROVIDE_BUFFERS, 4, area, 8, 100, 1);
    sqe->buf_group = 7;
    show_completions(&r, "provide", 1);
    sqe = rw_sqe(&r, IORING_OP_RECV, server, NULL, 8, 0, 1);
    sqe->flags = IOSQE_BUFFER_SELECT;
    sqe->buf_group = 7;
    ring_enter(&r, 0);
    send(client, "chosen", 6, 0);
    show_completions(&r, "chosen", 1);
    printf("%.6s\n", area[0]);
    sqe = rw_sqe(&r, IORING_OP_RECV, server, NULL, 8, 0, 1);
    sqe->flags = IOSQE_BUFFER_SELECT;
    sqe->buf_group = 8;
    send(client, "x", 1, 0);
    show_completions(&r, "no such group", 1);
    recv(server, back, 1, 0);
    next_sqe(&r, IORING_OP_REMOVE_BUFFERS, 10, 1)->buf_group = 7;
    show_completions(&r, "remove", 1);
    // A ring of buffers, used until it is empty
    struct io_uring_buf_ring* buffers =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct io_uring_buf_reg registration = {
        .ring_addr = (uint64_t)buffers, .ring_entries = 4, .bgid = 9};
    SHOW(syscall(SYS_io_uring_register, r.fd, IORING_REGISTER_PBUF_RING, &registration, 1));
    for (unsigned short i = 0; i < 2; ++i) {
        buffers->bufs[i].addr = (uint64_t)area[i];
        buffers->bufs[i].len = 8;
        buffers->bufs[i].bid = (unsigned short)(20 + i);
    }
    __atomic_store_n(&buffers->tail, 2, __ATOMIC_RELEASE);
    sqe = rw_sqe(&r, IORING_OP_RECV, server, NULL, 0, 0, 1);
    sqe->flags = IOSQE_BUFFER_SELECT;
    sqe->buf_group = 9;
    sqe->ioprio = IORING_RECV_MULTISHOT;
    ring_enter(&r, 0);
    send(client, "first", 5, 0);
    show_completions(&r, "many", 1);
    send(client, "second", 6, 0);
    show_completions(&r, "many", 1);
    send(client, "third", 5, 0);
    show_completions(&r, "no buffer left", 1);
    printf("%.5s %.6s\n", area[0], area[1]);
    recv(server, back, 5, 0);
    SHOW(syscall(SYS_io_uring_register, r.fd, IORING_UNREGISTER_PBUF_RING, &registration, 1));
    SHOW(syscall(SYS_io_uring_register, r.fd, IORING_UNREGISTER_PBUF_RING, &registration, 1));
    // Many connections with one request
    sqe = next_sqe(&r, IORING_OP_ACCEPT, listener, 1);
    sqe->ioprio = IORING_ACCEPT_MULTISHOT;
    ring_enter(&r, 0);
    for (int i = 0; i < 2; ++i) {
        int c = socket(AF_INET, SOCK_STREAM, 0);
        connect(c, (void*)&at, sizeof at);
        ring_enter(&r, 1);
        struct io_uring_cqe cqe = {0};
        HOLDS(take_cqe(&r, &cqe) && cqe.res > 0 && cqe.flags == IORING_CQE_F_MORE);
    }
    next_sqe(&r, IORING_OP_ASYNC_CANCEL, -1, 2)->addr = 1;
    show_completions(&r, "accept cancelled", 2);
    next_sqe(&r, IORING_OP_SHUTDOWN, client, 1)->len = SHUT_WR;
    show_completions(&r, "shutdown", 1);
    rw_sqe(&r, IORING_OP_RECV, server, back, 32, 0, 1);
    show_completions(&r, "end", 1);
    sqe = next_sqe(&r, IORING_OP_CONNECT, socket(AF_INET, SOCK_STREAM, 0), 1);
    close(listener);
    sqe->addr = (uint64_t)&at;
    sqe->off = sizeof at;
    show_completions(&r, "refused", 1);
    sqe = next_sqe(&r, IORING_OP_SOCKET, AF_INET, 1);
    sqe->off = SOCK_STREAM;
    ring_enter(&r, 1);
    struct io_uring_cqe cqe = {0};
    HOLDS(take_cqe(&r, &cqe) && cqe.res > 0);
}
