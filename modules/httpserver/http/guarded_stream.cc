// SPDX-License-Identifier: BSD-3-Clause
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <http/guarded_stream.hh>
#include <http/settings.hh>

#include <cerrno>

namespace osprey::rest {

namespace {

constexpr size_t longest_head = 32 << 10;
constexpr size_t most_lines = 100;
constexpr std::chrono::seconds base_time{15};
constexpr uint64_t least_rate = 1024;  // bytes per second
/// A form, what encloses it, and a buffer.
constexpr int64_t largest_hoard = largest_form + (1 << 16);

thread_local guarded_stream* serving = nullptr;

}  // namespace

guarded_stream::guarded_stream(int socket, SSL* tls) : socket_{socket}, tls_{tls} {
    if (tls_) {
        SSL_set_fd(tls_, socket_);
    }
    serving = this;
}

guarded_stream::~guarded_stream() {
    serving = nullptr;
}

guarded_stream* guarded_stream::current() noexcept {
    return serving;
}

void guarded_stream::note_delivered(size_t bytes) noexcept {
    if (serving) {
        serving->hoarded_ -= static_cast<int64_t>(bytes);
    }
}

guarded_stream::clock::time_point guarded_stream::deadline() const {
    return started_ + base_time + std::chrono::seconds{moved_ / least_rate};
}

bool guarded_stream::wait(short events, clock::time_point until) const {
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now());
        if (left.count() <= 0) {
            return false;
        }
        pollfd one{.fd = socket_, .events = events, .revents = 0};
        const int ready = ::poll(&one, 1, static_cast<int>(std::min<int64_t>(left.count(), 60000)));
        if (ready > 0) {
            return true;
        }
        if (ready < 0 && errno != EINTR) {
            return false;
        }
    }
}

int guarded_stream::tls_wait(ssize_t result, short& events) const {
    switch (SSL_get_error(tls_, static_cast<int>(result))) {
        case SSL_ERROR_WANT_READ:
            events = POLLIN;
            return EAGAIN;
        case SSL_ERROR_WANT_WRITE:
            events = POLLOUT;
            return EAGAIN;
        case SSL_ERROR_ZERO_RETURN:
            return 0;
        default:
            return EIO;
    }
}

/// Tries a step of input or output until it moves something, fails, or time is up.
ssize_t guarded_stream::move(short events, const std::function<ssize_t()>& step) {
    for (;;) {
        ERR_clear_error();
        const ssize_t moved = step();
        if (moved > 0) {
            moved_ += static_cast<uint64_t>(moved);
            return moved;
        }
        if (tls_) {
            const int error = tls_wait(moved, events);
            if (error != EAGAIN) {
                return error == 0 ? 0 : -1;
            }
        } else if (moved == 0) {
            return 0;
        } else if (errno == EINTR) {
            continue;
        } else if (errno != EAGAIN) {
            return -1;
        }
        if (!wait(events, deadline())) {
            return -1;
        }
    }
}

bool guarded_stream::handshake() {
    return !tls_ || move(POLLIN, [this] { return SSL_accept(tls_); }) > 0;
}

bool guarded_stream::wait_for_request(std::chrono::milliseconds patience) {
    return from_ < to_ || (tls_ && SSL_pending(tls_) > 0) || wait(POLLIN, clock::now() + patience);
}

void guarded_stream::begin_request() {
    started_ = clock::now();
    moved_ = 0;
    in_head_ = true;
    head_bytes_ = 0;
    head_lines_ = 0;
    line_is_empty_ = true;
    refusal_ = 0;
    expected_ = 0;
    body_bytes_ = 0;
    hoarded_ = 0;
}

ssize_t guarded_stream::fill() {
    const ssize_t got = move(POLLIN, [this]() -> ssize_t {
        return tls_ ? SSL_read(tls_, buffer_.data(), static_cast<int>(buffer_.size()))
                    : ::recv(socket_, buffer_.data(), buffer_.size(), 0);
    });
    from_ = 0;
    to_ = got > 0 ? static_cast<size_t>(got) : 0;
    return got;
}

/// Counts bytes of the head, and notices its end. @return false if there are too many.
bool guarded_stream::account_head(std::string_view bytes) {
    for (const char c : bytes) {
        ++head_bytes_;
        if (c == '\n') {
            in_head_ = in_head_ && !(line_is_empty_ && head_lines_ > 0);
            ++head_lines_;
            line_is_empty_ = true;
        } else if (c != '\r') {
            line_is_empty_ = false;
        }
    }
    if (head_bytes_ > longest_head || head_lines_ > most_lines) {
        refusal_ = 431;
    }
    return refusal_ == 0;
}

ssize_t guarded_stream::read(char* into, size_t size) {
    if (refusal_ != 0) {
        return -1;
    }
    if (!in_head_ && hoarded_ > largest_hoard) {
        refusal_ = 413;
        return -1;
    }
    if (from_ == to_) {
        if (const ssize_t got = fill(); got <= 0) {
            refusal_ = got < 0 && clock::now() >= deadline() ? 408 : 0;
            return got;
        }
    }
    const size_t take = std::min(size, to_ - from_);
    if (in_head_) {
        // httplib reads the head byte by byte, so a piece never spans its end.
        if (!account_head({buffer_.data() + from_, take})) {
            return -1;
        }
    } else {
        body_bytes_ += take;
        hoarded_ += static_cast<int64_t>(take);
    }
    std::copy_n(buffer_.data() + from_, take, into);
    from_ += take;
    return static_cast<ssize_t>(take);
}

ssize_t guarded_stream::write(const char* from, size_t size) {
    return move(POLLOUT, [&]() -> ssize_t {
        return tls_ ? SSL_write(tls_, from, static_cast<int>(std::min<size_t>(size, 1 << 20)))
                    : ::send(socket_, from, size, MSG_NOSIGNAL);
    });
}

bool guarded_stream::is_readable() const {
    return from_ < to_ || (tls_ && SSL_pending(tls_) > 0) || wait(POLLIN, deadline());
}

bool guarded_stream::is_writable() const {
    return wait(POLLOUT, deadline());
}

void guarded_stream::close_gently() {
    if (tls_) {
        (void)SSL_shutdown(tls_);
    }
    // Closing with unread input would send a reset, which may overtake the answer.
    ::shutdown(socket_, SHUT_WR);
    const auto until = clock::now() + std::chrono::seconds{1};
    for (size_t seen = 0; seen < (4 << 20) && wait(POLLIN, until);) {
        const ssize_t got = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
        if (got <= 0) {
            break;
        }
        seen += static_cast<size_t>(got);
    }
}

void guarded_stream::name_end(side which, std::string& ip, int& port) const {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    const int failed = which == side::remote ? ::getpeername(socket_, generic, &size)
                                             : ::getsockname(socket_, generic, &size);
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (failed == 0 && address.ss_family == AF_INET) {
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
        ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
        port = ntohs(v4.sin_port);
    } else if (failed == 0 && address.ss_family == AF_INET6) {
        const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
        ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
        port = ntohs(v6.sin6_port);
    }
    ip = text.data();
}

void guarded_stream::get_remote_ip_and_port(std::string& ip, int& port) const {
    name_end(side::remote, ip, port);
}

void guarded_stream::get_local_ip_and_port(std::string& ip, int& port) const {
    name_end(side::local, ip, port);
}

}  // namespace osprey::rest
