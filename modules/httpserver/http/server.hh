// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <httplib.h>
#include <openssl/ssl.h>
#include <http/routes.hh>
#include <http/settings.hh>

#include <memory>

namespace osprey::rest {

/// The HTTP server: cpp-httplib with connections of our own (`guarded_stream`), who may use it,
/// and the routes.
class server final : public httplib::Server {
public:
    /// Throws `std::runtime_error` if certificates cannot be read.
    explicit server(const settings& site);

    /// Binds and serves until `stop`. @return false if the address cannot be had.
    [[nodiscard]] bool serve();

private:
    bool process_and_close_socket(socket_t socket) override;
    void serve_connection(int socket);
    void note_head(httplib::Request& request, bool& close) const;
    void install_handlers();
    HandlerResponse before(const httplib::Request& request, httplib::Response& response) const;
    void answer(const httplib::Request& request, httplib::Response& response,
                const httplib::ContentReader* reader) const;

    const settings& site_;
    route_table routes_;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> tls_{nullptr, SSL_CTX_free};
    std::atomic<unsigned> connections_{0};
};

}  // namespace osprey::rest
