// SPDX-License-Identifier: BSD-3-Clause
#include "os_log.hh"

#include <fcntl.h>
#include <sys/klog.h>
#include <unistd.h>
#include <base/error.hh>
#include <base/fd.hh>
#include <base/text.hh>

#include <array>
#include <cerrno>
#include <cstdio>

namespace osprey::rest {

namespace {

// Numbers of syslog(2).
constexpr int read_all = 3;
constexpr int size_of_buffer = 10;

/// The log through syslog(2); nothing where it is not to be had in this way.
std::optional<std::string> whole_log() {
    const int size = ::klogctl(size_of_buffer, nullptr, 0);
    std::string text(size > 0 ? static_cast<size_t>(size) : 0, '\0');
    const int got = size < 0 ? size : ::klogctl(read_all, text.data(), size);
    if (got < 0) {
        return std::nullopt;
    }
    text.resize(static_cast<size_t>(got));
    return text;
}

struct record {
    uint64_t sequence = 0;
    std::string line;  ///< "[    0.123456] text"
};

/// A record of /dev/kmsg: "priority,sequence,microseconds,flags[,…];text".
record parse_record(std::string_view text) {
    const size_t semicolon = text.find(';');
    const auto head = split(text.substr(0, semicolon), ',');
    if (semicolon == std::string_view::npos || head.size() < 3) {
        return {};
    }
    const uint64_t time = static_cast<uint64_t>(to_number(head[2]).value_or(0));
    std::array<char, 64> stamp;
    std::snprintf(stamp.data(), stamp.size(), "[%5llu.%06llu] ",
                  static_cast<unsigned long long>(time / 1'000'000),
                  static_cast<unsigned long long>(time % 1'000'000));
    const std::string_view message = text.substr(semicolon + 1);
    return {static_cast<uint64_t>(to_number(head[1]).value_or(0)),
            stamp.data() + std::string{message.substr(0, message.find('\n'))} + "\n"};
}

}  // namespace

reply get_log(call& c) {
    auto since = c.number("since");
    if (!since) {
        if (auto whole = whole_log()) {
            return json(std::move(*whole));
        }
        since = 0;
    }
    const unique_fd log{::open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
    if (!log) {
        throw system_error("Cannot read the kernel's log", errno);
    }
    std::string text;
    uint64_t next = *since;
    std::array<char, 8192> bytes;
    for (;;) {
        const ssize_t got = ::read(log.get(), bytes.data(), bytes.size());
        if (got < 0 && (errno == EPIPE || errno == EINTR)) {
            continue;  // the record was overwritten: the next read gives the oldest that is left
        }
        if (got <= 0) {
            break;
        }
        const record one = parse_record({bytes.data(), static_cast<size_t>(got)});
        if (one.sequence >= *since) {
            text += one.line;
            next = std::max(next, one.sequence + 1);
        }
    }
    c.response.set_header("Osprey-Log-Next", std::to_string(next));
    return json(text);
}

}  // namespace osprey::rest
