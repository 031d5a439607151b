// SPDX-License-Identifier: BSD-3-Clause
// The leader of a session ends: the foreground gets SIGHUP, and the terminal is free again.
#include <terminal.h>

static int told[2];

static volatile sig_atomic_t noted;
static void note(int s) {
    noted = 1;
    char text[40];
    int n = snprintf(text, sizeof text, "member: signal %d\n", s);
    write(told[1], text, (size_t)n);
}

static void session(void) {
    int ready[2];
    char c;
    pipe(ready);
    if (fork() == 0) {
        signal(SIGHUP, note);
        signal(SIGCONT, note);
        write(ready[1], "x", 1);
        while (!noted)
            sleep_ms(5);
        int fd = open("/dev/tty", O_RDWR);
        const char* text = fd < 0 ? "no /dev/tty\n" : "still /dev/tty\n";
        write(told[1], text, strlen(text));
        _exit(0);
    }
    read(ready[0], &c, 1);
}

static void again(void) {
    int n;
    SHOW(ioctl(slave, TIOCGSID, &n));
    HOLDS(n == getpid());
}

int main(void) {
    char text[200];
    open_pair();
    pipe(told);
    show_end("leader", start_session(session));
    close(told[1]);
    ssize_t n, all = 0;
    while ((n = read(told[0], text + all, sizeof text - (size_t)all)) > 0)
        all += n;
    fwrite(text, 1, (size_t)all, stdout);
    int number;
    SHOW(ioctl(master, TIOCGSID, &number));
    show_end("again", start_session(again));
}
