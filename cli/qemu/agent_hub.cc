// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <base/failure.hh>
#include <qemu/agent_hub.hh>
#include <qemu/control.hh>
#include <qemu/monitor.hh>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

namespace osprey::cli::qemu {

namespace {

using namespace osprey::agent;

/// The agent of a guest that nobody looks into ends after this time.
constexpr int64_t idle_ms = 5000;
/// What the windows of all channels allow is less; more means that somebody breaks the rules.
constexpr size_t most_for_client = size_t{1} << 20;
/// Commands are not read while so much waits for the guest.
constexpr size_t most_for_guest = size_t{1} << 18;

int64_t now_ms() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

void append_frame(std::string& to, uint16_t channel, frame_kind kind, const void* payload,
                  size_t size) {
    const frame_head head{static_cast<uint32_t>(size), channel, kind, 0};
    to.append(reinterpret_cast<const char*>(&head), sizeof head);
    to.append(static_cast<const char*>(payload), size);
}

/// Sends what the socket takes. @return false: the other side is gone.
bool send_some(int fd, std::string& bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        bytes.erase(0, static_cast<size_t>(n));
    }
    return true;
}

short wish(bool read, bool write) {
    return static_cast<short>((read ? POLLIN : 0) | (write ? POLLOUT : 0));
}

bool is_last(frame_kind kind) {
    return kind == frame_kind::exited || kind == frame_kind::failed;
}

}  // namespace

agent_hub::agent_hub(const std::filesystem::path& socket, unique_fd guest,
                     std::function<void(const nlohmann::json&)> tell_guest)
    : path_{socket}, guest_{std::move(guest)}, tell_guest_{std::move(tell_guest)} {
    listener_ = listen_at(socket);
}

agent_hub::~agent_hub() {
    ::unlink(path_.c_str());
}

void agent_hub::watch(const watcher& add) {
    add(listener_.get(), POLLIN, [this](short) { accept_client(); });
    for (client& c : clients_) {
        const bool read = to_guest_.size() < most_for_guest && c.early.size() < most_for_guest;
        if (c.fd) {
            add(c.fd.get(), wish(read, !c.to_client.empty()), [this, &c](short events) {
                if ((events & POLLOUT) != 0) {
                    write_client(c);
                }
                if ((events & ~POLLOUT) != 0 && c.fd) {
                    read_client(c);
                }
            });
        }
    }
    add(guest_.get(), wish(true, !to_guest_.empty()), [this](short events) {
        if ((events & POLLOUT) != 0) {
            write_guest();
        }
        if ((events & ~POLLOUT) != 0) {
            read_guest();
        }
    });
}

int64_t agent_hub::patience() const {
    const bool waits = state_ == state::ready && clients_.empty();
    return waits ? std::max<int64_t>(idle_since_ + idle_ms - now_ms(), 0) : -1;
}

void agent_hub::look_at_clock() {
    sweep();
    if (patience() == 0) {
        append_frame(to_guest_, 0, frame_kind::quit, nullptr, 0);
        state_ = state::leaving;
        write_guest();
    }
}

