// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <agent/tree.hh>
#include <base/failure.hh>
#include <base/unique_fd.hh>
#include <modules/agent/protocol.hh>

#include <array>
#include <cerrno>
#include <vector>

namespace osprey::cli::agent {

namespace {

namespace fs = std::filesystem;
using osprey::agent::tree_entry;

/// A guest has no use for the setuid bit of a file here, and only harm could come of it.
constexpr mode_t kept_mode = 0777;

std::string_view bytes_of(const auto& value) {
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

/// A name under which things can be made without following a link: the open folder and the rest.
struct place {
    unique_fd folder;
    std::string name;
};

class tree_reader {
public:
    tree_reader(const fs::path& target, const std::function<void(char*, size_t)>& receive,
                const progress_watcher& watch)
        : target_{target}, receive_{receive}, watch_{watch} {}

    void run() {
        for (bool first = true;; first = false) {
            tree_entry entry{};
            receive_(reinterpret_cast<char*>(&entry), sizeof entry);
            if (entry.mode == 0) {
                break;
            }
            if (entry.name_size > osprey::agent::longest_name ||
                entry.target_size > osprey::agent::longest_name ||
                first != (entry.name_size == 0)) {
                throw nonsense();
            }
            const std::string name = text(entry.name_size);
            const std::string link = text(entry.target_size);
            if (!osprey::agent::is_safe_name(name.data(), name.size())) {
                throw nonsense();
            }
            take(entry, name, link);
            ++progress_.files;
            watch_(progress_);
        }
        finish_folders();
    }

private:
    static failure nonsense() { return failure{"the agent in the guest sends nonsense"}; }

    std::string text(uint32_t size) {
        std::string text(size, '\0');
        receive_(text.data(), size);
        return text;
    }

    /// Opens the folder that `name` lies in. A link in the way is an attack or a mistake: ELOOP.
    place find(const std::string& name) {
        if (name.empty()) {
            return {unique_fd{::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC)}, target_.string()};
        }
        if (!top_) {
            throw nonsense();  // something below a top that is no folder
        }
        place at{unique_fd{::fcntl(top_.get(), F_DUPFD_CLOEXEC, 0)}, name};
        for (size_t slash; (slash = at.name.find('/')) != std::string::npos;) {
            const std::string part = at.name.substr(0, slash);
            at.folder = unique_fd{::openat(at.folder.get(), part.c_str(),
                                           O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
            if (!at.folder) {
                throw trouble(name);
            }
            at.name.erase(0, slash + 1);
        }
        return at;
    }

    [[nodiscard]] failure trouble(const std::string& name) const {
        return system_failure(
            fmt::format("write {}", (name.empty() ? target_ : target_ / name).string()), errno);
    }

    void take(const tree_entry& entry, const std::string& name, const std::string& link) {
        const place at = find(name);
        // The user's own target may be a link; what the guest names may not.
        const int follow = name.empty() ? 0 : O_NOFOLLOW;
        if (S_ISDIR(entry.mode)) {
            if (::mkdirat(at.folder.get(), at.name.c_str(), 0700) != 0 && errno != EEXIST) {
                throw trouble(name);
            }
            unique_fd folder{::openat(at.folder.get(), at.name.c_str(),
                                      O_RDONLY | O_DIRECTORY | O_CLOEXEC | follow)};
            if (!folder) {
                throw trouble(name);
            }
            if (name.empty()) {
                top_ = std::move(folder);
            }
            folders_.push_back({name, entry});
        } else if (S_ISREG(entry.mode)) {
            take_content(entry, name, at, follow);
        } else if (S_ISLNK(entry.mode)) {
            ::unlinkat(at.folder.get(), at.name.c_str(), 0);
            if (::symlinkat(link.c_str(), at.folder.get(), at.name.c_str()) != 0) {
                throw trouble(name);
            }
            const std::array<timespec, 2> times = times_of(entry);
            ::utimensat(at.folder.get(), at.name.c_str(), times.data(), AT_SYMLINK_NOFOLLOW);
        } else {
            throw nonsense();
        }
    }

    void take_content(const tree_entry& entry, const std::string& name, const place& at,
                      int follow) {
        const unique_fd file{::openat(at.folder.get(), at.name.c_str(),
                                      O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | follow, 0600)};
        if (!file) {
            throw trouble(name);
        }
        std::array<char, 32768> piece{};
        for (uint32_t size = 0;;) {
            receive_(reinterpret_cast<char*>(&size), sizeof size);
            if (size == 0) {
                break;
            }
            for (uint32_t part = 0; size > 0; size -= part) {
                part = static_cast<uint32_t>(std::min<size_t>(size, piece.size()));
                receive_(piece.data(), part);
                write_whole(file.get(), {piece.data(), part}, name);
                progress_.bytes += part;
                watch_(progress_);
            }
        }
        const std::array<timespec, 2> times = times_of(entry);
        if (::fchmod(file.get(), entry.mode & kept_mode) != 0 ||
            ::futimens(file.get(), times.data()) != 0) {
            throw trouble(name);
        }
    }

    void write_whole(int fd, std::string_view bytes, const std::string& name) const {
        while (!bytes.empty()) {
            const ssize_t n = ::write(fd, bytes.data(), bytes.size());
            if (n < 0 && errno != EINTR) {
                throw trouble(name);
            }
            bytes.remove_prefix(static_cast<size_t>(n > 0 ? n : 0));
        }
    }

    static std::array<timespec, 2> times_of(const tree_entry& entry) {
        return {timespec{0, UTIME_OMIT},
                timespec{entry.seconds, static_cast<long>(entry.nanoseconds % 1'000'000'000)}};
    }

    /// The inner ones first: their making has changed the times of the outer ones.
    void finish_folders() {
        for (auto it = folders_.rbegin(); it != folders_.rend(); ++it) {
            const place at = find(it->name);
            const unique_fd folder{
                ::openat(at.folder.get(), at.name.c_str(),
                         O_RDONLY | O_DIRECTORY | O_CLOEXEC | (it->name.empty() ? 0 : O_NOFOLLOW))};
            const std::array<timespec, 2> times = times_of(it->entry);
            if (!folder || ::futimens(folder.get(), times.data()) != 0 ||
                ::fchmod(folder.get(), it->entry.mode & kept_mode) != 0) {
                throw trouble(it->name);
            }
        }
    }

    struct folder_entry {
        std::string name;
        tree_entry entry;
    };

    const fs::path& target_;
    const std::function<void(char*, size_t)>& receive_;
    const progress_watcher& watch_;
    unique_fd top_;
    std::vector<folder_entry> folders_;
    tree_progress progress_;
};

class tree_sender {
public:
    tree_sender(const fs::path& top, const std::function<void(std::string_view)>& send,
                const progress_watcher& watch)
        : top_{top}, send_{send}, watch_{watch} {
        progress_.total = bytes_below(top);
    }

    void run() {
        send_entry("");
        send_(bytes_of(tree_entry{}));
    }

private:
    void send_entry(const std::string& name) {
        const fs::path path = name.empty() ? top_ : top_ / name;
        struct stat status {};
        const int seen =
            name.empty() ? ::stat(path.c_str(), &status) : ::lstat(path.c_str(), &status);
        if (seen != 0) {
            throw system_failure(fmt::format("read {}", path.string()), errno);
        }
        std::string link;
        unique_fd file;
        if (S_ISLNK(status.st_mode)) {
            link = fs::read_symlink(path).string();
        } else if (S_ISREG(status.st_mode)) {
            file = unique_fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
            if (!file) {
                throw system_failure(fmt::format("read {}", path.string()), errno);
            }
        } else if (!S_ISDIR(status.st_mode)) {
            if (name.empty()) {
                throw failure{fmt::format("{} is neither a file nor a folder", path.string())};
            }
            return;
        }
        tree_entry entry{};
        entry.mode = status.st_mode;
        entry.name_size = static_cast<uint32_t>(name.size());
        entry.target_size = static_cast<uint32_t>(link.size());
        entry.seconds = status.st_mtim.tv_sec;
        entry.nanoseconds = static_cast<uint32_t>(status.st_mtim.tv_nsec);
        entry.size = static_cast<uint64_t>(status.st_size);
        send_(std::string{bytes_of(entry)} + name + link);
        if (file) {
            send_content(file.get(), path);
        }
        ++progress_.files;
        watch_(progress_);
        if (S_ISDIR(status.st_mode)) {
            for (const auto& below : fs::directory_iterator{path}) {
                const std::string last = below.path().filename().string();
                send_entry(name.empty() ? last : name + "/" + last);
            }
        }
    }

    void send_content(int fd, const fs::path& path) {
        std::array<char, 32768> piece{};
        for (ssize_t n = 1; n != 0;) {
            n = ::read(fd, piece.data(), piece.size());
            if (n < 0) {
                throw system_failure(fmt::format("read {}", path.string()), errno);
            }
            const auto size = static_cast<uint32_t>(n);
            send_(bytes_of(size));
            send_({piece.data(), size});
            progress_.bytes += size;
            watch_(progress_);
        }
    }

    const fs::path& top_;
    const std::function<void(std::string_view)>& send_;
    const progress_watcher& watch_;
    tree_progress progress_;
};

}  // namespace

uint64_t bytes_below(const fs::path& top) {
    std::error_code error;
    if (!fs::is_directory(top, error)) {
        const auto size = fs::file_size(top, error);
        return error ? 0 : size;
    }
    uint64_t sum = 0;
    for (const auto& entry : fs::recursive_directory_iterator{top, error}) {
        if (entry.is_regular_file(error) && !entry.is_symlink(error)) {
            sum += entry.file_size(error);
        }
    }
    return sum;
}

void write_tree(const fs::path& top, const std::function<void(std::string_view)>& send,
                const progress_watcher& watch) {
    tree_sender{top, send, watch}.run();
}

void read_tree(const fs::path& target, const std::function<void(char*, size_t)>& receive,
               const progress_watcher& watch) {
    tree_reader{target, receive, watch}.run();
}

}  // namespace osprey::cli::agent
