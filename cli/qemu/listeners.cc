// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <base/unique_fd.hh>
#include <charconv>
#include <filesystem>
#include <qemu/listeners.hh>

namespace osprey::cli::qemu {
namespace {

constexpr int queue_length = 4096;  // the kernel takes no more than net.core.somaxconn

int option_of(int socket, int option) {
    int value = 0;
    socklen_t size = sizeof value;
    return ::getsockopt(socket, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

bool is_listening(int socket) {
    const int domain = option_of(socket, SO_DOMAIN);
    return (domain == AF_INET || domain == AF_INET6) && option_of(socket, SO_ACCEPTCONN) == 1;
}

}  // namespace

void deepen_listen_queues(pid_t qemu) {
    const unique_fd process{static_cast<int>(::syscall(SYS_pidfd_open, qemu, 0))};
    std::error_code ignored;
    const std::filesystem::path folder = fmt::format("/proc/{}/fd", qemu);
    for (const auto& entry : std::filesystem::directory_iterator{folder, ignored}) {
        const std::string name = entry.path().filename();
        int number = -1;
        std::from_chars(name.data(), name.data() + name.size(), number);
        const auto target = std::filesystem::read_symlink(entry.path(), ignored).string();
        if (ignored || !target.starts_with("socket:")) {
            continue;
        }
        // The copy is of the same socket, so what listen() says about it counts for QEMU's, too.
        const unique_fd copy{
            static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), number, 0))};
        if (copy.get() >= 0 && is_listening(copy.get())) {
            (void)::listen(copy.get(), queue_length);
        }
    }
}

}  // namespace osprey::cli::qemu
