// SPDX-License-Identifier: BSD-3-Clause
// ss(8), unmodified: what it says of sockets that this program has open. Lines in an order of their
// own, with names for ports, and without the numbers that differ by run.
#include <sockets/inet.h>

#include <spawn.h>
#include <sys/un.h>
#include <sys/wait.h>

extern char** environ;
static int listening, client, bound;

static char lines[16][1000];
static int line_count;

/// Ports by what they are, blanks as one, and this program's number and descriptors left out.
static void show_line(char* line) {
    char out[1000];
    int n = 0, blank = 0, field = 0;
    const int of_unix = strncmp(line, "u_", 2) == 0;
    for (char* at = line; *at && n < 990;) {
        if (*at == ' ' || *at == '\n') {
            blank = 1;
            ++at;
            continue;
        }
        if (blank && n) {
            out[n++] = ' ';
            ++field;
        }
        blank = 0;
        int port = 0, digits = 0;
        if (at > line && at[-1] == ':' && sscanf(at, "%d%n", &port, &digits) == 1 && digits) {
            const char* name = port == listening ? "LISTENER"
                               : port == client  ? "CLIENT"
                               : port == bound   ? "BOUND"
                                                 : "?";
            n += sprintf(out + n, "%s", name);
            at += digits;
        } else if (strncmp(at, "pid=", 4) == 0) {
            at += strspn(at + 4, "0123456789") + 4;
            n += sprintf(out + n, "pid");
        } else if (strncmp(at, "fd=", 3) == 0) {
            at += strspn(at + 3, "0123456789") + 3;
            n += sprintf(out + n, "fd");
        } else if (of_unix && field == 5 && strspn(at, "0123456789")) {  // an inode
            at += strspn(at, "0123456789");
            out[n++] = 'N';
        } else {
            out[n++] = *at++;
        }
    }
    out[n] = 0;
    snprintf(lines[line_count++ % 16], sizeof lines[0], "%s", out);
}
static int by_text(const void* a, const void* b) {
    return strcmp(a, b);
}
static void show_lines(void) {
    qsort(lines, line_count, sizeof lines[0], by_text);
    for (int i = 0; i < line_count; ++i)
        printf("  %s\n", lines[i]);
    line_count = 0;
}

/// Lines that name one of our ports, or `text`.
static void run(const char* options, const char* text) {
    int p[2], status;
    pid_t pid;
    posix_spawn_file_actions_t actions;
    char* words[] = {"ss", (char*)options, NULL};
    pipe2(p, O_CLOEXEC);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, p[1], 1);
    printf("ss %s\n", options);
    if (posix_spawnp(&pid, "ss", &actions, NULL, words, environ)) {
        puts("  it is not here");
        return;
    }
    close(p[1]);
    FILE* f = fdopen(p[0], "r");
    char line[1000];
    while (fgets(line, sizeof line, f)) {
        char name[4][16];
        sprintf(name[0], ":%d ", listening);
        sprintf(name[1], ":%d ", client);
        sprintf(name[2], ":%d ", bound);
        int ours = text && strstr(line, text);
        for (int i = 0; i < 3; ++i)
            ours |= strstr(line, name[i]) != NULL;
        if (ours)
            show_line(line);
    }
    fclose(f);
    show_lines();
    waitpid(pid, &status, 0);
    printf("  exit %d\n", WEXITSTATUS(status));
}

int main(void) {
    int l = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int c = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int u = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int x = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in a = v4("127.0.0.1", 0);
    bind(l, TO(a));
    listen(l, 17);
    listening = port_of(l);
    bind(u, TO(a));
    bound = port_of(u);
    a.sin_port = htons(listening);
    connect(c, TO(a));
    client = port_of(c);
    int s = accept4(l, NULL, NULL, SOCK_CLOEXEC);
    send(c, "12345", 5, 0);
    struct sockaddr_un name = {AF_UNIX, "@seen-by-ss"};
    name.sun_path[0] = 0;
    bind(x, (void*)&name, sizeof(sa_family_t) + 12);
    listen(x, 3);
    struct pollfd p = {s, POLLIN, 0};
    poll(&p, 1, 2000);
    fflush(stdout);
    run("-Htan", NULL);
    run("-Htln", NULL);
    run("-Huan", NULL);
    run("-Htanp", NULL);
    run("-Hxl", "seen-by-ss");
    return 0;
}
