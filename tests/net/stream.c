// SPDX-License-Identifier: BSD-3-Clause
// usage: stream ADDRESS MEGABYTES
// Sends so much to port 7000 of ADDRESS, then reads until the peer ends, and says what came. Both
// sides know what each byte must be: its offset modulo 251.
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { pattern = 251, chunk = pattern * 260 };
static unsigned char data[chunk];

static int fail(const char* what) {
    perror(what);
    return 1;
}

int main(int count, char** arguments) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(7000)};
    if (count != 3 || inet_pton(AF_INET, arguments[1], &to.sin_addr) != 1)
        return 2;
    const long total = atol(arguments[2]) << 20;
    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (s < 0 || connect(s, (struct sockaddr*)&to, sizeof to) != 0)
        return fail("connect");
    for (int i = 0; i < chunk; ++i)
        data[i] = (unsigned char)(i % pattern);
    for (long sent = 0; sent < total;) {
        const long offset = sent % pattern;
        const long most = chunk - offset < total - sent ? chunk - offset : total - sent;
        const long n = write(s, data + offset, (size_t)most);
        if (n <= 0)
            return fail("write");
        sent += n;
    }
    shutdown(s, SHUT_WR);
    long got = 0, wrong = 0, n;
    while ((n = read(s, data, sizeof data)) > 0) {
        for (long i = 0; i < n; ++i)
            wrong += data[i] != (got + i) % pattern;
        got += n;
    }
    if (n < 0)
        return fail("read");
    printf("got %ld bytes, %ld wrong\n", got, wrong);
    return got != total || wrong != 0;
}
