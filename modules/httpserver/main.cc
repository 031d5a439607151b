// SPDX-License-Identifier: BSD-3-Clause
// The REST server: docs/rest.md.
#include <api/stop.hh>
#include <http/server.hh>
#include <options.hh>

#include <csignal>
#include <cstdio>
#include <stdexcept>

using namespace osprey::rest;

int main(int argc, char** argv) {
    int status = 0;
    const auto site = read_options(argc, argv, status);
    if (!site) {
        return status;
    }
    std::signal(SIGPIPE, SIG_IGN);
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
