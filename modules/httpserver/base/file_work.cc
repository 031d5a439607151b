// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <base/error.hh>
#include <base/fd.hh>
#include <base/file_work.hh>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <vector>

namespace osprey::rest {

std::optional<mode_t> parse_permission(const std::string& text) {
    if (text.empty()) {
        return std::nullopt;
    }
    unsigned mode = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, mode, 8);
    if (error != std::errc{} || stop != end || mode > 07777) {
        throw api_error{400, "The permission " + text + " is no octal number up to 7777"};
    }
    return mode;
}

void make_folders(const std::string& path, mode_t mode) {
    for (size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
        const std::string part = path.substr(0, slash);
        if (::mkdir(part.c_str(), mode) != 0) {
            const int error = errno;
            struct stat facts;
            if (::stat(part.c_str(), &facts) != 0 || !S_ISDIR(facts.st_mode)) {
                throw system_error("Cannot make the folder " + part, error);
            }
        }
        if (slash == std::string::npos) {
            return;
        }
    }
}

void change_mode(const std::string& path, mode_t mode) {
    if (::chmod(path.c_str(), mode) != 0) {
        throw system_error("Cannot change the permission of " + path, errno);
    }
}

void copy_file(const std::string& from, const std::string& to) {
    const unique_fd source{::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
    struct stat facts;
    if (!source || ::fstat(source.get(), &facts) != 0) {
        throw system_error("Cannot read " + from, errno);
    }
    if (!S_ISREG(facts.st_mode)) {
        throw api_error{400, from + " is no ordinary file"};
    }
    struct stat there;
    if (::stat(to.c_str(), &there) == 0 && there.st_dev == facts.st_dev &&
        there.st_ino == facts.st_ino) {
        throw api_error{400, from + " and " + to + " are the same file"};
    }
    const unique_fd target{
        ::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, facts.st_mode & 07777)};
    if (!target) {
        throw system_error("Cannot write " + to, errno);
    }
    std::vector<char> bytes(1 << 18);
    for (;;) {
        const ssize_t got = ::read(source.get(), bytes.data(), bytes.size());
        if (got < 0) {
            throw system_error("Cannot read " + from, errno);
        }
        if (got == 0) {
            return;
        }
        for (ssize_t done = 0; done < got;) {
            const ssize_t put =
                ::write(target.get(), bytes.data() + done, static_cast<size_t>(got - done));
            if (put < 0) {
                throw system_error("Cannot write " + to, errno);
            }
            done += put;
        }
    }
}

void remove_files(const std::string& path, bool recursive) {
    struct stat facts;
    if (::lstat(path.c_str(), &facts) != 0) {
        throw system_error("Cannot remove " + path, errno);
    }
    if (!S_ISDIR(facts.st_mode) || !recursive) {
        if ((S_ISDIR(facts.st_mode) ? ::rmdir(path.c_str()) : ::unlink(path.c_str())) != 0) {
            throw system_error("Cannot remove " + path, errno);
        }
        return;
    }
    std::error_code error;
    std::filesystem::remove_all(path, error);
    if (error) {
        throw system_error("Cannot remove " + path, error.value());
    }
}

}  // namespace osprey::rest
