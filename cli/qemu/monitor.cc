// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <base/failure.hh>
#include <qemu/monitor.hh>

#include <cerrno>
#include <cstring>

namespace osprey::cli::qemu {

namespace {

constexpr int answer_timeout_ms = 10000;
constexpr int queue_length = 16;

/// The address of a socket in the folder `folder` is open on: names of sockets are limited to 107
/// bytes, but not when the folder goes by its descriptor.
sockaddr_un short_address(const unique_fd& folder, const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name =
        fmt::format("/proc/self/fd/{}/{}", folder.get(), path.filename().string());
    std::strncpy(address.sun_path, name.c_str(), sizeof address.sun_path - 1);
    return address;
}

unique_fd open_folder(const std::filesystem::path& path) {
    return unique_fd{::open(path.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
}

}  // namespace

unique_fd listen_at(const std::filesystem::path& path) {
    const unique_fd folder = open_folder(path);
    unique_fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const sockaddr_un address = short_address(folder, path);
    const mode_t mask = ::umask(0177);
    const bool made =
        fd && ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::umask(mask);
    if (!made || ::listen(fd.get(), queue_length) != 0) {
        throw system_failure(fmt::format("make {}", path.string()), errno);
    }
    return fd;
}

unique_fd connect_to(const std::filesystem::path& path) {
    unique_fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const unique_fd folder = open_folder(path);
    const sockaddr_un address = short_address(folder, path);
    if (!folder ||
        ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return {};
    }
    return fd;
}

monitor::monitor(const std::filesystem::path& path) : fd_{connect_to(path)} {
    if (!fd_) {
        throw failure{fmt::format("the guest's monitor does not answer: {}", std::strerror(errno)),
                      "The guest has probably ended."};
    }
    read_answer();  // the greeting
    execute("qmp_capabilities");
}

nlohmann::json monitor::execute(const std::string& command, const nlohmann::json& arguments) {
    nlohmann::json request{{"execute", command}};
    if (!arguments.empty()) {
        request["arguments"] = arguments;
    }
    const std::string text = request.dump() + "\n";
    if (::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(text.size())) {
        throw failure{"the guest ended"};
    }
    for (;;) {
        nlohmann::json answer = read_answer();
        if (answer.contains("return")) {
            return answer["return"];
        }
        if (answer.contains("error")) {
            throw failure{fmt::format("QEMU refuses {}: {}", command,
                                      answer["error"].value("desc", "no reason given"))};
        }
    }
}

nlohmann::json monitor::read_answer() {
    for (;;) {
        if (const size_t end = pending_.find('\n'); end != std::string::npos) {
            nlohmann::json answer = nlohmann::json::parse(pending_.substr(0, end), nullptr, false);
            pending_.erase(0, end + 1);
            if (answer.is_object()) {
                return answer;
            }
            continue;
        }
        pollfd set{fd_.get(), POLLIN, 0};
        if (::poll(&set, 1, answer_timeout_ms) <= 0) {
            throw failure{"the guest's monitor does not answer",
                          "Another `osprey pcap` may be using it."};
        }
        char bytes[4096];
        const ssize_t n = ::read(fd_.get(), bytes, sizeof bytes);
        if (n <= 0) {
            throw failure{"the guest ended"};
        }
        pending_.append(bytes, static_cast<size_t>(n));
    }
}

bool monitor::discard_events() {
    char bytes[4096];
    const ssize_t n = ::read(fd_.get(), bytes, sizeof bytes);
    return n > 0;
}

}  // namespace osprey::cli::qemu
