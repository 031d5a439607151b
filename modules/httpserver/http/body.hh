// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <http/call.hh>

namespace osprey::rest {

/// Content-Length; nothing if there is none or it is no number.
[[nodiscard]] std::optional<uint64_t> read_length(const httplib::Request& request);

/// The body of a request on a connection.
class streamed_body final : public body_source {
public:
    streamed_body(const httplib::Request& request, const httplib::ContentReader& reader)
        : request_{request}, reader_{reader} {}

    void receive(const std::function<bool(std::string_view)>& take) override;
    [[nodiscard]] std::optional<uint64_t> announced() const override {
        return read_length(request_);
    }

    /// Reads a body of at most `largest_form` bytes: fields of a form, or else raw bytes.
    /// Throws `api_error`: 413 if it is larger, 400 if it cannot be understood.
    void read_form(std::multimap<std::string, std::string>& form, std::string& raw);

private:
    const httplib::Request& request_;
    const httplib::ContentReader& reader_;
};

}  // namespace osprey::rest
