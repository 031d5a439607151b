// SPDX-License-Identifier: BSD-3-Clause
// Files and folders on their way between host and guest: `osprey cp`.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <modules/agent/operations.hh>
#include <modules/agent/protocol.hh>

namespace osprey::agent {

namespace {

char path_text[2 * longest_name];  // the file at hand
size_t top_size;                   // how much of it is the path that was asked for
char piece[32768];

/// Says on stderr which file it was. @return errno, as it was
int complain() {
    const int error = errno;
    const char* const why = strerror(error);
    write_whole(STDERR_FILENO, path_text, strlen(path_text));
    write_whole(STDERR_FILENO, ": ", 2);
    write_whole(STDERR_FILENO, why, strlen(why));
    write_whole(STDERR_FILENO, "\n", 1);
    return error != 0 ? error : EIO;
}

/// Appends "/name". @return the old length, to be restored; 0: too long.
size_t descend(const char* name) {
    const size_t length = strlen(path_text);
    const size_t more = strlen(name);
    if (length + 1 + more >= sizeof path_text || length + 1 + more - top_size > longest_name) {
        errno = ENAMETOOLONG;
        return 0;
    }
    path_text[length] = '/';
    memcpy(path_text + length + 1, name, more + 1);
    return length;
}

bool send_content(int fd) {
    for (;;) {
        const ssize_t n = read(fd, piece, sizeof piece);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return false;
        }
        const auto size = static_cast<uint32_t>(n);
        if (!write_whole(STDOUT_FILENO, &size, sizeof size) ||
            !write_whole(STDOUT_FILENO, piece, size)) {
            return false;
        }
        if (n == 0) {
            return true;
        }
    }
}

int send_below();

/// The file at path_text and what is below it. @return errno
int send_entry(const struct stat& status) {
    const size_t start = strlen(path_text) > top_size ? top_size + 1 : top_size;
    const char* const name = path_text + start;
    char target[longest_name];
    tree_entry entry{};
    entry.mode = status.st_mode;
    entry.name_size = static_cast<uint32_t>(strlen(name));
    entry.seconds = status.st_mtim.tv_sec;
    entry.nanoseconds = static_cast<uint32_t>(status.st_mtim.tv_nsec);
    int fd = -1;
    if (S_ISLNK(status.st_mode)) {
        const ssize_t n = readlink(path_text, target, sizeof target);
        if (n < 0) {
            return complain();
        }
        entry.target_size = static_cast<uint32_t>(n);
    } else if (S_ISREG(status.st_mode)) {
        entry.size = static_cast<uint64_t>(status.st_size);
        fd = open(path_text, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0) {
            return complain();
        }
    } else if (!S_ISDIR(status.st_mode)) {
        return 0;  // sockets and devices are not for another machine
    }
    const bool sent = write_whole(STDOUT_FILENO, &entry, sizeof entry) &&
                      write_whole(STDOUT_FILENO, name, entry.name_size) &&
                      write_whole(STDOUT_FILENO, target, entry.target_size) &&
                      (fd < 0 || send_content(fd));
    if (!sent) {
        return complain();
    }
    if (fd >= 0) {
        close(fd);
    }
    return S_ISDIR(status.st_mode) ? send_below() : 0;
}

int send_below() {
    DIR* const folder = opendir(path_text);
    if (folder == nullptr) {
        return complain();
    }
    int error = 0;
    while (error == 0) {
        const dirent* const entry = readdir(folder);
        if (entry == nullptr) {
            break;
        }
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        const size_t length = descend(entry->d_name);
        struct stat status;
        if (length == 0) {
            error = complain();
        } else if (lstat(path_text, &status) == 0) {
            error = send_entry(status);
        } else if (errno != ENOENT) {  // it may have gone meanwhile
            error = complain();
        }
        path_text[length != 0 ? length : strlen(path_text)] = '\0';
    }
    closedir(folder);
    return error;
}

/// What a folder gets when all that is in it is there.
struct unfinished_folder {
    unfinished_folder* next;
    timespec times[2];
    mode_t mode;
    char path[1];
};
unfinished_folder* unfinished = nullptr;

int take_content(const tree_entry& entry) {
    const int fd = open(path_text, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        return complain();
    }
    for (;;) {
        uint32_t size;
        if (!read_whole(STDIN_FILENO, &size, sizeof size)) {
            return complain();
        }
        if (size == 0) {
            break;
        }
        while (size > 0) {
            const uint32_t part = size < sizeof piece ? size : uint32_t{sizeof piece};
            if (!read_whole(STDIN_FILENO, piece, part) || !write_whole(fd, piece, part)) {
                return complain();
            }
            size -= part;
        }
    }
    const timespec times[2]{{0, UTIME_OMIT}, {entry.seconds, static_cast<long>(entry.nanoseconds)}};
    if (fchmod(fd, entry.mode & 07777) != 0 || futimens(fd, times) != 0 || close(fd) != 0) {
        return complain();
    }
    return 0;
}

int take_folder(const tree_entry& entry) {
    struct stat status;
    if (mkdir(path_text, 0700) != 0 &&
        (errno != EEXIST || stat(path_text, &status) != 0 || !S_ISDIR(status.st_mode))) {
        return complain();
    }
    const size_t size = strlen(path_text) + 1;
    auto* const later = static_cast<unfinished_folder*>(malloc(sizeof(unfinished_folder) + size));
    if (later == nullptr) {
        return complain();
    }
    later->next = unfinished;
    later->times[0] = {0, UTIME_OMIT};
    later->times[1] = {entry.seconds, static_cast<long>(entry.nanoseconds)};
    later->mode = entry.mode & 07777;
    memcpy(later->path, path_text, size);
    unfinished = later;
    return 0;
}

int take_link(const tree_entry& entry, const char* target) {
    unlink(path_text);
    if (symlink(target, path_text) != 0) {
        return complain();
    }
    const timespec times[2]{{0, UTIME_OMIT}, {entry.seconds, static_cast<long>(entry.nanoseconds)}};
    utimensat(AT_FDCWD, path_text, times, AT_SYMLINK_NOFOLLOW);
    return 0;
}

/// The latest first: a folder's time must not be changed by what happens to a file in it.
int finish_folders() {
    for (; unfinished != nullptr; unfinished = unfinished->next) {
        if (chmod(unfinished->path, unfinished->mode) != 0 ||
            utimensat(AT_FDCWD, unfinished->path, unfinished->times, 0) != 0) {
            return complain();
        }
    }
    return 0;
}

bool start_at(const char* path) {
    top_size = strlen(path);
    if (top_size == 0 || top_size >= longest_name) {
        errno = top_size == 0 ? ENOENT : ENAMETOOLONG;
        return false;
    }
    memcpy(path_text, path, top_size + 1);
    return true;
}

}  // namespace

