// SPDX-License-Identifier: BSD-3-Clause
#include <base/failure.hh>
#include <base/files.hh>
#include <commands/api_option.hh>
#include <elf/libraries.hh>

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace osprey::cli::commands {

namespace {

constexpr int guest_port = 8000;
constexpr const char* guest_server = "/usr/lib/osprey/httpserver";
constexpr const char* guest_pages = "/usr/share/osprey/httpserver/www";
constexpr const char* guest_token = "/etc/osprey/api-token";

/// The server and its pages, beside the tool in the build or where they are installed.
struct server_files {
    fs::path program;
    fs::path pages;
};

server_files find_server() {
    const fs::path own = own_folder();
    const server_files places[] = {
        {own / "modules/httpserver/httpserver", own / "share/osprey/httpserver/www"},
        {own / "../libexec/osprey/httpserver", own / "../share/osprey/httpserver/www"},
    };
    std::error_code error;
    for (const server_files& place : places) {
        if (fs::is_regular_file(place.program, error)) {
            return {fs::canonical(place.program), place.pages};
        }
    }
    throw failure{"--api needs the REST server, which was not built",
                  "Build the target httpserver (see docs/rest.md)."};
}

/// Libraries that the image lacks. One that it has stays: a program and the server share them.
void add_libraries(const fs::path& program, image::tree& content) {
    const elf::host_view host;
    elf::library_finder finder{host, ""};
    finder.add_program(program.string());
    for (const std::string& path : finder.paths()) {
        if (path == program.string()) {
            continue;
        }
        const auto there = content.find(path);
        const auto here = host.find(path);
        if (!there) {
            content.add_mirrored(path);
        } else if (path.find("/libc.so.") != std::string::npos && here &&
                   read_file(there->source) != read_file(here->source)) {
            throw failure{"--api: the image has another C library than this machine",
                          "Make the image of this machine's Debian, or run it without --api."};
        }
    }
}

/// 32 hexadecimal digits in a file that only the user may read.
void make_token(const fs::path& path) {
    std::array<unsigned char, 16> bytes{};
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
        throw system_failure("get random bytes for the token", errno);
    }
    std::string text;
    for (const unsigned char byte : bytes) {
        text += fmt::format("{:02x}", byte);
    }
    text += '\n';
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    const ssize_t written = file < 0 ? -1 : ::write(file, text.data(), text.size());
    const int error = errno;
    if (file >= 0) {
        ::close(file);
    }
    if (written != static_cast<ssize_t>(text.size())) {
        throw system_failure(fmt::format("write {}", path.string()), error);
    }
}

}  // namespace

void add_api_options(CLI::App& app, api_option& options) {
    app.add_flag("--api{8000}", options.port,
                 "Run the REST server beside PROGRAM, at this port of localhost (8000)")
        ->type_name("[=PORT]")
        ->check(CLI::Range(1, 65535).description(""));
    app.add_flag("--api-token{osprey-token}", options.token_file,
                 "Its clients must have the token in this file, which is made if there is none")
        ->type_name("[=FILE]");
}

void publish_api(const api_option& options, qemu::network_request& network) {
    if (options.port != 0) {
        network.published.push_back(fmt::format("{}:{}", options.port, guest_port));
    } else if (!options.token_file.empty()) {
        throw failure{exit_status::usage, "--api-token goes with --api",
                      "For example: osprey run --api --api-token=FILE PROGRAM."};
    }
}

void add_api_server(const api_option& options, image::tree& content) {
    if (options.port == 0) {
        return;
    }
    const server_files files = find_server();
    add_libraries(files.program, content);
    content.add_file(guest_server, files.program, image::times::fix);
    std::error_code error;
    if (fs::is_directory(files.pages, error)) {
        content.add_any(guest_pages, files.pages);
    }
    if (!options.token_file.empty()) {
        if (!fs::exists(options.token_file, error)) {
            make_token(options.token_file);
        }
        content.add_content(guest_token, read_file(options.token_file), 0600);
    }
}

std::string beside_api_server(const api_option& options, const std::string& program) {
    if (options.port == 0) {
        return program;
    }
    // The first program of the list is process 1.
    return fmt::format(
        "{} & {} --quiet --end-with=1 --port={}{}", program, guest_server, guest_port,
        options.token_file.empty() ? "" : fmt::format(" --token-file={}", guest_token));
}

}  // namespace osprey::cli::commands
