// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <base/fd.hh>
#include <base/text.hh>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>

namespace osprey::rest {

std::optional<std::string> read_text(const std::string& path, size_t limit) {
    const unique_fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (!file) {
        return std::nullopt;
    }
    std::string text;
    for (size_t room = 4096; text.size() < limit; room = std::min<size_t>(2 * room, 1 << 20)) {
        const size_t before = text.size();
        text.resize(before + room);
        const ssize_t got = ::read(file.get(), text.data() + before, room);
        text.resize(before + (got > 0 ? got : 0));
        if (got < 0 && errno != EAGAIN) {
            return std::nullopt;
        }
        if (got <= 0) {
            break;
        }
    }
    return text;
}

std::string read_word(const std::string& path) {
    return std::string{trim(read_text(path, 65536).value_or(""))};
}

int64_t read_number(const std::string& path, int64_t otherwise) {
    return to_number(read_word(path)).value_or(otherwise);
}

int write_text(const std::string& path, std::string_view text) {
    const unique_fd file{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
    if (!file) {
        return errno;
    }
    const ssize_t put = ::write(file.get(), text.data(), text.size());
    return put < 0 ? errno : put == static_cast<ssize_t>(text.size()) ? 0 : EIO;
}

int write_whole(const std::string& path, std::string_view text) {
    std::string name = path + ".XXXXXX";
    const unique_fd file{::mkostemp(name.data(), O_CLOEXEC)};
    if (!file) {
        return errno;
    }
    const ssize_t put = ::write(file.get(), text.data(), text.size());
    int error = put < 0 ? errno : put == static_cast<ssize_t>(text.size()) ? 0 : ENOSPC;
    if (error == 0 && (::fchmod(file.get(), 0644) != 0 || ::fsync(file.get()) != 0 ||
                       ::rename(name.c_str(), path.c_str()) != 0)) {
        error = errno;
    }
    if (error != 0) {
        ::unlink(name.c_str());
    }
    return error;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const size_t end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(end + 1);
    }
}

std::vector<std::string_view> words(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    std::vector<std::string_view> found;
    for (size_t at = text.find_first_not_of(blank); at != std::string_view::npos;
         at = text.find_first_not_of(blank, at)) {
        const size_t end = std::min(text.find_first_of(blank, at), text.size());
        found.push_back(text.substr(at, end - at));
        at = end;
    }
    return found;
}

std::optional<int64_t> to_number(std::string_view text) {
    int64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    return error == std::errc{} && stop == end && !text.empty() ? std::optional{value}
                                                                : std::nullopt;
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    const size_t first = text.find_first_not_of(blank);
    return first == std::string_view::npos
               ? std::string_view{}
               : text.substr(first, text.find_last_not_of(blank) + 1 - first);
}

bool matches_glob(std::string_view pattern, std::string_view text) {
    size_t p = 0;
    size_t t = 0;
    size_t star = std::string_view::npos;  // the last `*` seen,
    size_t taken = 0;                      // and where the text it stands for ends
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            taken = t;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++taken;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace osprey::rest
