// SPDX-License-Identifier: BSD-3-Clause
// How a program or an operation of the agent starts: fork, streams, exec.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <modules/agent/channel.hh>
#include <modules/agent/operations.hh>

namespace osprey::agent {

namespace {

/// Both ends of the program's streams.
struct streams {
    int ours[3]{-1, -1, -1};
    int theirs[3]{-1, -1, -1};

    void close_theirs() {
        for (int i = 0; i < 3; ++i) {
            if (theirs[i] >= 0 && (i == 0 || theirs[i] != theirs[0])) {
                close(theirs[i]);
            }
        }
    }
    void close_ours() {
        for (int i = 0; i < 3; ++i) {
            if (ours[i] >= 0 && (i == 0 || ours[i] != ours[0])) {
                close(ours[i]);
            }
        }
    }
};

/// A pipe of which our end never blocks.
bool make_pipe(int& ours, int& theirs, bool we_write) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return false;
    }
    ours = ends[we_write ? 1 : 0];
    theirs = ends[we_write ? 0 : 1];
    return fcntl(ours, F_SETFL, O_NONBLOCK) == 0;
}

bool make_terminal(const request_head& head, streams& s) {
    const int controller = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (controller < 0) {
        return false;
    }
    s.ours[0] = s.ours[1] = controller;
    char name[32];
    if (grantpt(controller) != 0 || unlockpt(controller) != 0 ||
        ptsname_r(controller, name, sizeof name) != 0) {
        return false;
    }
    const winsize window{head.rows, head.columns, 0, 0};
    ioctl(controller, TIOCSWINSZ, &window);
    s.theirs[0] = s.theirs[1] = s.theirs[2] = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    return s.theirs[0] >= 0;
}

bool make_streams(const request_head& head, streams& s) {
    if ((head.flags & on_terminal) != 0) {
        return make_terminal(head, s);
    }
    if ((head.flags & with_input) != 0) {
        if (!make_pipe(s.ours[0], s.theirs[0], true)) {
            return false;
        }
    } else if ((s.theirs[0] = open("/dev/null", O_RDONLY | O_CLOEXEC)) < 0) {
        return false;
    }
    return make_pipe(s.ours[1], s.theirs[1], false) && make_pipe(s.ours[2], s.theirs[2], false);
}

[[noreturn]] void give_up(int report) {
    const int error = errno;
    write_whole(report, &error, sizeof error);
    _exit(127);
}

/// In the child. `texts`: folder, words, variables.
[[noreturn]] void become_program(const request_head& head, char** texts, const streams& s,
                                 int report) {
    for (int number = 1; number < NSIG; ++number) {
        signal(number, SIG_DFL);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    setsid();
    if ((head.flags & on_terminal) != 0) {
        ioctl(s.theirs[0], TIOCSCTTY, 0);
    }
    for (int i = 0; i < 3; ++i) {
        if (dup2(s.theirs[i], i) < 0) {
            give_up(report);
        }
    }
    if (texts[0][0] != '\0' && chdir(texts[0]) != 0) {
        give_up(report);
    }
    char** const words = texts + 1;
    for (unsigned i = 0; i < head.variables; ++i) {
        if (putenv(words[head.words + i]) != 0) {
            give_up(report);
        }
    }
    words[head.words] = nullptr;  // the variables are in the environment by now
    if ((head.flags & built_in) != 0) {
        close(report);
        _exit(run_operation(words));
    }
    execvp(words[0], words);
    give_up(report);
}

}  // namespace

pid_t start_program(const request_head& head, char** texts, int* fds) {
    streams s;
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) {
        return -errno;
    }
    pid_t child = -1;
    if (make_streams(head, s)) {
        child = fork();
    }
    if (child == 0) {
        close(report[0]);
        become_program(head, texts, s, report[1]);
    }
    int error = child < 0 ? errno : 0;
    close(report[1]);
    s.close_theirs();
    // Ends when the program has replaced the child, and with it the last copy of the other end.
    if (child > 0 && !read_whole(report[0], &error, sizeof error)) {
        error = 0;
    }
    close(report[0]);
    if (error != 0) {
        s.close_ours();
        return -error;
    }
    for (int i = 0; i < 3; ++i) {
        fds[i] = s.ours[i];
    }
    return child;
}

}  // namespace osprey::agent