int get_tree(const char* path) {
    struct stat status;
    if (!start_at(path) || stat(path, &status) != 0) {
        return errno;
    }
    if (const int error = send_entry(status)) {
        return error;
    }
    const tree_entry last{};
    return write_whole(STDOUT_FILENO, &last, sizeof last) ? 0 : errno;
}

int put_tree(const char* path) {
    if (!start_at(path)) {
        return errno;
    }
    for (;;) {
        tree_entry entry;
        static char name[longest_name + 1], target[longest_name + 1];
        if (!read_whole(STDIN_FILENO, &entry, sizeof entry)) {
            return errno;
        }
        if (entry.mode == 0) {
            return finish_folders();
        }
        if (entry.name_size > longest_name || entry.target_size > longest_name) {
            return EPROTO;
        }
        if (!read_whole(STDIN_FILENO, name, entry.name_size) ||
            !read_whole(STDIN_FILENO, target, entry.target_size)) {
            return errno;
        }
        name[entry.name_size] = target[entry.target_size] = '\0';
        if (!is_safe_name(name, entry.name_size)) {
            return EPROTO;
        }
        path_text[top_size] = '\0';
        if (entry.name_size != 0 && descend(name) == 0) {
            return complain();
        }
        const int error = S_ISDIR(entry.mode)   ? take_folder(entry)
                          : S_ISREG(entry.mode) ? take_content(entry)
                          : S_ISLNK(entry.mode) ? take_link(entry, target)
                                                : EPROTO;
        if (error != 0) {
            return error;
        }
    }
}

}  // namespace osprey::agent
