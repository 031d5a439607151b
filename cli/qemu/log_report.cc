// SPDX-License-Identifier: BSD-3-Clause
#include <cxxabi.h>
#include <base/text.hh>
#include <qemu/log_report.hh>

#include <cstdlib>
#include <memory>
#include <string_view>

namespace osprey::cli::qemu {

namespace {

constexpr size_t most_report_lines = 40;

/// A line without the kernel's time stamp and the serial port's carriage returns.
std::string text_of(const std::string& line) {
    const size_t stamp = line.starts_with('[') ? line.find("] ") : std::string::npos;
    std::string text = stamp == std::string::npos ? line : line.substr(stamp + 2);
    text.erase(text.find_last_not_of("\r ") + 1);
    return text;
}

std::vector<std::string> lines_of(const std::string& log) {
    std::vector<std::string> lines;
    for (const std::string& line : split(log, '\n')) {
        lines.push_back(text_of(line));
    }
    return lines;
}

std::string demangle(const std::string& name) {
    int status = 0;
    const std::unique_ptr<char, void (*)(void*)> plain{
        abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), std::free};
    return status == 0 ? plain.get() : name;
}

}  // namespace

std::string readable_names(const std::string& line) {
    constexpr std::string_view allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.$";
    std::string readable;
    size_t at = 0;
    for (;;) {
        const size_t name = line.find(" _Z", at);
        if (name == std::string::npos) {
            return readable + line.substr(at);
        }
        const size_t end = std::min(line.find_first_not_of(allowed, name + 1), line.size());
        readable +=
            line.substr(at, name + 1 - at) + demangle(line.substr(name + 1, end - name - 1));
        at = end;
    }
}

std::vector<std::string> log_tail(const std::string& log, size_t most) {
    std::vector<std::string> lines = split(log, '\n');
    while (!lines.empty() && lines.back().empty()) {
        lines.pop_back();
    }
    if (lines.size() > most) {
        lines.erase(lines.begin(), lines.end() - static_cast<long>(most));
    }
    for (std::string& line : lines) {
        line.erase(line.find_last_not_of('\r') + 1);
        line = readable_names(line);
    }
    return lines;
}

std::string panic_message(const std::string& log) {
    for (const std::string& line : lines_of(log)) {
        if (line.starts_with("kernel panic")) {
            const size_t colon = line.find(": ");
            return colon == std::string::npos ? line : line.substr(colon + 2);
        }
    }
    return {};
}

std::vector<std::string> missing_calls(const std::string& log) {
    constexpr std::string_view mark = "linux: ";
    std::vector<std::string> missing;
    for (const std::string& line : lines_of(log)) {
        const size_t at = line.find(mark);
        if (at != std::string::npos && line.find(" is not ", at) != std::string::npos) {
            missing.push_back(line.substr(at + mark.size()));
        }
    }
    return missing;
}

std::vector<std::string> memory_report(const std::string& log) {
    constexpr std::string_view opening = "out of memory: ";
    std::vector<std::string> report;
    bool is_open = false;
    for (const std::string& line : lines_of(log)) {
        const bool opens = line.starts_with(opening);
        if (opens && line.find(" in all") != std::string::npos) {
            report.clear();
            is_open = true;
        }
        if (is_open && (opens || line.starts_with("  ")) && report.size() < most_report_lines) {
            report.push_back(line);
            is_open = !opens || report.size() == 1;  // "killed NAME" ends it
        }
    }
    return report;
}

}  // namespace osprey::cli::qemu
