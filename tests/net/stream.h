// SPDX-License-Identifier: BSD-3-Clause
#pragma once
// What both ends of the network tests share: ports, the head of a stream, and its contents. Every
// eight bytes of a stream tell their place in it, so nothing can be lost, doubled or moved unseen.

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    PORT_CONTROL = 7000,  // lines: a command, its answer
    PORT_SINK = 7001,     // head, bytes; answers with a verdict
    PORT_SOURCE = 7002,   // head; answers with bytes
    PORT_ECHO = 7003,     // kept open as long as the client likes
    PORT_CLOSE = 7004,    // one byte, and the server closes first
    PORT_GUARDED = 7005,  // watches for peers that vanish
};

enum { STREAM_SHUT_FIRST = 1 };  // the sink ends its direction before it reads; no verdict

struct stream_head {
    uint64_t seed;
    uint64_t bytes;
    uint64_t flags;
};

struct stream_verdict {
    uint64_t bytes;
    uint64_t wrong;  // offset of the block of the first wrong byte, or NOTHING_WRONG
};

#define NOTHING_WRONG UINT64_MAX
#define STREAM_BLOCK 65536

/// Writes a block; `at` is a multiple of STREAM_BLOCK.
static inline void stream_fill(uint64_t* block, uint64_t at, uint64_t seed) {
    uint64_t word = (at / 8 + seed) * 0x9e3779b97f4a7c15;
    for (size_t i = 0; i < STREAM_BLOCK / 8; ++i, word += 0x9e3779b97f4a7c15)
        block[i] = word;
}

static inline int stream_equal(const uint64_t* block, size_t bytes, uint64_t at, uint64_t seed) {
    uint64_t word = (at / 8 + seed) * 0x9e3779b97f4a7c15, difference = 0;
    for (size_t i = 0; i < bytes / 8; ++i, word += 0x9e3779b97f4a7c15)
        difference |= block[i] ^ word;
    return difference == 0 && memcmp(block + bytes / 8, &word, bytes % 8) == 0;
}

/// As many bytes as there are up to `size`; less only at the end of the stream. -1: errno.
static inline ssize_t read_fully(int fd, void* to, size_t size) {
    size_t have = 0;
    while (have < size) {
        const ssize_t n = read(fd, (char*)to + have, size - have);
        if (n == 0)
            break;
        if (n < 0 && errno != EINTR)
            return -1;
        have += n > 0 ? n : 0;
    }
    return have;
}

static inline int write_fully(int fd, const void* from, size_t size) {
    while (size > 0) {
        const ssize_t n = send(fd, from, size, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR)
            return -1;
        from = (const char*)from + (n > 0 ? n : 0);
        size -= n > 0 ? n : 0;
    }
    return 0;
}

static inline int stream_send(int fd, uint64_t bytes, uint64_t seed) {
    uint64_t block[STREAM_BLOCK / 8];
    for (uint64_t at = 0; at < bytes; at += STREAM_BLOCK) {
        stream_fill(block, at, seed);
        if (write_fully(fd, block, bytes - at < STREAM_BLOCK ? bytes - at : STREAM_BLOCK) != 0)
            return -1;
    }
    return 0;
}

/// Reads to the end of the stream. -1: errno; the verdict says how far it came.
static inline int stream_check(int fd, uint64_t seed, struct stream_verdict* verdict) {
    uint64_t block[STREAM_BLOCK / 8];
    *verdict = (struct stream_verdict){0, NOTHING_WRONG};
    for (;;) {
        const ssize_t n = read_fully(fd, block, sizeof block);
        if (n <= 0)
            return n;
        if (verdict->wrong == NOTHING_WRONG && !stream_equal(block, n, verdict->bytes, seed))
            verdict->wrong = verdict->bytes;
        verdict->bytes += n;
    }
}

/// A connection whose calls fail with EAGAIN when nothing moves for so many seconds. -1: errno.
static inline int dial(const char* host, int port, int patience) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, host, &to.sin_addr);
    const struct timeval limit = {patience, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(fd, (struct sockaddr*)&to, sizeof to) != 0) {
        const int reason = errno;
        close(fd);
        errno = reason;
        return -1;
    }
    return fd;
}

/// Opens and closes connections, one after the other: to PORT_CLOSE the server closes first, to
/// others the client does, after an echo. @return how many went wrong.
static inline long open_and_close(const char* host, int port, long connections) {
    long failed = 0;
    for (long i = 0; i < connections; ++i) {
        char byte = 'e';
        const int fd = dial(host, port, 120);
        int good = fd >= 0;
        if (good && port != PORT_CLOSE)
            good = write_fully(fd, "e", 1) == 0 && read(fd, &byte, 1) == 1 && byte == 'e';
        else if (good)
            good = read(fd, &byte, 1) == 1 && read(fd, &byte, 1) == 0;
        if (!good && failed++ < 5)
            fprintf(stderr, "connection %ld to port %d: %s\n", i, port, strerror(errno));
        if (fd >= 0)
            close(fd);
    }
    return failed;
}

static inline void allow_descriptors(unsigned long wanted) {
    struct rlimit limit = {wanted, wanted};
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        perror("setrlimit");
}