void agent_hub::accept_client() {
    unique_fd fd{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    if (!fd) {
        return;
    }
    client& c = clients_.emplace_back();
    c.fd = std::move(fd);
    do {
        c.channel = next_channel_++;
    } while (c.channel == 0 || std::ranges::count(clients_, c.channel, &client::channel) > 1);
}

void agent_hub::read_client(client& from) {
    const ssize_t n =
        ::recv(from.fd.get(), from.frames.room(), from.frames.room_size(), MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        return leave(from);
    }
    from.frames.filled(static_cast<size_t>(std::max<ssize_t>(n, 0)));
    const bool good = from.frames.take([&](const frame_head& head, const char* payload) {
        handle_client_frame(from, head, payload);
    });
    if (!good) {
        leave(from);
    }
}

void agent_hub::handle_client_frame(client& from, const frame_head& head, const char* payload) {
    switch (head.kind) {
        case frame_kind::trace_calls:
            if (uint32_t process = 0; head.size == sizeof process) {
                std::memcpy(&process, payload, sizeof process);
                from.tracing = true;
                tell_guest_({{"strace", process}});
            }
            break;
        case frame_kind::open:
        case frame_kind::input:
        case frame_kind::end:
        case frame_kind::signal:
        case frame_kind::resize:
        case frame_kind::window:
            if (from.over || (head.kind == frame_kind::open) == from.opened) {
                break;  // nothing before `open`, and that only once
            }
            from.opened = true;
            if (state_ == state::ready) {
                append_frame(to_guest_, from.channel, head.kind, payload, head.size);
                write_guest();
            } else {
                append_frame(from.early, from.channel, head.kind, payload, head.size);
                want_agent();
            }
            break;
        default:
            break;  // `close` and `quit` are said by this process only
    }
}

/// The command has gone: the agent is told, and its answer frees the channel.
void agent_hub::leave(client& who) {
    if (who.tracing) {
        tell_guest_({{"strace_end", 1}});
    }
    who.fd.reset();
    who.to_client.clear();
    if (who.opened && !who.over && who.early.empty() && state_ == state::ready) {
        append_frame(to_guest_, who.channel, frame_kind::close, nullptr, 0);
        write_guest();
    } else if (!who.opened || !who.early.empty()) {
        who.over = true;
    }
}

void agent_hub::sweep() {
    const auto before = clients_.size();
    std::erase_if(clients_, [](client& c) {
        if (c.over && c.fd && c.to_client.empty()) {
            c.fd.reset();
        }
        return c.over && !c.fd;
    });
    if (clients_.empty() && before != 0) {
        idle_since_ = now_ms();
    }
}

void agent_hub::write_client(client& to) {
    if (to.fd && !send_some(to.fd.get(), to.to_client)) {
        leave(to);
    }
}

void agent_hub::want_agent() {
    if (state_ == state::absent) {
        state_ = state::starting;
        tell_guest_({{"agent", 1}});
    }
}

void agent_hub::write_guest() {
    if (guest_ && !send_some(guest_.get(), to_guest_)) {
        to_guest_.clear();  // the reader sees the end
    }
}

void agent_hub::read_guest() {
    std::array<char, 65536> bytes{};
    const ssize_t n = ::recv(guest_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        guest_.reset();
        return agent_is_gone("the guest ended");
    }
    for (ssize_t at = 0; at < n;) {
        if (state_ == state::absent || state_ == state::starting) {
            if (hello_.take(bytes[static_cast<size_t>(at++)])) {
                greeted();
            }
            continue;
        }
        const size_t part = std::min(static_cast<size_t>(n - at), frames_.room_size());
        std::memcpy(frames_.room(), bytes.data() + at, part);
        at += static_cast<ssize_t>(part);
        frames_.filled(part);
        const bool good = frames_.take([&](const frame_head& head, const char* payload) {
            handle_guest_frame(head, payload);
        });
        if (!good) {
            return agent_is_gone("the agent in the guest sends nonsense");
        }
    }
}

void agent_hub::greeted() {
    frames_.clear();
    to_guest_.assign(hello_.hello, hello_size);
    state_ = state::ready;
    idle_since_ = now_ms();
    for (client& c : clients_) {
        to_guest_ += c.early;
        c.early.clear();
    }
    write_guest();
}

void agent_hub::handle_guest_frame(const frame_head& head, const char* payload) {
    if (head.kind == frame_kind::stays) {
        state_ = state::ready;
        idle_since_ = now_ms();
        for (client& c : clients_) {
            to_guest_ += c.early;
            c.early.clear();
        }
        return write_guest();
    }
    const auto c = std::ranges::find(clients_, head.channel, &client::channel);
    const bool known = head.kind == frame_kind::output || head.kind == frame_kind::error ||
                       head.kind == frame_kind::window || is_last(head.kind);
    if (c == clients_.end() || c->over || !known) {
        return;
    }
    if (c->fd) {
        append_frame(c->to_client, 0, head.kind, payload, head.size);
        if (c->to_client.size() > most_for_client) {
            leave(*c);  // more than was granted
        }
        write_client(*c);
    }
    c->over = is_last(head.kind);
}

void agent_hub::refuse(client& who, const std::string& why) {
    const uint32_t error = 0;  // no errno of the guest
    append_frame(who.to_client, 0, frame_kind::failed,
                 (std::string{reinterpret_cast<const char*>(&error), sizeof error} + why).data(),
                 sizeof error + why.size());
    who.over = true;
    who.early.clear();
    write_client(who);
}

/// Commands that spoke with the agent, or waited for one that cannot start, are told.
void agent_hub::agent_is_gone(const std::string& why) {
    const bool was_leaving = state_ == state::leaving;
    state_ = state::absent;
    to_guest_.clear();
    bool wanted = false;
    for (client& c : clients_) {
        if (was_leaving && !c.early.empty()) {
            wanted = true;  // it came when the old agent had just been sent away
        } else if (c.opened && !c.over) {
            refuse(c, why);
        }
    }
    if (wanted) {
        want_agent();
    }
}

void agent_hub::handle_event(const nlohmann::json& event) {
    const std::string error = text_of(event, "error");
    agent_is_gone(error.empty() ? "the agent in the guest has ended" : error);
}

}  // namespace osprey::cli::qemu
