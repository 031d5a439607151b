// SPDX-License-Identifier: BSD-3-Clause
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <agent/guest.hh>
#include <base/failure.hh>
#include <qemu/monitor.hh>

#include <array>
#include <cerrno>
#include <cstring>

namespace osprey::cli::agent {

namespace {

using namespace osprey::agent;

std::string payload_of(const request& what) {
    request_head head{};
    head.flags =
        static_cast<uint16_t>((what.input || what.terminal ? with_input : 0) |
                              (what.terminal ? on_terminal : 0) | (what.built_in ? built_in : 0));
    if (what.terminal) {
        head.rows = static_cast<uint16_t>(what.terminal->first);
        head.columns = static_cast<uint16_t>(what.terminal->second);
    }
    head.words = static_cast<uint16_t>(what.words.size());
    head.variables = static_cast<uint16_t>(what.environment.size());
    std::string payload{reinterpret_cast<const char*>(&head), sizeof head};
    payload.append(what.folder.c_str(), what.folder.size() + 1);
    for (const auto* list : {&what.words, &what.environment}) {
        for (const std::string& text : *list) {
            payload.append(text.c_str(), text.size() + 1);
        }
    }
    if (payload.size() > most_payload) {
        throw failure{exit_status::usage, "the command is too long for the guest's agent",
                      fmt::format("Words and variables may have {} bytes in all.", most_payload)};
    }
    return payload;
}

unique_fd connect(const qemu::running_guest& where) {
    unique_fd fd = qemu::connect_to(where.agent_path);
    if (!fd) {
        throw failure{fmt::format("the run {} does not answer: {}", where.id, std::strerror(errno)),
                      "It has probably just ended."};
    }
    return fd;
}

int exit_code(uint32_t status) {
    const int raw = static_cast<int>(status);
    return WIFSIGNALED(raw) ? 128 + WTERMSIG(raw) : WEXITSTATUS(raw);
}

}  // namespace

channel::channel(const qemu::running_guest& where, const request& what) : fd_{connect(where)} {
    const std::string payload = payload_of(what);
    send_frame(frame_kind::open, payload.data(), payload.size());
}

void channel::send_frame(frame_kind kind, const void* payload, size_t size) {
    const frame_head head{static_cast<uint32_t>(size), 0, kind, 0};
    std::string bytes{reinterpret_cast<const char*>(&head), sizeof head};
    bytes.append(static_cast<const char*>(payload), size);
    for (size_t done = 0; done < bytes.size();) {
        // The run's process always reads or is gone: this does not wait for long.
        const ssize_t n = ::send(fd_.get(), bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR) {
            return;  // `receive` tells
        }
        done += static_cast<size_t>(n > 0 ? n : 0);
    }
}

bool channel::fill(waiting wait) {
    ssize_t n = 0;
    do {
        n = ::recv(fd_.get(), frames_.room(), frames_.room_size(),
                   wait == waiting::no ? MSG_DONTWAIT : 0);
    } while (n < 0 && errno == EINTR && wait == waiting::yes);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return false;
    }
    if (n <= 0) {
        over_ = true;
        kept_.push_back({message::kind::failed, guest_ended, 0});
        return true;
    }
    frames_.filled(static_cast<size_t>(n));
    uint32_t consumed = 0;
    const bool good = frames_.take([&](const frame_head& head, const char* payload) {
        uint32_t number = 0;
        std::memcpy(&number, payload, std::min<size_t>(head.size, sizeof number));
        switch (head.kind) {
            case frame_kind::output:
            case frame_kind::error:
                consumed += head.size;
                kept_.push_back(
                    {head.kind == frame_kind::output ? message::kind::output : message::kind::error,
                     std::string{payload, head.size}, 0});
                break;
            case frame_kind::window:
                room_ += number;
                break;
            case frame_kind::exited:
                over_ = true;
                kept_.push_back({message::kind::exited, {}, exit_code(number)});
                break;
            case frame_kind::failed:
                over_ = true;
                kept_.push_back(
                    {message::kind::failed,
                     std::string{payload + sizeof number,
                                 head.size > sizeof number ? head.size - sizeof number : 0},
                     static_cast<int>(number)});
                break;
            default:
                break;
        }
    });
    if (!good) {
        throw failure{"the agent in the guest sends nonsense"};
    }
    if (consumed > 0 && !over_) {
        send_frame(frame_kind::window, &consumed, sizeof consumed);
    }
    return true;
}

std::optional<message> channel::receive(waiting wait) {
    while (taken_ == kept_.size()) {
        kept_.clear();
        taken_ = 0;
        if (over_ || !fill(wait)) {
            return std::nullopt;
        }
        wait = kept_.empty() ? wait : waiting::no;
    }
    return std::move(kept_[taken_++]);
}

size_t channel::send(std::string_view bytes) {
    const size_t part = std::min({bytes.size(), room_, most_payload});
    if (part > 0 && !over_) {
        send_frame(frame_kind::input, bytes.data(), part);
        room_ -= part;
    }
    return over_ ? bytes.size() : part;
}

void channel::send_all(std::string_view bytes) {
    while (!bytes.empty()) {
        bytes.remove_prefix(send(bytes));
        if (room_ == 0 && !bytes.empty() && !over_) {
            fill(waiting::yes);
        }
    }
}

void channel::end_input() {
    send_frame(frame_kind::end, nullptr, 0);
}

void channel::signal(int number) {
    const auto value = static_cast<uint32_t>(number);
    send_frame(frame_kind::signal, &value, sizeof value);
}

void channel::resize(int rows, int columns) {
    const uint16_t size[2]{static_cast<uint16_t>(rows), static_cast<uint16_t>(columns)};
    send_frame(frame_kind::resize, size, sizeof size);
}

call_tracing::call_tracing(const qemu::running_guest& where, unsigned process)
    : fd_{connect(where)} {
    const frame_head head{sizeof process, 0, frame_kind::trace_calls, 0};
    std::array<char, sizeof head + sizeof process> bytes{};
    std::memcpy(bytes.data(), &head, sizeof head);
    std::memcpy(bytes.data() + sizeof head, &process, sizeof process);
    if (::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) {
        throw system_failure("reach the run", errno);
    }
}

finished_program run(const qemu::running_guest& where, const request& what) {
    channel program{where, what};
    finished_program result;
    while (auto said = program.receive()) {
        switch (said->what) {
            case message::kind::output:
                result.out += said->bytes;
                break;
            case message::kind::error:
                result.err += said->bytes;
                break;
            case message::kind::exited:
                result.status = said->status;
                break;
            case message::kind::failed:
                throw failure{fmt::format("{}: {}", what.words[0], said->bytes)};
        }
    }
    return result;
}

}  // namespace osprey::cli::agent
