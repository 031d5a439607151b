// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <base/text.hh>
#include <http/access.hh>
#include <http/body.hh>
#include <http/connection_pool.hh>
#include <http/guarded_stream.hh>
#include <http/server.hh>
#include <http/tls.hh>
#include <http/web.hh>

#include <cstdio>

namespace osprey::rest {

namespace {

using namespace std::chrono_literals;

constexpr unsigned requests_per_connection = 10000;
constexpr size_t most_ranges = 8;

/// Refuses a client in the accepting thread, which must not wait for it.
void refuse_busy(int socket) {
    constexpr std::string_view text =
        "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\n"
        "Content-Length: 0\r\n\r\n";
    (void)::send(socket, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/// What httplib refuses by itself.
const char* words_for(int status) {
    switch (status) {
        case 404:
            return "Not found";
        case 408:
            return "The request took too long";
        case 413:
            return "The body is too large";
        case 414:
            return "The address is too long";
        case 416:
            return "There are no such bytes";
        case 431:
            return "The head of the request is too large";
        default:
            return "Bad request";
    }
}

}  // namespace

server::server(const settings& site) : site_{site}, routes_{all_routes(site)} {
    if (site.tls) {
        tls_.reset(make_tls_context(site));
    }
    new_task_queue = [this] {
        return new connection_pool{site_.connections};
    };
    set_socket_options([](socket_t socket) {
        const int on = 1;
        ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    });
    set_tcp_nodelay(true);
    set_keep_alive_max_count(requests_per_connection);
    install_handlers();
}

bool server::serve() {
    if (!bind_to_port(site_.address, site_.port)) {
        return false;
    }
    // httplib's own queue of 5 loses clients when many come at once.
    ::listen(svr_sock_, 1024);
    ::fcntl(svr_sock_, F_SETFD, FD_CLOEXEC);
    if (!site_.quiet) {
        std::printf("Rest API server running on port %d\n", site_.port);
        std::fflush(stdout);
    }
    return listen_after_bind();
}

bool server::process_and_close_socket(socket_t socket) {
    if (connection_pool::is_full()) {
        refuse_busy(socket);
    } else {
        ::fcntl(socket, F_SETFD, FD_CLOEXEC);
        ::fcntl(socket, F_SETFL, O_NONBLOCK);
        ++connections_;
        serve_connection(socket);
        --connections_;
    }
    ::close(socket);
    return true;
}

void server::serve_connection(int socket) {
    const std::unique_ptr<SSL, decltype(&SSL_free)> tls{tls_ ? SSL_new(tls_.get()) : nullptr,
                                                        SSL_free};
    guarded_stream stream{socket, tls.get()};
    if (!stream.handshake()) {
        return;
    }
    for (unsigned count = requests_per_connection; count > 0; --count) {
        // With few places left, those who have nothing to say do not keep theirs.
        const bool is_crowded = connections_ > site_.connections * 3 / 4;
        const auto until = std::chrono::steady_clock::now() + (is_crowded ? 1s : 15s);
        bool is_there = false;
        while (!is_there && svr_sock_ != INVALID_SOCKET &&
               std::chrono::steady_clock::now() < until) {
            is_there = stream.wait_for_request(200ms);
        }
        if (!is_there) {
            return;
        }
        stream.begin_request();
        bool close = false;
        const bool went_well =
            process_request(stream, count == 1, close,
                            [&](httplib::Request& request) { note_head(request, close); });
        if (!went_well || close || stream.refusal() != 0 || stream.has_unread_body()) {
            stream.close_gently();
            return;
        }
    }
}

/// Looks at a head before the request is served, and decides whether the connection ends with it.
void server::note_head(httplib::Request& request, bool& close) const {
    if (request.ranges.size() > most_ranges) {
        request.ranges.clear();  // the whole, rather than many overlapping pieces
        request.headers.erase("Range");
    }
    // Compressing takes the guest's processor from the program that it runs for.
    request.headers.erase("Accept-Encoding");
    const bool has_encoding = request.has_header("Transfer-Encoding");
    const size_t lengths = request.get_header_value_count("Content-Length");
    const bool reads_body = request.method == "POST" || request.method == "PUT" ||
                            request.method == "DELETE" || request.method == "PATCH";
    // Where a body could be taken for the next request, or the other way round, nothing follows.
    const bool is_doubtful = (has_encoding && (lengths > 0 || request.version == "HTTP/1.0")) ||
                             lengths > 1 || (lengths == 1 && !read_length(request));
    auto* const stream = guarded_stream::current();
    stream->expect_body(reads_body ? read_length(request).value_or(0) : 0);
    if (is_doubtful) {
        stream->refuse(400);
    }
    if (is_doubtful || (!reads_body && (has_encoding || lengths > 0)) ||
        (request.version == "HTTP/1.0" && close)) {
        close = true;
    }
    if (close) {
        request.headers.erase("Connection");
        request.headers.emplace("Connection", "close");
    }
}

server::HandlerResponse server::before(const httplib::Request& request,
                                       httplib::Response& response) const {
    response.set_header("X-Content-Type-Options", "nosniff");
    // The pages bring all that they need; Swagger UI writes styles and draws icons from data.
    response.set_header("Content-Security-Policy",
                        "default-src 'self'; style-src 'self' 'unsafe-inline'; "
                        "img-src 'self' data:; frame-ancestors 'none'");
    add_cross_origin_headers(request, response, site_);
    if (guarded_stream::current()->refusal() != 0) {
        answer_error(response, 400, "Bad length of the body");
    } else if (request.method == "OPTIONS") {
        response.status = 200;
    } else if (!may_use(request, response, site_)) {
        // `response` says why.
    } else if (request.method == "GET" || request.method == "HEAD") {
        if (!serve_web(request, response, site_)) {
            answer(request, response, nullptr);
        }
    } else {
        return HandlerResponse::Unhandled;
    }
    return HandlerResponse::Handled;
}

void server::answer(const httplib::Request& request, httplib::Response& response,
                    const httplib::ContentReader* reader) const {
    if (!log_in(request, response, reader, site_)) {
        routes_.dispatch(request, response, reader, site_);
    }
    if (response.status == -1) {
        response.status = request.ranges.empty() ? 200 : 206;
    }
}

void server::install_handlers() {
    set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
        return before(request, response);
    });
    const HandlerWithContentReader with_body = [this](const httplib::Request& request,
                                                      httplib::Response& response,
                                                      const httplib::ContentReader& reader) {
        answer(request, response, &reader);
    };
    const char* const everything = "[\\s\\S]*";
    Post(everything, with_body);
    Put(everything, with_body);
    Delete(everything, with_body);
    Patch(everything, with_body);
    // What httplib refused by itself.
    set_error_handler(HandlerWithResponse{[](const httplib::Request&, httplib::Response& response) {
        const auto* const stream = guarded_stream::current();
        if (stream && stream->refusal() != 0) {
            response.status = stream->refusal();
            response.body.clear();
        }
        if (response.body.empty()) {
            answer_error(response, response.status, words_for(response.status));
        }
        return HandlerResponse::Handled;
    }});
    set_post_routing_handler([](const httplib::Request&, httplib::Response& response) {
        if (guarded_stream::current()->has_unread_body()) {
            response.set_header("Connection", "close");
        }
    });
    set_exception_handler(
        [](const httplib::Request&, httplib::Response& response, std::exception_ptr) {
            answer_error(response, 500, "Internal error");
        });
}

}  // namespace osprey::rest
