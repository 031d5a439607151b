// SPDX-License-Identifier: BSD-3-Clause
//
// The Linux side of the network tests: what transfer.c serves is used, abused and checked.
// usage: peer transfer HOST UP DOWN STREAMS   bytes of each stream, streams of each direction
//        peer churn HOST PORT N THREADS       connections opened and closed
//        peer serve PORT                      echo server for the guest's own connections
//        peer idle HOST N                     opens; at each line of input an echo on each; closes
//        peer halves HOST BYTES               half-closed connections, either side first
//        peer resets HOST N THREADS           connections reset with data under way both ways
//        peer forge HOST N                    forged segments against connections that must live
//        peer flood HOST PORT N RATE          SYNs of hosts that do not exist, so many a second
//        peer guarded HOST IDLE FROM          connections from FROM, for a peer that vanishes
#include <netinet/ip.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "stream.h"

enum { PATIENCE = 120 };  // seconds without any progress that count as a stall

static long ok_or_die(long result, const char* what) {
    if (result < 0) {
        perror(what);
        exit(1);
    }
    return result;
}

static void require(int condition, const char* what) {
    if (!condition) {
        fprintf(stderr, "peer: %s\n", what);
        exit(1);
    }
}

static void run_threads(int threads, void* (*body)(void*), void* parts, size_t size) {
    pthread_t ids[64];
    require(threads <= 64, "too many threads");
    for (int i = 0; i < threads; ++i)
        require(pthread_create(&ids[i], NULL, body, (char*)parts + i * size) == 0, "no thread");
    for (int i = 0; i < threads; ++i)
        pthread_join(ids[i], NULL);
}

struct part {
    const char* host;
    int index;
    int port;
    uint64_t bytes;
    long count;
    long failed;
};

static int open_stream(const struct part* p, uint64_t flags) {
    const struct stream_head head = {p->index * 1000003, p->bytes, flags};
    const int fd = ok_or_die(dial(p->host, p->port, PATIENCE), "connect");
    ok_or_die(write_fully(fd, &head, sizeof head), "head");
    return fd;
}

static void upload(const struct part* p) {
    struct stream_verdict verdict;
    const int fd = open_stream(p, 0);
    ok_or_die(stream_send(fd, p->bytes, p->index * 1000003), "sending stalled or failed");
    ok_or_die(shutdown(fd, SHUT_WR), "shutdown");
    const long n = ok_or_die(read_fully(fd, &verdict, sizeof verdict), "waiting for the verdict");
    require(n == sizeof verdict, "no verdict");
    require(verdict.bytes == p->bytes, "bytes were lost on the way to the guest");
    require(verdict.wrong == NOTHING_WRONG, "bytes changed on the way to the guest");
    close(fd);
}

static void download(const struct part* p, int shut_first) {
    struct stream_verdict verdict;
    const int fd = open_stream(p, 0);
    if (shut_first)
        ok_or_die(shutdown(fd, SHUT_WR), "shutdown");
    ok_or_die(stream_check(fd, p->index * 1000003, &verdict), "receiving stalled or failed");
    require(verdict.bytes == p->bytes, "bytes were lost on the way from the guest");
    require(verdict.wrong == NOTHING_WRONG, "bytes changed on the way from the guest");
    close(fd);
}

static void* transfer_part(void* argument) {
    const struct part* p = argument;
    if (p->port == PORT_SINK)
        upload(p);
    else
        download(p, 0);
    return NULL;
}

static void transfer(const char* host, uint64_t up, uint64_t down, int streams) {
    struct part parts[64];
    require(streams <= 32, "too many streams");
    for (int i = 0; i < 2 * streams; ++i)
        parts[i] = i % 2 ? (struct part){host, i, PORT_SOURCE, down, 0, 0}
                         : (struct part){host, i, PORT_SINK, up, 0, 0};
    run_threads(2 * streams, transfer_part, parts, sizeof *parts);
}

static void* churn_part(void* argument) {
    struct part* p = argument;
    p->failed = open_and_close(p->host, p->port, p->count);
    return NULL;
}

static void churn(const char* host, int port, long n, int threads) {
    struct part parts[64];
    long failed = 0;
    for (int i = 0; i < threads && i < 64; ++i)
        parts[i] = (struct part){host, i, port, 0, n / threads, 0};
    run_threads(threads, churn_part, parts, sizeof *parts);
    for (int i = 0; i < threads; ++i)
        failed += parts[i].failed;
    printf("failed=%ld\n", failed);
    exit(failed != 0);
}

static void* serve_one(void* argument) {
    const int fd = (int)(intptr_t)argument;
    char byte;
    while (read(fd, &byte, 1) == 1 && send(fd, &byte, 1, MSG_NOSIGNAL) == 1)
        ;
    close(fd);
    return NULL;
}

