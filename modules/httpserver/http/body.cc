// SPDX-License-Identifier: BSD-3-Clause
#include <base/error.hh>
#include <base/text.hh>
#include <http/body.hh>
#include <http/guarded_stream.hh>
#include <http/settings.hh>

namespace osprey::rest {

namespace {

[[noreturn]] void refuse_size() {
    throw api_error{413, "The body is too large"};
}

[[noreturn]] void refuse_cut() {
    throw api_error{400, "The body is incomplete or malformed"};
}

/// The most fields that a form may have.
constexpr size_t most_fields = 256;

}  // namespace

std::optional<uint64_t> read_length(const httplib::Request& request) {
    const auto number = to_number(request.get_header_value("Content-Length"));
    return number && *number >= 0 ? std::optional<uint64_t>{*number} : std::nullopt;
}

void streamed_body::receive(const std::function<bool(std::string_view)>& take) {
    const auto deliver = [&](const char* data, size_t size) {
        guarded_stream::note_delivered(size);
        return take({data, size});
    };
    if (!request_.is_multipart_form_data()) {
        if (!reader_(deliver)) {
            refuse_cut();
        }
        return;
    }
    int parts = 0;
    const bool whole = reader_([&](const httplib::MultipartFormData&) { return ++parts <= 64; },
                               [&](const char* data, size_t size) {
                                   if (parts == 1) {
                                       return deliver(data, size);
                                   }
                                   guarded_stream::note_delivered(size);
                                   return true;  // fields behind the file
                               });
    if (!whole || parts == 0) {
        refuse_cut();
    }
}

void streamed_body::read_form(std::multimap<std::string, std::string>& form, std::string& raw) {
    if (read_length(request_).value_or(0) > largest_form) {
        refuse_size();
    }
    size_t size = 0;
    bool too_large = false;
    const auto append = [&](std::string& to, const char* data, size_t more) {
        guarded_stream::note_delivered(more);
        size += more;
        if (size > largest_form) {
            too_large = true;
            return false;
        }
        to.append(data, more);
        return true;
    };
    bool whole;
    if (request_.is_multipart_form_data()) {
        std::vector<std::pair<std::string, std::string>> fields;
        whole = reader_(
            [&](const httplib::MultipartFormData& field) {
                fields.emplace_back(field.name, "");
                return fields.size() <= most_fields;
            },
            [&](const char* data, size_t more) {
                return !fields.empty() && append(fields.back().second, data, more);
            });
        form.insert(fields.begin(), fields.end());
    } else {
        whole = reader_([&](const char* data, size_t more) { return append(raw, data, more); });
    }
    if (too_large) {
        refuse_size();
    }
    if (!whole) {
        refuse_cut();
    }
    if (request_.get_header_value("Content-Type")
            .starts_with("application/x-www-form-urlencoded")) {
        httplib::Params fields;
        httplib::detail::parse_query_text(raw, fields);
        form.insert(fields.begin(), fields.end());
        raw.clear();
    }
}

}  // namespace osprey::rest
