/* SPDX-License-Identifier: BSD-3-Clause
 * The client of the server benchmarks: keeps a number of connections busy with one kind of request
 * until so many have been answered, in one thread. Each answer's length is known beforehand, and
 * what it says is looked at.
 *
 * usage: load HOST PORT KIND CONNECTIONS REQUESTS DEPTH
 * KIND: set, get (redis); store, fetch (memcached); page, pages (HTTP: a connection for each, and
 * keep-alive). DEPTH requests are under way on each connection. Exit code 1: a wrong answer. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHECK(condition)                                                                         \
    do {                                                                                         \
        if (!(condition)) {                                                                      \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #condition, strerror(errno)); \
            exit(1);                                                                             \
        }                                                                                        \
    } while (0)

static const struct kind {
    const char *name, *request, *answer; /* without answer: HTTP, it is learned */
    int closes;                          /* the server ends the connection */
} kinds[] = {
    {"set", "*3\r\n$3\r\nSET\r\n$16\r\nkey:000000000001\r\n$3\r\nxxx\r\n", "+OK\r\n", 0},
    {"get", "*2\r\n$3\r\nGET\r\n$16\r\nkey:000000000001\r\n", "$3\r\nxxx\r\n", 0},
    {"store", "set key 0 0 3\r\nxxx\r\n", "STORED\r\n", 0},
    {"fetch", "get key\r\n", "VALUE key 0 3\r\nxxx\r\nEND\r\n", 0},
    {"pages", "GET /page.html HTTP/1.1\r\nHost: guest\r\n\r\n", NULL, 0},
    {"page", "GET /page.html HTTP/1.1\r\nHost: guest\r\nConnection: close\r\n\r\n", NULL, 1},
};

struct connection {
    int socket;
    size_t wanted, received; /* bytes of the answers that are under way */
};

static struct sockaddr_in server;
static const struct kind* kind;
static char answer[4096], *burst;
static size_t answer_bytes, request_bytes, depth;
static long to_send, to_receive;
static int polled;

static int connected(void) {
    int one = 1, s = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(s >= 0 && connect(s, (struct sockaddr*)&server, sizeof server) == 0);
    CHECK(setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0);
    return s;
}

/* Reads one answer of a web server, whose headers tell the length. */
static void learn_answer(void) {
    int s = connected();
    char* body;
    long length = -1;

    CHECK(send(s, kind->request, request_bytes, 0) == (ssize_t)request_bytes);
    do {
        ssize_t n = recv(s, answer + answer_bytes, sizeof answer - 1 - answer_bytes, 0);
        CHECK(n > 0);
        answer_bytes += n;
        body = strstr(answer, "\r\n\r\n");
        char* field = strstr(answer, "Content-Length: ");
        if (field)
            length = atol(field + 16);
    } while (!body || length < 0 || answer + answer_bytes < body + 4 + length);
    CHECK(strncmp(answer, "HTTP/1.1 200 ", 13) == 0);
    CHECK(answer + answer_bytes == body + 4 + length);
    close(s);
}

static void ask(struct connection* c) {
    size_t n = (long)depth < to_send ? depth : (size_t)to_send;
    to_send -= n;
    c->wanted = n * answer_bytes;
    c->received = 0;
    CHECK(send(c->socket, burst, n * request_bytes, 0) == (ssize_t)(n * request_bytes));
}

static void open_connection(struct connection* c) {
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    c->socket = connected();
    CHECK(epoll_ctl(polled, EPOLL_CTL_ADD, c->socket, &e) == 0);
}

static void take(struct connection* c) {
    static char data[1 << 16];
    ssize_t n = recv(c->socket, data, sizeof data, 0);

    CHECK(n > 0 && c->received + n <= c->wanted);
    /* The head of a page tells the time: only its length is compared. */
    for (ssize_t i = 0; i < n && kind->answer; i++)
        CHECK(data[i] == answer[(c->received + i) % answer_bytes]);
    c->received += n;
    if (c->received < c->wanted)
        return;
    to_receive -= c->wanted / answer_bytes;
    if (kind->closes) {
        CHECK(recv(c->socket, data, sizeof data, 0) == 0);
        close(c->socket);
        if (to_send)
            open_connection(c);
    }
    if (to_send)
        ask(c);
}

int main(int argc, char** argv) {
    CHECK(argc == 7);
    server.sin_family = AF_INET;
    server.sin_port = htons(atoi(argv[2]));
    CHECK(inet_pton(AF_INET, argv[1], &server.sin_addr) == 1);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, argv[3]) == 0)
            kind = &kinds[i];
    CHECK(kind);
    int count = atoi(argv[4]);
    to_send = to_receive = atol(argv[5]);
    depth = atoi(argv[6]);
    request_bytes = strlen(kind->request);
    burst = malloc(depth * request_bytes + 1);
    for (size_t i = 0; i < depth; i++)
        memcpy(burst + i * request_bytes, kind->request, request_bytes);
    if (kind->answer)
        answer_bytes = strlen(strcpy(answer, kind->answer));
    else
        learn_answer();

    struct connection* connections = calloc(count, sizeof *connections);
    polled = epoll_create1(0);
    for (int i = 0; i < count; i++)
        open_connection(&connections[i]);
    for (int i = 0; i < count && to_send; i++)
        ask(&connections[i]);
    while (to_receive > 0) {
        struct epoll_event events[64];
        int n = epoll_wait(polled, events, 64, 60000);
        CHECK(n > 0);
        for (int i = 0; i < n; i++)
            take(events[i].data.ptr);
    }
    return 0;
}
