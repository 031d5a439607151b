// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <base/error.hh>
#include <base/fd.hh>
#include <base/text.hh>
#include <http/web.hh>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>

namespace osprey::rest {

namespace {

constexpr size_t piece = 64 << 10;
constexpr const char* page_not_found = "Page not found";

bool send_piece(const unique_fd& file, uint64_t at, size_t size, httplib::DataSink& sink) {
    std::array<char, piece> bytes;
    ssize_t got;
    do {
        got =
            ::pread(file.get(), bytes.data(), std::min(size, bytes.size()), static_cast<off_t>(at));
    } while (got < 0 && errno == EINTR);
    // A file that shrank meanwhile cannot keep its promise: the connection breaks off.
    return got > 0 && sink.write(bytes.data(), static_cast<size_t>(got));
}

/// Files of /proc and the like: what fits is sent with its length, more of it without.
void answer_unsized(const httplib::Request& request, httplib::Response& response,
                    std::shared_ptr<unique_fd> file, const std::string& type, uint64_t offset,
                    uint64_t length) {
    auto first = std::make_shared<std::string>();
    constexpr size_t most = 4 << 20;
    bool at_end = false;
    while (!at_end && first->size() < most) {
        const size_t before = first->size();
        first->resize(before + piece);
        const ssize_t got = ::read(file->get(), first->data() + before, piece);
        if (got < 0 && errno != EAGAIN) {
            throw system_error("Cannot read the file", errno);
        }
        first->resize(before + std::max<ssize_t>(got, 0));
        at_end = got <= 0;
    }
    if (at_end || offset > 0 || length != UINT64_MAX) {
        const std::string part =
            offset < first->size() ? first->substr(offset, std::min<uint64_t>(length, most)) : "";
        if (!part.empty()) {
            response.set_content(part, type);
        }
        return;
    }
    const auto provider = [file, first](size_t, httplib::DataSink& sink) {
        std::array<char, piece> bytes;
        if (!first->empty()) {
            const bool written = sink.write(first->data(), first->size());
            first->clear();
            return written;
        }
        const ssize_t got = ::read(file->get(), bytes.data(), bytes.size());
        if (got > 0) {
            return sink.write(bytes.data(), static_cast<size_t>(got));
        }
        sink.done();
        return got == 0 || errno == EAGAIN;
    };
    if (request.version == "HTTP/1.0") {
        response.set_content_provider(type, provider);  // ends with the connection
    } else {
        response.set_chunked_content_provider(type, provider);
    }
}

/// Whether a path, with every symbolic link followed, is still below the folder.
bool is_below(const std::string& folder, const std::string& path) {
    const std::unique_ptr<char, decltype(&::free)> real{::realpath(path.c_str(), nullptr), ::free};
    const std::unique_ptr<char, decltype(&::free)> root{::realpath(folder.c_str(), nullptr),
                                                        ::free};
    return real && root && std::string_view{real.get()}.starts_with(std::string{root.get()} + "/");
}

void answer_page(const httplib::Request& request, httplib::Response& response,
                 const settings& site) {
    const auto parts = split(request.path, '/');
    if (std::ranges::find(parts, "..") != parts.end() ||
        request.path.find('\0') != std::string::npos) {
        throw api_error{400, "Bad path: '..' is not allowed"};
    }
    std::string path = site.web_folder + request.path;
    if (path.ends_with('/')) {
        path += "index.html";
    }
    const std::string page{parts[1]};
    struct stat facts;
    if (::stat((site.web_folder + "/" + page + "/index.html").c_str(), &facts) != 0) {
        throw api_error{404, page == "swagger" ? "Swagger UI is not built in; "
                                                 "/openapi.json describes the API"
                                               : "The dashboard is not built in"};
    }
    if (!is_below(site.web_folder, path)) {
        throw api_error{404, page_not_found};
    }
    answer_file(request, response, path);
}

}  // namespace

std::string type_of(const std::string& path) {
    struct ending {
        std::string_view end;
        const char* type;
    };
    static constexpr ending endings[] = {
        {".gif", "image/gif"},      {".htm", "text/html"},
        {".html", "text/html"},     {".css", "text/css"},
        {".js", "text/javascript"}, {".jpg", "image/jpeg"},
        {".png", "image/png"},      {".txt", "text/plain"},
        {".ico", "image/x-icon"},   {".json", "application/json"},
        {".svg", "image/svg+xml"},  {".wasm", "application/wasm"},
        {".woff2", "font/woff2"},   {".bin", "application/octet-stream"},
    };
    for (const auto& [end, type] : endings) {
        if (path.ends_with(end)) {
            return type;
        }
    }
    return "text/plain";
}

void answer_file(const httplib::Request& request, httplib::Response& response,
                 const std::string& path, uint64_t offset, uint64_t length) {
    // O_NONBLOCK: a FIFO must not hold the thread, nor must a file of the kernel that waits.
    auto file = std::make_shared<unique_fd>(
        ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat facts;
    if (!*file || ::fstat(file->get(), &facts) != 0) {
        const int error = errno;
        throw error == ENOENT || error == ENOTDIR ? api_error{404, page_not_found}
                                                  : system_error("Cannot read " + path, error);
    }
    if (!S_ISREG(facts.st_mode)) {
        throw api_error{S_ISDIR(facts.st_mode) ? 404 : 400,
                        S_ISDIR(facts.st_mode) ? page_not_found : path + " is no ordinary file"};
    }
    const std::string type = type_of(path);
    if (facts.st_size == 0) {
        answer_unsized(request, response, std::move(file), type, offset, length);
        return;
    }
    const auto size = static_cast<uint64_t>(facts.st_size);
    const uint64_t rest = std::min(length, size - std::min(offset, size));
    if (rest > 0) {
        response.set_content_provider(
            rest, type, [file, offset](size_t at, size_t wanted, httplib::DataSink& sink) {
                return send_piece(*file, offset + at, wanted, sink);
            });
    }
}

bool serve_web(const httplib::Request& request, httplib::Response& response, const settings& site) {
    const std::string& path = request.path;
    if (path == "/") {
        response.set_redirect("/dashboard/", 301);
        return true;
    }
    for (const std::string page : {"/dashboard", "/swagger"}) {
        if (path == page) {
            response.set_redirect(page + "/", 301);
            return true;
        }
        if (path.starts_with(page + "/")) {
            try {
                answer_page(request, response, site);
                if (response.status == -1) {
                    response.status = request.ranges.empty() ? 200 : 206;
                }
            } catch (const api_error& e) {
                answer_error(response, e.status(), e.what());
            }
            return true;
        }
    }
    return false;
}

}  // namespace osprey::rest
