// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <base/error.hh>
#include <base/fd.hh>
#include <base/upload.hh>

#include <cerrno>
#include <cstdlib>

namespace osprey::rest {

namespace {

/// A file under a temporary name, which goes with the object unless it got its own name.
class new_file {
public:
    explicit new_file(const std::string& path)
        : path_{path}, name_{path + ".upload.XXXXXX"}, file_{::mkostemp(name_.data(), O_CLOEXEC)} {
        if (!file_) {
            throw system_error("Cannot write " + path, errno);
        }
    }
    new_file(const new_file&) = delete;
    new_file& operator=(const new_file&) = delete;
    ~new_file() {
        if (!name_.empty()) {
            ::unlink(name_.c_str());
        }
    }

    void append(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t put = ::write(file_.get(), bytes.data(), bytes.size());
            if (put < 0 && errno != EINTR) {
                throw system_error("Cannot write " + path_, errno);
            }
            bytes.remove_prefix(static_cast<size_t>(std::max<ssize_t>(put, 0)));
        }
    }

    void finish() {
        struct stat old;
        const bool replaces = ::stat(path_.c_str(), &old) == 0;
        if (replaces && S_ISDIR(old.st_mode)) {
            throw system_error("Cannot write " + path_, EISDIR);
        }
        if (::fchmod(file_.get(), replaces ? old.st_mode & 07777 : 0664) != 0 ||
            ::rename(name_.c_str(), path_.c_str()) != 0) {
            throw system_error("Cannot write " + path_, errno);
        }
        name_.clear();
    }

    [[nodiscard]] uint64_t room() const {
        struct statvfs facts {};
        return ::fstatvfs(file_.get(), &facts) == 0 && facts.f_blocks > 0
                   ? static_cast<uint64_t>(facts.f_bavail) * facts.f_frsize
                   : UINT64_MAX;
    }

private:
    std::string path_;
    std::string name_;
    unique_fd file_;
};

}  // namespace

void store_body(body_source* body, const std::string& path, uint64_t limit) {
    new_file file{path};
    const uint64_t announced = body ? body->announced().value_or(0) : 0;
    if (announced > limit) {
        throw api_error{413, "The file is too large"};
    }
    if (announced > file.room()) {
        throw system_error("Cannot write " + path, ENOSPC);
    }
    uint64_t size = 0;
    if (body) {
        body->receive([&](std::string_view bytes) {
            size += bytes.size();
            if (size > limit) {
                throw api_error{413, "The file is too large"};
            }
            file.append(bytes);
            return true;
        });
    }
    file.finish();
}

}  // namespace osprey::rest