static void serve(int port) {
    const int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    const struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    ok_or_die(bind(listener, (const struct sockaddr*)&at, sizeof at), "bind");
    ok_or_die(listen(listener, 512), "listen");
    printf("serving\n");
    for (;;) {
        pthread_t id;
        const int fd = ok_or_die(accept(listener, NULL, NULL), "accept");
        require(pthread_create(&id, NULL, serve_one, (void*)(intptr_t)fd) == 0, "no thread");
        pthread_detach(id);
    }
}

static void echo_on(int fd, char byte) {
    char back;
    ok_or_die(write_fully(fd, &byte, 1), "echo: write");
    require(ok_or_die(read(fd, &back, 1), "echo: read") == 1 && back == byte, "wrong echo");
}

static void idle(const char* host, int n) {
    int* fds = calloc(n, sizeof *fds);
    char line[64];
    allow_descriptors(n + 64);
    for (int i = 0; i < n; ++i)
        fds[i] = ok_or_die(dial(host, PORT_ECHO, PATIENCE), "connect");
    printf("open\n");
    for (int round = 0; fgets(line, sizeof line, stdin); ++round) {
        for (int i = 0; i < n; ++i)
            echo_on(fds[i], 'a' + (round + i) % 26);
        printf("echoed\n");
    }
    for (int i = 0; i < n; ++i)
        close(fds[i]);
    free(fds);
}

static void halves(const char* host, uint64_t bytes) {
    char byte;
    // We end our direction first; all of the guest's data still has to come.
    const struct part down = {host, 1, PORT_SOURCE, bytes, 0, 0};
    download(&down, 1);
    // The guest ends its direction first; all of our data still has to be taken.
    const struct part up = {host, 2, PORT_SINK, bytes, 0, 0};
    const int fd = open_stream(&up, STREAM_SHUT_FIRST);
    require(ok_or_die(read(fd, &byte, 1), "waiting for the guest's end") == 0, "data, no end");
    ok_or_die(stream_send(fd, bytes, 2 * 1000003), "sending after the guest's end");
    close(fd);
}

/// Data both ways, more than windows hold; then a reset in the midst of it.
static void* reset_part(void* argument) {
    const struct part* p = argument;
    const struct linger now = {1, 0};
    uint64_t block[STREAM_BLOCK / 8];
    for (long i = 0; i < p->count; ++i) {
        struct part one = *p;
        one.port = i % 2 ? PORT_SINK : PORT_SOURCE;
        const int fd = open_stream(&one, 0);
        stream_fill(block, 0, p->index * 1000003);
        if (i % 2)
            ok_or_die(write_fully(fd, block, sizeof block), "write");
        else
            ok_or_die(read(fd, block, 1 + i * 977 % sizeof block), "read");
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        close(fd);
    }
    return NULL;
}

static void resets(const char* host, long n, int threads) {
    struct part parts[64];
    for (int i = 0; i < threads && i < 64; ++i)
        parts[i] = (struct part){host, i, 0, 1 << 24, n / threads, 0};
    run_threads(threads, reset_part, parts, sizeof *parts);
}

static uint32_t sum16(const void* data, size_t size, uint32_t sum) {
    const uint16_t* words = data;
    for (size_t i = 0; i < size / 2; ++i)
        sum += words[i];
    return sum;
}

struct forged {
    struct iphdr ip;
    struct tcphdr tcp;
};

static void send_forged(int raw, uint32_t from, uint32_t to, struct tcphdr tcp) {
    struct forged f = {{.version = 4,
                        .ihl = 5,
                        .ttl = 64,
                        .protocol = IPPROTO_TCP,
                        .tot_len = htons(sizeof f),
                        .saddr = from,
                        .daddr = to},
                       tcp};
    f.tcp.doff = 5;
    uint32_t sum = sum16(&f.tcp, sizeof f.tcp, htons(IPPROTO_TCP) + htons(sizeof f.tcp));
    sum = sum16(&from, 4, sum16(&to, 4, sum));
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    f.tcp.check = ~sum;
    const struct sockaddr_in where = {.sin_family = AF_INET, .sin_addr.s_addr = to};
    while (sendto(raw, &f, sizeof f, 0, (const struct sockaddr*)&where, sizeof where) < 0) {
        if (errno != ENOBUFS)
            ok_or_die(-1, "forged segment");
        usleep(1000);
    }
}

static int raw_socket(void) {
    return ok_or_die(socket(AF_INET, SOCK_RAW, IPPROTO_RAW), "raw socket");
}

static uint64_t random_state = 42;

static uint32_t random32(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state >> 16;
}

