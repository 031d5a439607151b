// SPDX-License-Identifier: BSD-3-Clause
// O_ASYNC, F_SETOWN, F_SETSIG: signals when pipes and sockets become ready (fcntl(2)).
#include <inet.h>
#include <limits.h>
#include <netinet/tcp.h>
#include <sys/un.h>

static volatile int told_fd, told_code, told_number, times;
static volatile long told_band;

static void handler(int number, siginfo_t* i, void* context) {
    (void)context;
    told_number = number;
    told_code = i->si_code;
    told_band = i->si_band;
    told_fd = i->si_fd;
    ++times;
}
static void wait_times(int wanted) {
    for (int k = 0; k < 1000 && times < wanted; ++k)
        usleep(2000);
}
static void show(const char* what, int fd) {
    if (times == 0) {
        printf("%s: no signal\n", what);
        return;
    }
    const char* name = told_number == SIGIO ? "SIGIO" : told_number == SIGURG ? "SIGURG" : "chosen";
    if (told_code == SI_KERNEL)
        printf("%s: %s from the kernel\n", what, name);
    else
        printf("%s: %s, code %d, band %#lx, %s descriptor\n", what, name, told_code, told_band,
               told_fd == fd ? "its" : "another");
    times = 0;
}
static void after(const char* what, int fd) {
    wait_times(1);
    show(what, fd);
}
static void catch (int number) {
    struct sigaction a = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigaction(number, &a, NULL);
}

static void owners(int fd) {
    struct f_owner_ex x = {7, 7};
    SHOW(fcntl(fd, F_GETOWN));
    SHOW(fcntl(fd, F_SETOWN, 0));
    SHOW(fcntl(fd, F_SETOWN, 999999));
    SHOW(fcntl(fd, F_SETOWN, -999999));
    SHOW(fcntl(fd, F_SETOWN, getpid()));
    HOLDS(fcntl(fd, F_GETOWN) == getpid());
    SHOW(fcntl(fd, F_SETOWN, -getpgrp()));
    SHOW(fcntl(fd, F_GETOWN_EX, &x));
    HOLDS(x.type == F_OWNER_PGRP && x.pid == getpgrp());
    x.type = 3;
    SHOW(fcntl(fd, F_SETOWN_EX, &x));
    x.type = F_OWNER_TID;
    x.pid = syscall(SYS_gettid);
    SHOW(fcntl(fd, F_SETOWN_EX, &x));
    SHOW(fcntl(fd, F_SETOWN_EX, BAD));
    SHOW(fcntl(fd, F_GETOWN_EX, BAD));
    HOLDS(fcntl(fd, F_GETOWN) == getpid());
    SHOW(fcntl(fd, F_SETSIG, 65));
    SHOW(fcntl(fd, F_SETSIG, SIGRTMIN + 3));
    HOLDS(fcntl(fd, F_GETSIG) == SIGRTMIN + 3);
    SHOW(fcntl(fd, F_SETSIG, 0));
    SHOW(fcntl(fd, F_GETSIG));
}

static void set_async(int fd) {
    fcntl(fd, F_SETOWN, getpid());
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC);
    HOLDS(fcntl(fd, F_GETFL) & O_ASYNC);
}

int main(void) {
    int p[2], n, group = 0;
    catch (SIGIO);
    catch (SIGURG);
    catch (SIGRTMIN + 3);
    pipe(p);
    owners(p[0]);
    puts("pipe");
    set_async(p[0]);
    write(p[1], "x", 1);
    show("write", p[0]);  // the signal is here before write(2) returns
    fcntl(p[0], F_SETSIG, SIGRTMIN + 3);
    write(p[1], "x", 1);
    show("write, F_SETSIG", p[0]);
    fcntl(p[0], F_SETFL, 0);
    write(p[1], "x", 1);
    show("off again", p[0]);
    n = 1;
    SHOW(ioctl(p[0], FIOASYNC, &n));
    write(p[1], "x", 1);
    show("FIOASYNC", p[0]);
    close(p[1]);
    show("close", p[0]);
    close(p[0]);

    puts("regular file");
    own_folder();
    int f = open("file", O_CREAT | O_RDWR, 0600);
    SHOW(ioctl(f, FIOASYNC, &n));
    SHOW(fcntl(f, F_SETFL, O_ASYNC));
    HOLDS(fcntl(f, F_GETFL) & O_ASYNC);
    close(f);

    puts("unix");
    socketpair(AF_UNIX, SOCK_STREAM, 0, p);
    owners(p[0]);
    set_async(p[0]);
    fcntl(p[0], F_SETSIG, SIGRTMIN + 3);
    write(p[1], "x", 1);
    show("write", p[0]);
    shutdown(p[1], SHUT_WR);
    show("shutdown", p[0]);
    close(p[1]);
    show("close", p[0]);
    n = -getpgrp();
    SHOW(ioctl(p[0], SIOCSPGRP, &n));
    SHOW(ioctl(p[0], SIOCGPGRP, &group));
    HOLDS(group == -getpgrp());
    n = getpid();
    SHOW(ioctl(p[0], FIOSETOWN, &n));
    SHOW(ioctl(p[0], FIOGETOWN, &group));
    HOLDS(group == getpid());
    SHOW(ioctl(p[0], SIOCSPGRP, BAD));
    close(p[0]);

    puts("udp");
    int u = socket(AF_INET, SOCK_DGRAM, 0), v = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in a = v4("127.0.0.1", 0);
    bind(u, TO(a));
    a.sin_port = htons(port_of(u));
    set_async(u);
    fcntl(u, F_SETSIG, SIGRTMIN + 3);
    sendto(v, "x", 1, 0, TO(a));
    after("datagram", u);
    close(u);
    u = socket(AF_INET, SOCK_DGRAM, 0);
    connect(u, TO(a));
    set_async(u);
    fcntl(u, F_SETSIG, SIGRTMIN + 3);
    send(u, "x", 1, 0);
    after("refused", u);
    close(u);

    puts("tcp");
    int l = socket(AF_INET, SOCK_STREAM, 0), c = socket(AF_INET, SOCK_STREAM, 0), s;
    a = v4("127.0.0.1", 0);
    bind(l, TO(a));
    listen(l, 5);
    a.sin_port = htons(port_of(l));
    set_async(l);
    fcntl(l, F_SETSIG, SIGRTMIN + 3);
    connect(c, TO(a));
    after("connection", l);
    s = accept(l, NULL, NULL);
    HOLDS(fcntl(s, F_GETFL) & O_ASYNC);
    SHOW(fcntl(s, F_GETOWN));
    set_async(s);
    fcntl(s, F_SETSIG, SIGRTMIN + 3);
    send(c, "abc", 3, 0);
    after("data", s);
    fcntl(s, F_SETFL, 0);
    send(c, "!", 1, MSG_OOB);
    after("urgent, without O_ASYNC", s);
    close(c);
    close(s);
    close(l);
    return 0;
}
