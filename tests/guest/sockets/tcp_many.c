// SPDX-License-Identifier: BSD-3-Clause
// Thousands of connections, one after the other and at the same time.
#include <sys/resource.h>
#include <tcp.h>

enum { AT_ONCE = 400, IN_TURN = 3000 };

int main(void) {
    int l = listener(512), port = port_of(l), ok = 0;
    for (int i = 0; i < IN_TURN; ++i) {
        int s = tcp_socket();
        if (connect_to(s, port) == 0) {
            int a = accept(l, NULL, NULL);
            char b;
            ok += send(s, "x", 1, 0) == 1 && recv(a, &b, 1, 0) == 1;
            close(a);
        }
        close(s);
    }
    SHOW(ok);
    static int s[AT_ONCE], a[AT_ONCE];
    ok = 0;
    for (int i = 0; i < AT_ONCE; ++i) {
        s[i] = tcp_socket();
        ok += connect_to(s[i], port) == 0;
    }
    SHOW(ok);
    for (int i = 0; i < AT_ONCE; ++i)
        a[i] = accept(l, NULL, NULL);
    ok = 0;
    for (int i = 0; i < AT_ONCE; ++i) {
        int n = i;
        send(s[i], &n, sizeof n, 0);
    }
    for (int i = 0; i < AT_ONCE; ++i) {
        int n = -1;
        recv(a[i], &n, sizeof n, 0);
        ok += n == i;
    }
    SHOW(ok);
    return 0;
}
