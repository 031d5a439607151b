// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <CLI/CLI.hpp>
#include <image/tree.hh>
#include <qemu/network.hh>
#include <string>

namespace osprey::cli::commands {

/// `--api[=HOSTPORT]` and `--api-token[=FILE]`: the REST server beside the program.
struct api_option {
    int port = 0;            ///< of this machine; 0: no server
    std::string token_file;  ///< file with the token, made if there is none; empty: no token
};

void add_api_options(CLI::App& app, api_option& options);

/// Forwards the port to the server's in the guest.
void publish_api(const api_option& options, qemu::network_request& network);

/// Adds the server, its libraries, its web pages and the token to an image.
/// Throws `failure` if the server was not built, or the image has another C library.
void add_api_server(const api_option& options, image::tree& content);

/// The program list with the server behind the program: "PROGRAM & SERVER", where the server ends
/// with the program, whose exit code counts. Both are text for the kernel's command line.
[[nodiscard]] std::string beside_api_server(const api_option& options, const std::string& program);

}  // namespace osprey::cli::commands
