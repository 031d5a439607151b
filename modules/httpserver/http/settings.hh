// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>

namespace osprey::rest {

/// What the command line and the configuration file say.
struct settings {
    std::string address = "0.0.0.0";
    int port = 8000;
    bool tls = false;
    std::string certificate = "/etc/pki/server.pem";
    std::string key = "/etc/pki/private/server.key";
    std::string authorities = "/etc/pki/CA/cacert.pem";
    std::string access_allow;  ///< origins that may use the API: "true", "*" or a list
    std::string token;         ///< empty: no token is asked for
    bool read_only = false;
    bool compatible = false;  ///< use the reference's names where its tests look for them
    std::string web_folder = "/usr/share/osprey/httpserver/www";
    std::string trace_folder;       ///< tracefs; empty: where the system has it
    std::string command_line_file;  ///< where POST /os/cmdline stores; empty: nowhere
    unsigned connections = 256;
    uint64_t upload_limit = UINT64_MAX;
    bool quiet = false;
    int end_with = 0;  ///< a process: the server ends when it does; 0: none
};

/// The largest body of a request that is not an upload.
inline constexpr size_t largest_form = 1 << 20;

}  // namespace osprey::rest
