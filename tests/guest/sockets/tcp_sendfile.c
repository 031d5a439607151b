// SPDX-License-Identifier: BSD-3-Clause
// sendfile(2) and splice(2) of a file into TCP sockets, whose segments refer to the file's pages:
// what was sent arrives, though the file is truncated, removed and closed while it waits; small
// pieces, headers in between, offsets inside pages, sockets that are full, ended or never were
// connected.
#include <signal.h>
#include <sys/sendfile.h>
#include <tcp.h>

enum { TOTAL = (3 << 20) + 1234 };
static char byte(long i) {
    return (char)(i * 11 + (i >> 12));
}

static int make_file(const char* name, long bytes) {
    static char block[TOTAL];
    for (long i = 0; i < bytes; ++i)
        block[i] = byte(i);
    int f = open(name, O_CREAT | O_RDWR | O_TRUNC, 0600);
    if (write(f, block, bytes) != bytes)
        perror("write");
    lseek(f, 0, SEEK_SET);
    return f;
}

struct expectation {
    int socket;
    long from, bytes;
};
/// Reads `bytes`, or to the end if that is 0, and compares with the file from `from` on.
static void* expect(void* argument) {
    struct expectation* e = argument;
    static char b[60000];
    long at = 0, wrong = 0;
    while (e->bytes == 0 || at < e->bytes) {
        long room = e->bytes && e->bytes - at < (long)sizeof b ? e->bytes - at : (long)sizeof b;
        ssize_t n = recv(e->socket, b, room, 0);
        if (n <= 0)
            break;
        for (ssize_t i = 0; i < n; ++i)
            wrong += b[i] != byte(e->from + at + i);
        at += n;
    }
    printf("%ld wrong of %s\n", wrong, e->bytes && at == e->bytes ? "all" : "some");
    return (void*)at;
}

static void whole_file(void) {
    int e[2], f = make_file("whole", TOTAL);
    tcp_pair(e);
    struct expectation want = {e[1], 777, TOTAL - 777};
    pthread_t reader;
    pthread_create(&reader, NULL, expect, &want);
    off_t at = 777;
    SHOW(sendfile(e[0], f, &at, 2 * TOTAL));
    printf("offset %ld\n", (long)at);
    SHOW(sendfile(e[0], f, &at, 100));
    pthread_join(reader, NULL);
    SHOW(lseek(f, 0, SEEK_CUR));
    close(f), close(e[0]), close(e[1]);
}

/// A head and a small body again and again, corked as web servers do.
static void small_pieces(void) {
    int e[2], f = make_file("small", 5000), on = 1, off = 0;
    tcp_pair(e);
    long wrong = 0;
    for (int round = 0; round < 300; ++round) {
        const long body = round % 2 ? 612 : 1500;
        char head[64], got[4096];
        int n = snprintf(head, sizeof head, "head %d\n", round);
        off_t at = round;
        setsockopt(e[0], IPPROTO_TCP, TCP_CORK, &on, sizeof on);
        wrong += write(e[0], head, n) != n;
        wrong += sendfile(e[0], f, &at, body) != body;
        setsockopt(e[0], IPPROTO_TCP, TCP_CORK, &off, sizeof off);
        wrong += recv(e[1], got, n + body, MSG_WAITALL) != n + body || memcmp(got, head, n) != 0;
        for (long i = 0; i < body; ++i)
            wrong += got[n + i] != byte(round + i);
    }
    printf("small pieces: %ld wrong\n", wrong);
    close(f), close(e[0]), close(e[1]);
}

/// The pages that wait belong to the socket now.
static void file_goes_away(void) {
    int e[2], f = make_file("gone", TOTAL), small = 65536;
    tcp_pair(e);
    setsockopt(e[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    setsockopt(e[1], SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    fcntl(e[0], F_SETFL, O_NONBLOCK);
    off_t at = 0;
    ssize_t n;
    while ((n = sendfile(e[0], f, &at, TOTAL)) > 0) {
    }
    printf("full: %s, something %s, not all %s\n", n < 0 ? strerrorname_np(errno) : "0",
           at > 0 ? "yes" : "no", at < TOTAL ? "yes" : "no");
    SHOW(ftruncate(f, 0));
    SHOW(unlink("gone"));
    close(f);
    // Other files want the memory of the one that went.
    close(make_file("other", TOTAL));
    struct expectation want = {e[1], 0, at};
    expect(&want);
    SHOW(recv(e[1], &n, 1, MSG_DONTWAIT));
    show_poll("writer", e[0]);
    close(e[0]), close(e[1]);
}

static void through_a_pipe(void) {
    int e[2], p[2], f = make_file("piped", 300000);
    tcp_pair(e);
    if (pipe(p))
        perror("pipe");
    struct expectation want = {e[1], 0, 300000};
    pthread_t reader;
    pthread_create(&reader, NULL, expect, &want);
    for (long at = 0; at < 300000;) {
        ssize_t n = splice(f, NULL, p[1], NULL, 50000, 0);
        if (n <= 0)
            break;
        for (ssize_t out, left = n; left > 0; left -= out)
            if ((out = splice(p[0], NULL, e[0], NULL, left, SPLICE_F_MORE)) <= 0)
                exit(1);
        at += n;
    }
    shutdown(e[0], SHUT_WR);
    pthread_join(reader, NULL);
    close(f), close(e[0]), close(e[1]), close(p[0]), close(p[1]);
}

static void refusals(void) {
    int e[2], f = make_file("refused", 10000), l = listener(1), lone = tcp_socket();
    off_t at = 0;
    tcp_pair(e);
    SHOW(sendfile(lone, f, &at, 100));
    SHOW(sendfile(l, f, &at, 100));
    SHOW(sendfile(e[0], f, &at, 0));
    shutdown(e[0], SHUT_WR);
    SHOW(sendfile(e[0], f, &at, 100));
    printf("offset %ld\n", (long)at);
    SHOW(splice(f, NULL, e[0], NULL, 100, 0));
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    own_folder();
    whole_file();
    small_pieces();
    file_goes_away();
    through_a_pipe();
    refusals();
    return 0;
}
