// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <httplib.h>
#include <openssl/ssl.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace osprey::rest {

/// A connection, plain or TLS, that bounds what its client may cost: the size of a request's
/// head, the time for a request, and the bytes that a parser may hoard.
///
/// Time: a request may take 15 s, and one more for each KiB that moved either way, so that
/// honest transfers of any size go through, and a client that sends or takes a byte now and then
/// does not hold a thread for long. Context: one thread.
class guarded_stream final : public httplib::Stream {
public:
    /// Takes a connected socket, which must be non-blocking, and for TLS a fresh SSL object.
    /// Neither becomes its own.
    guarded_stream(int socket, SSL* tls);
    ~guarded_stream() override;
    guarded_stream(const guarded_stream&) = delete;
    guarded_stream& operator=(const guarded_stream&) = delete;

    /// Does the TLS handshake; true if there is none. False: the client failed.
    [[nodiscard]] bool handshake();
    /// Waits for the first byte of the next request. @return false if none came in time.
    [[nodiscard]] bool wait_for_request(std::chrono::milliseconds patience);
    /// Starts the account of a request; the next bytes are its head.
    void begin_request();

    /// What was wrong with the head: 0 or an HTTP status.
    [[nodiscard]] int refusal() const noexcept { return refusal_; }
    /// Ends the request with this status, and the connection with it.
    void refuse(int status) noexcept { refusal_ = status; }
    /// The head announced a body of so many bytes.
    void expect_body(uint64_t bytes) noexcept { expected_ = bytes; }
    /// Bytes of the body would be taken for the next request.
    [[nodiscard]] bool has_unread_body() const noexcept { return body_bytes_ < expected_; }
    /// A parser handed so many bytes of the body to their receiver. Counts for the request that
    /// this thread is serving.
    static void note_delivered(size_t bytes) noexcept;
    /// The stream whose request this thread is serving; null outside.
    [[nodiscard]] static guarded_stream* current() noexcept;

    /// Ends the connection so that the client still gets what was written, though it may have
    /// sent more than was read.
    void close_gently();

    // httplib::Stream
    [[nodiscard]] bool is_readable() const override;
    [[nodiscard]] bool is_writable() const override;
    ssize_t read(char* into, size_t size) override;
    ssize_t write(const char* from, size_t size) override;
    void get_remote_ip_and_port(std::string& ip, int& port) const override;
    void get_local_ip_and_port(std::string& ip, int& port) const override;
    [[nodiscard]] socket_t socket() const override { return socket_; }

private:
    enum class side { remote, local };
    using clock = std::chrono::steady_clock;

    [[nodiscard]] ssize_t fill();
    [[nodiscard]] bool account_head(std::string_view bytes);
    [[nodiscard]] bool wait(short events, clock::time_point until) const;
    [[nodiscard]] clock::time_point deadline() const;
    [[nodiscard]] ssize_t move(short events, const std::function<ssize_t()>& step);
    [[nodiscard]] int tls_wait(ssize_t result, short& events) const;
    void name_end(side which, std::string& ip, int& port) const;

    int socket_;
    SSL* tls_;
    std::array<char, 16384> buffer_;
    size_t from_ = 0;
    size_t to_ = 0;
    clock::time_point started_ = clock::now();
    uint64_t moved_ = 0;
    bool in_head_ = true;
    size_t head_bytes_ = 0;
    size_t head_lines_ = 0;
    bool line_is_empty_ = true;
    int refusal_ = 0;
    uint64_t expected_ = 0;
    uint64_t body_bytes_ = 0;
    int64_t hoarded_ = 0;  ///< bytes of the body read and not yet delivered
};

}  // namespace osprey::rest
