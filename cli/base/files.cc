// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <linux/fs.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <base/failure.hh>
#include <base/files.hh>
#include <base/unique_fd.hh>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <vector>

namespace osprey::cli {

namespace {

/// Reads until the end of the file. False with errno set on an error.
bool read_all(int fd, std::string& content) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) {
        return false;
    }
    content.reserve(static_cast<size_t>(status.st_size) + 1);
    char buffer[65536];
    while (true) {
        const ssize_t count = ::read(fd, buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return count == 0;
        }
        content.append(buffer, static_cast<size_t>(count));
    }
}

bool write_all(int fd, std::string_view data) {
    while (!data.empty()) {
        const ssize_t count = ::write(fd, data.data(), data.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return false;
        }
        data.remove_prefix(static_cast<size_t>(count));
    }
    return true;
}

/// The user's home, from HOME or the password file.
fs::path home_folder() {
    if (const char* home = std::getenv("HOME"); home != nullptr && home[0] == '/') {
        return home;
    }
    const passwd* entry = ::getpwuid(::getuid());
    if (entry == nullptr || entry->pw_dir == nullptr) {
        throw failure{"cannot find your home folder", "Set HOME."};
    }
    return entry->pw_dir;
}

fs::path user_folder(const char* own, const char* xdg, const char* below_home) {
    if (const char* value = std::getenv(own); value != nullptr && value[0] != '\0') {
        return fs::absolute(value);
    }
    if (const char* value = std::getenv(xdg); value != nullptr && value[0] == '/') {
        return fs::path{value} / "osprey";
    }
    return home_folder() / below_home / "osprey";
}

}  // namespace

std::string read_file(const fs::path& path) {
    const unique_fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    std::string content;
    if (!fd || !read_all(fd.get(), content)) {
        throw system_failure(fmt::format("read {}", path.string()), errno);
    }
    return content;
}

std::optional<std::string> try_read_file(const fs::path& path) {
    const unique_fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    std::string content;
    if (!fd || !read_all(fd.get(), content)) {
        return std::nullopt;
    }
    return content;
}

void write_file(const fs::path& path, std::string_view content) {
    std::string temporary = path.string() + ".XXXXXX";
    const unique_fd fd{::mkostemp(temporary.data(), O_CLOEXEC)};
    if (!fd || !write_all(fd.get(), content) || ::fchmod(fd.get(), 0644) != 0 ||
        ::rename(temporary.c_str(), path.c_str()) != 0) {
        const int error = errno;
        ::unlink(temporary.c_str());
        throw system_failure(fmt::format("write {}", path.string()), error);
    }
}

void copy_bytes(const fs::path& from, const fs::path& to) {
    const unique_fd in{::open(from.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!in) {
        throw system_failure(fmt::format("read {}", from.string()), errno);
    }
    struct stat status {};
    ::fstat(in.get(), &status);
    const unique_fd out{
        ::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, status.st_mode & 0777)};
    if (!out) {
        throw system_failure(fmt::format("write {}", to.string()), errno);
    }
    if (::ioctl(out.get(), FICLONE, in.get()) == 0) {
        return;
    }
    while (true) {
        // Falls back inside the kernel; across filesystems it works since Linux 5.3.
        const ssize_t count =
            ::copy_file_range(in.get(), nullptr, out.get(), nullptr, size_t{1} << 30, 0);
        if (count == 0) {
            return;
        }
        if (count < 0 && errno != EINTR) {
            break;
        }
    }
    if (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) {
        throw system_failure(fmt::format("copy {} to {}", from.string(), to.string()), errno);
    }
    char buffer[65536];
    while (true) {
        const ssize_t count = ::read(in.get(), buffer, sizeof buffer);
        if (count == 0) {
            return;
        }
        if (count < 0) {
            throw system_failure(fmt::format("read {}", from.string()), errno);
        }
        if (!write_all(out.get(), {buffer, static_cast<size_t>(count)})) {
            throw system_failure(fmt::format("write {}", to.string()), errno);
        }
    }
}

void make_folders(const fs::path& path) {
    std::error_code error;
    fs::create_directories(path, error);
    if (error) {
        throw system_failure(fmt::format("make the folder {}", path.string()), error.value());
    }
}

temporary_folder::temporary_folder(const fs::path& parent, std::string_view prefix) {
    make_folders(parent);
    std::string name = (parent / prefix).string() + ".XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) {
        throw system_failure(fmt::format("make a folder in {}", parent.string()), errno);
    }
    path_ = name;
}

temporary_folder::~temporary_folder() {
    if (!path_.empty()) {
        remove_tree(path_);
    }
}

void remove_tree(const fs::path& path) noexcept {
    std::error_code error;
    fs::remove_all(path, error);
    if (!error) {
        return;
    }
    // Packages may hold folders without write permission: open them up and try again.
    for (auto entry =
             fs::recursive_directory_iterator{path, fs::directory_options::skip_permission_denied,
                                              error};
         !error && entry != fs::recursive_directory_iterator{}; entry.increment(error)) {
        if (entry->is_directory(error) && !entry->is_symlink(error)) {
            fs::permissions(entry->path(), fs::perms::owner_all, fs::perm_options::add, error);
        }
    }
    fs::remove_all(path, error);
}

file_lock::file_lock(const fs::path& path)
    : fd_{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)} {
    if (fd_ < 0) {
        throw system_failure(fmt::format("open {}", path.string()), errno);
    }
    while (::flock(fd_, LOCK_EX) != 0 && errno == EINTR) {
    }
}

file_lock::~file_lock() {
    ::close(fd_);
}

fs::path cache_folder() {
    return user_folder("OSPREY_CACHE", "XDG_CACHE_HOME", ".cache");
}

fs::path state_folder() {
    return user_folder("OSPREY_STATE", "XDG_STATE_HOME", ".local/state");
}

fs::path own_folder() {
    std::error_code error;
    const fs::path self = fs::read_symlink("/proc/self/exe", error);
    return error ? fs::path{"."} : self.parent_path();
}

}  // namespace osprey::cli
