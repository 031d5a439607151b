// SPDX-License-Identifier: BSD-3-Clause
//
// The guest's side of the network tests: sinks, sources and echoes on the ports of stream.h. Each
// stream has a thread; echoes, closes and guarded connections are served by some epoll loops.
// The control connection takes a line at a time:
//   report                 name=value pairs on one line
//   churn HOST PORT N T    opens and closes N connections from T threads; "failed=N"
//   mtu INTERFACE BYTES    "errno=N"
//   quit                   the program ends
// usage: transfer [epoll loops]
#include <fcntl.h>
#include <net/if.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#include "stream.h"

static atomic_long accepted, open_now, streams_now, received, sent, wrong, accept_errors;
static atomic_long timed_out, reset, other_errors, last_error;

static void count_error(int reason) {
    if (reason == ETIMEDOUT || reason == EHOSTUNREACH)
        ++timed_out;
    else if (reason == ECONNRESET || reason == EPIPE)
        ++reset;
    else {
        ++other_errors;
        last_error = reason;
    }
}

static int listen_on(int port, int flags) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0), one = 1;
    const struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (const struct sockaddr*)&at, sizeof at) != 0 || listen(fd, 512) != 0) {
        perror("listen");
        exit(1);
    }
    return fd;
}

static void start_thread(void* (*body)(void*), void* argument) {
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256 * 1024);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    const int problem = pthread_create(&thread, &attributes, body, argument);
    pthread_attr_destroy(&attributes);
    if (problem != 0) {
        fprintf(stderr, "pthread_create: %s\n", strerror(problem));
        exit(1);
    }
}

static int read_head(int fd, struct stream_head* head) {
    return read_fully(fd, head, sizeof *head) == sizeof *head ? 0 : -1;
}

static void serve_sink(int fd, const struct stream_head* head) {
    struct stream_verdict verdict;
    if (head->flags & STREAM_SHUT_FIRST)
        shutdown(fd, SHUT_WR);
    if (stream_check(fd, head->seed, &verdict) != 0)
        count_error(errno);
    received += verdict.bytes;
    wrong += verdict.wrong != NOTHING_WRONG;
    if (!(head->flags & STREAM_SHUT_FIRST) && write_fully(fd, &verdict, sizeof verdict) != 0)
        count_error(errno);
}

static void serve_source(int fd, const struct stream_head* head) {
    if (stream_send(fd, head->bytes, head->seed) != 0)
        count_error(errno);
    else
        sent += head->bytes;
}

static void* serve_stream(void* argument) {
    const int fd = (int)(intptr_t)argument;
    struct sockaddr_in name;
    socklen_t size = sizeof name;
    struct stream_head head;
    getsockname(fd, (struct sockaddr*)&name, &size);
    if (read_head(fd, &head) == 0)
        (ntohs(name.sin_port) == PORT_SINK ? serve_sink : serve_source)(fd, &head);
    close(fd);
    --streams_now;
    return NULL;
}

__attribute__((noreturn)) static void* accept_streams(void* port) {
    const int listener = listen_on((int)(intptr_t)port, 0);
    for (;;) {
        const int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0) {
            ++accept_errors;
            continue;
        }
        ++accepted;
        ++streams_now;
        start_thread(serve_stream, (void*)(intptr_t)fd);
    }
}

// What a descriptor of an epoll loop is.
enum kind { LISTEN_ECHO, LISTEN_CLOSE, LISTEN_GUARDED, ECHO, GUARDED, TALKING };

static void watch(int epoll, int fd, enum kind kind, unsigned events, int change) {
    struct epoll_event e = {.events = events, .data.u64 = (uint64_t)kind << 32 | (unsigned)fd};
    if (epoll_ctl(epoll, change, fd, &e) != 0)
        perror("epoll_ctl");
}

static void guard(int fd) {
    const int one = 1, idle = 2, interval = 3, probes = 3;
    const unsigned milliseconds = 10000;
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
}

