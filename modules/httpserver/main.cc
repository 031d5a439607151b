// SPDX-License-Identifier: BSD-3-Clause
// The REST server: docs/rest.md.
#include <api/stop.hh>
#include <http/server.hh>
#include <options.hh>

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <thread>

using namespace osprey::rest;

namespace {

/// Ends this program with another one: in a guest, the machine ends when all programs have.
void end_with(pid_t pid) {
    const int process =
        pid == ::getpid() ? -1 : static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    std::thread{[process] {
        pollfd end{.fd = process, .events = POLLIN, .revents = 0};
        // No such process any more, or it never started: then there is nothing to wait for.
        while (process >= 0 && ::poll(&end, 1, -1) < 0) {
        }
        ::_exit(0);
    }}.detach();
}

}  // namespace

int main(int argc, char** argv) {
    int status = 0;
    const auto site = read_options(argc, argv, status);
    if (!site) {
        return status;
    }
    std::signal(SIGPIPE, SIG_IGN);
    if (site->end_with != 0) {
        end_with(site->end_with);
    }
    try {
        server web{*site};
        stop_with(web);
        if (!web.serve()) {
            std::fprintf(stderr, "httpserver: cannot listen at %s port %d\n", site->address.c_str(),
                         site->port);
            return 1;
        }
    } catch (const std::runtime_error& e) {
        std::fprintf(stderr, "httpserver: %s\n", e.what());
        return 1;
    }
    return 0;
}