/// Blind attacks of RFC 5961: resets, SYNs and data with numbers that are guessed; and segments
/// for ports that nobody listens on, which the guest may answer but must not keep.
static void forge(const char* host, long n) {
    enum { VICTIMS = 20 };
    int fds[VICTIMS];
    struct sockaddr_in mine[VICTIMS], to = {.sin_family = AF_INET};
    inet_pton(AF_INET, host, &to.sin_addr);
    for (int i = 0; i < VICTIMS; ++i) {
        socklen_t size = sizeof *mine;
        fds[i] = ok_or_die(dial(host, PORT_ECHO, PATIENCE), "connect");
        getsockname(fds[i], (struct sockaddr*)&mine[i], &size);
        echo_on(fds[i], 'x');
    }
    const int raw = raw_socket();
    for (long i = 0; i < n; ++i) {
        const struct sockaddr_in* from = &mine[i % VICTIMS];
        struct tcphdr tcp = {.source = from->sin_port,
                             .dest = htons(PORT_ECHO),
                             .seq = random32(),
                             .ack_seq = random32(),
                             .window = htons(1024)};
        switch (i / VICTIMS % 5) {
            case 0:
                tcp.rst = 1;
                break;
            case 1:
                tcp.rst = tcp.ack = 1;
                break;
            case 2:
                tcp.syn = 1;
                break;
            case 3:
                tcp.ack = tcp.fin = 1;
                break;
            case 4:
                tcp.dest = htons(9000 + i % 1000), tcp.ack = 1;
                break;
        }
        send_forged(raw, from->sin_addr.s_addr, to.sin_addr.s_addr, tcp);
        if (i % 500 == 499)
            echo_on(fds[i / 500 % VICTIMS], 'y');
    }
    for (int i = 0; i < VICTIMS; ++i)
        echo_on(fds[i], 'z');
}

static void flood(const char* host, int port, long n, long rate) {
    struct in_addr to;
    inet_pton(AF_INET, host, &to);
    const int raw = raw_socket();
    const struct timespec pause = {0, 10000000};
    for (long i = 0; i < n; ++i) {
        const struct tcphdr tcp = {.source = htons(1024 + random32() % 60000),
                                   .dest = htons(port),
                                   .seq = random32(),
                                   .syn = 1,
                                   .window = htons(64240)};
        send_forged(raw, htonl(0xc6120000 + random32() % 0x20000), to.s_addr,
                    tcp);  // 198.18.0.0/15
        if (i % (rate / 100 + 1) == 0)
            nanosleep(&pause, NULL);
    }
}

/// A third of the connections idle, a third read what the guest sends, a third let it wait.
static void guarded(const char* host, int n, const char* from) {
    struct pollfd fds[300];
    char block[16384];
    require(n <= 300, "too many connections");
    for (int i = 0; i < n; ++i) {
        struct sockaddr_in name = {.sin_family = AF_INET}, to = {.sin_family = AF_INET};
        inet_pton(AF_INET, from, &name.sin_addr);
        inet_pton(AF_INET, host, &to.sin_addr);
        to.sin_port = htons(PORT_GUARDED);
        const int fd = ok_or_die(socket(AF_INET, SOCK_STREAM, 0), "socket");
        ok_or_die(bind(fd, (struct sockaddr*)&name, sizeof name), "bind");
        ok_or_die(connect(fd, (struct sockaddr*)&to, sizeof to), "connect");
        ok_or_die(write_fully(fd, i % 3 ? "t" : "i", 1), "write");
        fds[i] = (struct pollfd){i % 3 == 1 ? fd : -1, POLLIN, 0};
    }
    printf("open\n");
    for (;;) {
        ok_or_die(poll(fds, n, -1), "poll");
        for (int i = 0; i < n; ++i)
            if (fds[i].revents && read(fds[i].fd, block, sizeof block) <= 0)
                fds[i].fd = -1;
    }
}

int main(int argc, char** argv) {
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    const char *what = argc > 1 ? argv[1] : "", *host = argc > 2 ? argv[2] : "";
    long n[3] = {0};
    for (int i = 3; i < argc && i < 6; ++i)
        n[i - 3] = atol(argv[i]);
    if (strcmp(what, "transfer") == 0 && argc == 6)
        transfer(host, n[0], n[1], n[2]);
    else if (strcmp(what, "churn") == 0 && argc == 6)
        churn(host, n[0], n[1], n[2]);
    else if (strcmp(what, "serve") == 0 && argc == 3)
        serve(atoi(host));
    else if (strcmp(what, "idle") == 0 && argc == 4)
        idle(host, n[0]);
    else if (strcmp(what, "halves") == 0 && argc == 4)
        halves(host, n[0]);
    else if (strcmp(what, "resets") == 0 && argc == 5)
        resets(host, n[0], n[1]);
    else if (strcmp(what, "forge") == 0 && argc == 4)
        forge(host, n[0]);
    else if (strcmp(what, "flood") == 0 && argc == 6)
        flood(host, n[0], n[1], n[2]);
    else if (strcmp(what, "guarded") == 0 && argc == 5)
        guarded(host, n[0], argv[4]);
    else
        require(0, "usage: see peer.c");
    return 0;
}