static void accept_all(int epoll, int listener, enum kind kind) {
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
        ++accepted;
        if (kind == LISTEN_CLOSE) {
            send(fd, "c", 1, MSG_NOSIGNAL);
            close(fd);
            continue;
        }
        ++open_now;
        if (kind == LISTEN_GUARDED)
            guard(fd);
        watch(epoll, fd, kind == LISTEN_GUARDED ? GUARDED : ECHO, EPOLLIN, EPOLL_CTL_ADD);
    }
    if (errno != EAGAIN && errno != ECONNABORTED)
        ++accept_errors;
}

static void drop(int fd) {
    close(fd);
    --open_now;
}

/// Reads once. @return bytes, 0 when nothing is there, -1 when the connection is gone.
static ssize_t take(int fd, char* to, size_t size) {
    const ssize_t n = read(fd, to, size);
    if (n > 0)
        return n;
    if (n < 0 && errno == EAGAIN)
        return 0;
    if (n < 0)
        count_error(errno);
    drop(fd);
    return -1;
}

static void echo(int fd) {
    char buffer[4096];
    const ssize_t n = take(fd, buffer, sizeof buffer);
    // Echoes are small and awaited by who asked: there is always room.
    if (n > 0 && send(fd, buffer, n, MSG_NOSIGNAL) != n) {
        count_error(errno);
        drop(fd);
    }
}

/// Talks without end, as far as the peer's window lets it.
static void talk(int fd) {
    static const char words[16384];
    if (send(fd, words, sizeof words, MSG_NOSIGNAL) < 0 && errno != EAGAIN) {
        count_error(errno);
        drop(fd);
    }
}

static void handle(int epoll, int fd, enum kind kind, unsigned events) {
    char byte;
    if (kind <= LISTEN_GUARDED)
        accept_all(epoll, fd, kind);
    else if (kind == ECHO)
        echo(fd);
    else if (kind == GUARDED && take(fd, &byte, 1) == 1 && byte == 't')
        watch(epoll, fd, TALKING, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
    else if (kind == TALKING && (!(events & (EPOLLIN | EPOLLERR)) || take(fd, &byte, 1) == 0))
        talk(fd);
}

static int listeners[3];

__attribute__((noreturn)) static void* event_loop(void* unused) {
    (void)unused;
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < 3; ++i)
        watch(epoll, listeners[i], LISTEN_ECHO + i, EPOLLIN | EPOLLEXCLUSIVE, EPOLL_CTL_ADD);
    for (;;) {
        struct epoll_event ready[64];
        const int n = epoll_wait(epoll, ready, 64, -1);
        for (int i = 0; i < n; ++i)
            handle(epoll, (int)(uint32_t)ready[i].data.u64, ready[i].data.u64 >> 32,
                   ready[i].events);
    }
}

static long value_of(const char* path, const char* line_start, const char* name) {
    char line[4096];
    long value = -1;
    FILE* f = fopen(path, "r");
    while (f && value < 0 && fgets(line, sizeof line, f)) {
        const char* at =
            strncmp(line, line_start, strlen(line_start)) == 0 ? strstr(line, name) : NULL;
        if (at)
            value = strtol(at + strlen(name), NULL, 10);
    }
    if (f)
        fclose(f);
    return value;
}

/// A counter of /proc/net/netstat or snmp: a line of names, then a line of values.
static long counter(const char* path, const char* group, const char* name) {
    char names[8192], values[8192];
    long value = -1;
    FILE* f = fopen(path, "r");
    while (f && fgets(names, sizeof names, f) && fgets(values, sizeof values, f)) {
        if (strncmp(names, group, strlen(group)) != 0)
            continue;
        char *next_name, *next_value;
        char *n = strtok_r(names, " \n", &next_name), *v = strtok_r(values, " \n", &next_value);
        for (; n && v;
             n = strtok_r(NULL, " \n", &next_name), v = strtok_r(NULL, " \n", &next_value))
            if (strcmp(n, name) == 0)
                value = atol(v);
    }
    if (f)
        fclose(f);
    return value;
}

