// SPDX-License-Identifier: BSD-3-Clause
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <modules/agent/operations.hh>

namespace osprey::agent {

bool write_whole(int fd, const void* data, unsigned long bytes) {
    const auto* from = static_cast<const char*>(data);
    while (bytes > 0) {
        const ssize_t n = write(fd, from, bytes);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        from += n > 0 ? n : 0;
        bytes -= n > 0 ? static_cast<unsigned long>(n) : 0;
    }
    return true;
}

bool read_whole(int fd, void* data, unsigned long bytes) {
    auto* to = static_cast<char*>(data);
    while (bytes > 0) {
        const ssize_t n = read(fd, to, bytes);
        if (n == 0 || (n < 0 && errno != EINTR)) {
            errno = n == 0 ? EPIPE : errno;
            return false;
        }
        to += n > 0 ? n : 0;
        bytes -= n > 0 ? static_cast<unsigned long>(n) : 0;
    }
    return true;
}

namespace {

char buffer[32768];

/// For files without an event for new data (/dev/kmsg here, a log file): how often to look.
constexpr unsigned look_interval_us = 200'000;

int read_file(const char* path, bool follow) {
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        return errno;
    }
    for (;;) {
        const ssize_t n = read(fd, buffer, sizeof buffer);
        if (n > 0) {
            if (!write_whole(STDOUT_FILENO, buffer, static_cast<unsigned long>(n))) {
                return errno;
            }
        } else if (n == 0 || errno == EAGAIN) {
            if (!follow) {
                return 0;
            }
            usleep(look_interval_us);  // SIGHUP ends this when nobody reads any more
        } else if (errno != EINTR && errno != EPIPE) {  // EPIPE: /dev/kmsg lost lines; go on
            return errno;
        }
    }
}

int write_file(const char* path, const char* how, const char* mode) {
    int flags = O_WRONLY | O_CLOEXEC;
    flags |= strchr(how, 'c') != nullptr ? O_CREAT : 0;
    flags |= strchr(how, 't') != nullptr ? O_TRUNC : 0;
    flags |= strchr(how, 'a') != nullptr ? O_APPEND : 0;
    const int fd = open(path, flags, static_cast<mode_t>(strtoul(mode, nullptr, 8)));
    if (fd < 0) {
        return errno;
    }
    for (;;) {
        const ssize_t n = read(STDIN_FILENO, buffer, sizeof buffer);
        if (n == 0) {
            return close(fd) == 0 ? 0 : errno;
        }
        if ((n < 0 && errno != EINTR) ||
            (n > 0 && !write_whole(fd, buffer, static_cast<unsigned long>(n)))) {
            return errno;
        }
    }
}

bool send_piece(const void* data, uint32_t size) {
    return write_whole(STDOUT_FILENO, &size, sizeof size) && write_whole(STDOUT_FILENO, data, size);
}

/// @return an errno for the host
uint32_t serve_file(const char* path) {
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        return static_cast<uint32_t>(errno);
    }
    uint32_t error = 0;
    for (;;) {
        const ssize_t n = read(fd, buffer, sizeof buffer);
        if (n < 0 && errno != EAGAIN) {
            error = static_cast<uint32_t>(errno);
        }
        if (n <= 0) {
            break;
        }
        send_piece(buffer, static_cast<uint32_t>(n));
    }
    close(fd);
    return error;
}

uint32_t serve_folder(const char* path) {
    DIR* const folder = opendir(path);
    if (folder == nullptr) {
        return static_cast<uint32_t>(errno);
    }
    while (const dirent* entry = readdir(folder)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            send_piece(entry->d_name, static_cast<uint32_t>(strlen(entry->d_name)) + 1);
        }
    }
    closedir(folder);
    return 0;
}

int serve() {
    static char request[4200];
    size_t filled = 0;
    for (;;) {
        const ssize_t n = read(STDIN_FILENO, request + filled, sizeof request - filled);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return n == 0 ? 0 : errno;
        }
        filled += static_cast<size_t>(n);
        while (const auto* end = static_cast<char*>(memchr(request, 0, filled))) {
            const uint32_t error = request[0] == 'F'   ? serve_file(request + 1)
                                   : request[0] == 'D' ? serve_folder(request + 1)
                                                       : uint32_t{EINVAL};
            const uint32_t answer[2]{0, error};
            if (!write_whole(STDOUT_FILENO, answer, sizeof answer)) {
                return errno;
            }
            const size_t used = static_cast<size_t>(end - request) + 1;
            memmove(request, request + used, filled - used);
            filled -= used;
        }
        if (filled == sizeof request) {
            return ENAMETOOLONG;
        }
    }
}

}  // namespace

int run_operation(char** words) {
    const auto is = [&](const char* name) {
        return strcmp(words[0], name) == 0;
    };
    if (is("serve")) {
        return serve();
    }
    if (words[1] == nullptr) {
        return EINVAL;
    }
    if (is("read")) {
        return read_file(words[1], words[2] != nullptr && strcmp(words[2], "follow") == 0);
    }
    if (is("write") && words[2] != nullptr && words[3] != nullptr) {
        return write_file(words[1], words[2], words[3]);
    }
    if (is("get")) {
        return get_tree(words[1]);
    }
    if (is("put")) {
        return put_tree(words[1]);
    }
    return ENOSYS;
}

}  // namespace osprey::agent
