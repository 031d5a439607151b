// SPDX-License-Identifier: BSD-3-Clause
#include <sys/statvfs.h>
#include <base/mounts.hh>
#include <base/text.hh>

#include <algorithm>

namespace osprey::rest {

namespace {

/// Blanks and backslashes of paths are written as \040 in /proc/self/mounts.
std::string unescape(std::string_view text) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        const std::string_view rest = text.substr(i);
        if (rest[0] == '\\' && rest.size() >= 4 &&
            rest.substr(1, 3).find_first_not_of("01234567") == std::string_view::npos) {
            out += static_cast<char>((rest[1] - '0') * 64 + (rest[2] - '0') * 8 + (rest[3] - '0'));
            i += 3;
        } else {
            out += rest[0];
        }
    }
    return out;
}

}  // namespace

std::vector<mounted> read_mounts() {
    std::vector<mounted> list;
    const auto text = read_text("/proc/self/mounts").value_or("");
    for (const std::string_view line : split(text, '\n')) {
        const auto fields = words(line);
        if (fields.size() < 3) {
            continue;
        }
        mounted one{unescape(fields[0]), unescape(fields[1]), std::string{fields[2]}};
        struct statvfs facts {};
        if (::statvfs(one.path.c_str(), &facts) != 0 || facts.f_blocks == 0) {
            continue;
        }
        one.blocks = facts.f_blocks;
        one.free_blocks = facts.f_bfree;
        one.available_blocks = facts.f_bavail;
        one.files = facts.f_files;
        one.free_files = facts.f_ffree;
        one.block_size = facts.f_frsize;
        const auto before = std::ranges::find(list, one.path, &mounted::path);
        if (before != list.end()) {
            *before = std::move(one);
        } else {
            list.push_back(std::move(one));
        }
    }
    // The root first, where clients of the reference look for it.
    std::ranges::stable_partition(list, [](const mounted& m) { return m.path == "/"; });
    return list;
}

}  // namespace osprey::rest