static void report(FILE* to) {
    const char *sockstat = "/proc/net/sockstat", *netstat = "/proc/net/netstat";
    fprintf(to, "accepted=%ld open=%ld streams=%ld received=%ld sent=%ld wrong=%ld ", accepted,
            open_now, streams_now, received, sent, wrong);
    fprintf(to, "timed_out=%ld reset=%ld other_errors=%ld last_error=%ld accept_errors=%ld ",
            timed_out, reset, other_errors, last_error, accept_errors);
    fprintf(to, "free_kb=%ld available_kb=%ld ", value_of("/proc/meminfo", "MemFree", "MemFree:"),
            value_of("/proc/meminfo", "MemAvailable", "MemAvailable:"));
    fprintf(to, "inuse=%ld orphan=%ld tw=%ld ", value_of(sockstat, "TCP:", "inuse "),
            value_of(sockstat, "TCP:", "orphan "), value_of(sockstat, "TCP:", "tw "));
    fprintf(to, "cookies=%ld retransmitted=%ld\n", counter(netstat, "TcpExt:", "SyncookiesSent"),
            counter("/proc/net/snmp", "Tcp:", "RetransSegs"));
}

struct churn {
    const char* host;
    int port;
    long connections;
    long failed;
};

static void* churn_thread(void* argument) {
    struct churn* c = argument;
    c->failed = open_and_close(c->host, c->port, c->connections);
    return NULL;
}

static void churn(FILE* to, const char* host, int port, long connections, int threads) {
    pthread_t ids[64];
    struct churn parts[64];
    long failed = 0;
    for (int i = 0; i < threads && i < 64; ++i) {
        parts[i] = (struct churn){host, port, connections / threads, 0};
        pthread_create(&ids[i], NULL, churn_thread, &parts[i]);
    }
    for (int i = 0; i < threads && i < 64; ++i) {
        pthread_join(ids[i], NULL);
        failed += parts[i].failed;
    }
    fprintf(to, "failed=%ld\n", failed);
}

static void set_mtu(FILE* to, const char* interface, int bytes) {
    struct ifreq request = {.ifr_mtu = bytes};
    snprintf(request.ifr_name, sizeof request.ifr_name, "%.15s", interface);
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    fprintf(to, "errno=%d\n", ioctl(fd, SIOCSIFMTU, &request) == 0 ? 0 : errno);
    close(fd);
}

static void control(FILE* in, FILE* out) {
    char line[256], word[64];
    long number;
    int port, threads;
    while (fgets(line, sizeof line, in)) {
        if (strcmp(line, "report\n") == 0)
            report(out);
        else if (strcmp(line, "quit\n") == 0)
            exit(0);
        else if (sscanf(line, "churn %63s %d %ld %d", word, &port, &number, &threads) == 4)
            churn(out, word, port, number, threads);
        else if (sscanf(line, "mtu %63s %d", word, &port) == 2)
            set_mtu(out, word, port);
        else
            fprintf(out, "unknown command\n");
        fflush(out);
    }
}

int main(int argc, char** argv) {
    const int loops = argc > 1 ? atoi(argv[1]) : 2;
    signal(SIGPIPE, SIG_IGN);
    allow_descriptors(20000);
    for (int i = 0; i < 3; ++i)
        listeners[i] = listen_on(PORT_ECHO + i, SOCK_NONBLOCK);
    for (int i = 0; i < loops; ++i)
        start_thread(event_loop, NULL);
    start_thread(accept_streams, (void*)(intptr_t)PORT_SINK);
    start_thread(accept_streams, (void*)(intptr_t)PORT_SOURCE);
    const int listener = listen_on(PORT_CONTROL, 0);
    printf("transfer: ready\n");
    fflush(stdout);
    for (;;) {
        const int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            continue;
        FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");
        control(in, out);
        fclose(in);
        fclose(out);
    }
}
