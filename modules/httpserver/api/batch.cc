// SPDX-License-Identifier: BSD-3-Clause
#include <api/stop.hh>
#include <base/batch_list.hh>
#include <base/error.hh>
#include <http/routes.hh>
#include <http/settings.hh>

#include <atomic>
#include <thread>

namespace osprey::rest {

namespace {

std::atomic<httplib::Server*> running_server{nullptr};

constexpr size_t largest_answer = 16 << 20;

/// The body of a response, streamed ones included, up to a limit.
std::string whole_body(httplib::Response& response, size_t limit) {
    if (!response.content_provider_) {
        return response.body;
    }
    std::string body;
    bool done = false;
    httplib::DataSink sink;
    sink.write = [&](const char* data, size_t size) {
        body.append(data, std::min(size, limit + 1 - std::min(limit + 1, body.size())));
        return body.size() <= limit;
    };
    sink.is_writable = [] {
        return true;
    };
    sink.done = [&] {
        done = true;
    };
    const size_t length = response.content_length_;
    while (!done && (length == 0 || body.size() < length)) {
        const size_t rest = length == 0 ? 0 : length - body.size();
        if (!response.content_provider_(body.size(), rest, sink)) {
            break;
        }
    }
    return body;
}

/// One entry of the answer. Its body is the text of the response, JSON or not: text that is no
/// JSON (a file) becomes a JSON string, so that the whole is valid.
std::string answer_one(const call& outer, const batch_entry& entry, size_t& room) {
    httplib::Request request;
    request.method = entry.method;
    request.version = outer.request.version;
    request.headers = {};
    const size_t question = entry.url.find('?');
    request.target = entry.url;
    request.path = httplib::detail::decode_url(entry.url.substr(0, question), true);
    if (question != std::string::npos) {
        httplib::detail::parse_query_text(entry.url.substr(question + 1), request.params);
    }
    httplib::Response response;
    if (request.path.starts_with("/api/batch")) {
        answer_error(response, 400, "A batch cannot be part of a batch");
    } else {
        outer.routes.dispatch(request, response, nullptr, outer.site);
    }
    std::string body = whole_body(response, room);
    if (body.size() > room) {
        throw api_error{413, "The answers of the batch are too large"};
    }
    room -= body.size();
    if (response.get_header_value("Content-Type") != "application/json" || !json::accept(body)) {
        body = to_text(json(body));
    }
    const int status = response.status == -1 ? 200 : response.status;
    return "{ \"code\": " + std::to_string(status) + ", \"body\":" + body + "}";
}

reply run_batch(call& c) {
    std::string text;
    size_t room = largest_answer;
    for (const batch_entry& entry : parse_batch(c.text("batch"))) {
        text += (text.empty() ? "[" : ",") + answer_one(c, entry, room);
    }
    c.answer(text.empty() ? "[]" : text + "]", "application/json");
    return answered;
}

reply stop_server(call&) {
    // From a thread of its own: stopping waits for the requests that are being served.
    if (httplib::Server* const web = running_server.exchange(nullptr)) {
        std::thread{[web] {
            web->stop();
        }}.detach();
    }
    return nothing();
}

}  // namespace

void stop_with(httplib::Server& web) {
    running_server = &web;
}

api api_api() {
    return {
        "api",
        "Advanced API options",
        {
            {"POST",
             "/api/batch",
             "batch",
             "Several requests, one after the other; each answer has its code and body",
             "[BatchAnswer]",
             run_batch,
             {{"batch", "[{\"method\":\"GET\",\"relative_url\":\"/os/name\"},…]", true}}},
            {"POST", "/api/stop", "stop_api", "Stop this server", "void", stop_server},
        },
        {{"BatchAnswer",
          {{"code", "integer", "HTTP status"}, {"body", "string", "What was answered"}}}},
    };
}

}  // namespace osprey::rest
