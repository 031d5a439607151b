// SPDX-License-Identifier: BSD-3-Clause
// The guest's agent: starts programs and moves files for the host tool, over a virtio port. An
// ordinary Linux program; it never uses the application's streams, and it ignores signals that are
// for all.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include <modules/agent/channel.hh>
#include <modules/agent/operations.hh>

namespace osprey::agent {

namespace {

constexpr char port_name[] = "/dev/virtio-ports/org.osprey.agent";

int port = -1;
channel channels[most_channels];

channel* find(uint16_t number) {
    for (channel& c : channels) {
        if (c.is(number)) {
            return &c;
        }
    }
    return nullptr;
}

void open_channel(const frame_head& head, const char* payload) {
    for (channel& c : channels) {
        if (!c.in_use()) {
            return c.open(head.channel, payload, head.size);
        }
    }
    const uint32_t error = EAGAIN;
    send_frame(head.channel, frame_kind::failed, &error, sizeof error);
}

bool has_children() {
    siginfo_t info{};
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

void handle(const frame_head& head, const char* payload) {
    if (head.kind == frame_kind::quit) {
        if (!has_children()) {
            _exit(0);
        }
        return send_frame(0, frame_kind::stays, nullptr, 0);
    }
    channel* const c = find(head.channel);
    if (head.kind == frame_kind::open && c == nullptr) {
        open_channel(head, payload);
    } else if (c != nullptr) {  // else a frame that crossed the channel's last one
        c->handle(head, payload);
    }
}

void reap() {
    int status = 0;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        for (channel& c : channels) {
            if (c.has_child(pid)) {
                c.ended(status);
            }
        }
    }
}

int watch_children() {
    // What the application's shell or the host sends to all programs is not for the agent.
    for (int number = 1; number < NSIG; ++number) {
        signal(number, SIG_IGN);
    }
    signal(SIGCHLD, SIG_DFL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    // The children of programs that end come here, not to the application.
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/// Says hello and waits for the host's answer; what comes before that was for another agent.
bool greet() {
    char hello[hello_size];
    memcpy(hello, greeting, greeting_size);
    if (getrandom(hello + greeting_size, nonce_size, 0) != nonce_size ||
        !write_whole(port, hello, sizeof hello)) {
        return false;
    }
    hello_finder finder;
    do {
        char byte;
        do {
            if (!read_whole(port, &byte, 1)) {
                return false;
            }
        } while (!finder.take(byte));
    } while (memcmp(finder.hello, hello, sizeof hello) != 0);
    return true;
}

/// Until the host goes away. @return exit code
int serve_host(int children) {
    static char buffer[most_frame];
    frame_reader frames{buffer};
    bool more = false;
    for (;;) {
        pollfd set[2 + 3 * most_channels]{{port, POLLIN, 0}, {children, POLLIN, 0}};
        unsigned count = 2;
        for (const channel& c : channels) {
            if (c.in_use()) {
                count += c.watch(set + count);
            }
        }
        if (poll(set, count, more ? 0 : -1) < 0 && errno != EINTR) {
            return 1;
        }
        if ((set[0].revents & (POLLIN | POLLHUP)) != 0) {
            const ssize_t n = read(port, frames.room(), frames.room_size());
            if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN)) {
                return 0;
            }
            frames.filled(n > 0 ? static_cast<size_t>(n) : 0);
            if (!frames.take(handle)) {
                return 1;
            }
        }
        if (set[1].revents != 0) {
            signalfd_siginfo info;
            while (read(children, &info, sizeof info) > 0) {
            }
            reap();
        }
        more = false;
        for (channel& c : channels) {
            more = c.move() || more;
        }
    }
}

}  // namespace

void send_frame(uint16_t channel, frame_kind kind, const void* payload, uint32_t size) {
    const frame_head head{size, channel, kind, 0};
    if (!write_whole(port, &head, sizeof head) || !write_whole(port, payload, size)) {
        _exit(1);  // the host went away
    }
}

}  // namespace osprey::agent

/// The argument, if any, is the number of a descriptor to use in place of the port: for tests.
int main(int argc, char** argv) {
    using namespace osprey::agent;
    port = argc > 1 ? atoi(argv[1]) : open(port_name, O_RDWR | O_CLOEXEC);
    if (port < 0 || fcntl(port, F_SETFD, FD_CLOEXEC) != 0) {
        return 1;
    }
    const int children = watch_children();
    return children >= 0 && greet() ? serve_host(children) : 1;
}
