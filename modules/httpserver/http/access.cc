// SPDX-License-Identifier: BSD-3-Clause
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <base/error.hh>
#include <base/text.hh>
#include <http/access.hh>
#include <http/body.hh>

#include <algorithm>
#include <array>

namespace osprey::rest {

namespace {

constexpr std::string_view cookie_name = "osprey_session=";

constexpr const char* login_page = R"(<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Osprey</title>
<form method="post" action="/login">
<label>Token <input type="password" name="token" autocomplete="current-password"></label>
<button>Log in</button></form></html>
)";

/// Takes the same time wherever the texts differ.
bool are_equal(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

/// What a browser keeps in place of the token; the token cannot be found from it.
std::string session_of(const settings& site) {
    constexpr std::string_view purpose = "browser session";
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
    unsigned size = 0;
    HMAC(EVP_sha256(), site.token.data(), static_cast<int>(site.token.size()),
         reinterpret_cast<const unsigned char*>(purpose.data()), purpose.size(), bytes.data(),
         &size);
    std::string text;
    for (unsigned i = 0; i < size; ++i) {
        constexpr const char* digits = "0123456789abcdef";
        text += digits[bytes[i] >> 4];
        text += digits[bytes[i] & 15];
    }
    return text;
}

bool has_token(const httplib::Request& request, const settings& site) {
    const std::string given = request.get_header_value("Authorization");
    if (given.starts_with("Bearer ") && are_equal(trim(given).substr(7), site.token)) {
        return true;
    }
    const std::string cookies = request.get_header_value("Cookie");
    for (const std::string_view cookie : split(cookies, ';')) {
        const std::string_view one = trim(cookie);
        if (one.starts_with(cookie_name) &&
            are_equal(one.substr(cookie_name.size()), session_of(site))) {
            return true;
        }
    }
    return false;
}

bool allows(const settings& site, const std::string& origin) {
    if (site.access_allow == "true" || site.access_allow == "*") {
        return true;
    }
    const std::string_view host = std::string_view{origin}.substr(
        origin.find("://") == std::string::npos ? 0 : origin.find("://") + 3);
    const auto allowed = split(site.access_allow, ',');
    return std::ranges::any_of(allowed, [&](std::string_view entry) {
        return !trim(entry).empty() && (trim(entry) == origin || trim(entry) == host);
    });
}

/// Browsers name the site of the page that sends a request; other clients do not.
bool is_of_another_site(const httplib::Request& request) {
    const std::string origin = request.get_header_value("Origin");
    return !origin.empty() && origin != "http://" + request.get_header_value("Host") &&
           origin != "https://" + request.get_header_value("Host");
}

}  // namespace

bool may_use(const httplib::Request& request, httplib::Response& response, const settings& site) {
    if (is_of_another_site(request) && !allows(site, request.get_header_value("Origin"))) {
        answer_error(response, 403, "Pages of other sites may not use this server");
        return false;
    }
    if (site.token.empty() || request.path == "/login" || has_token(request, site)) {
        return true;
    }
    if (request.get_header_value("Accept").find("text/html") != std::string::npos) {
        response.set_redirect("/login", 303);
        return false;
    }
    response.set_header("WWW-Authenticate", "Bearer realm=\"osprey\"");
    answer_error(response, 401, "A token is needed");
    return false;
}

void add_cross_origin_headers(const httplib::Request& request, httplib::Response& response,
                              const settings& site) {
    const std::string origin = request.get_header_value("Origin");
    if (site.access_allow.empty() || !allows(site, origin)) {
        return;
    }
    const bool is_for_all = site.access_allow == "true" || site.access_allow == "*";
    response.set_header("Access-Control-Allow-Origin", is_for_all ? "*" : origin);
    if (!is_for_all) {
        response.set_header("Vary", "Origin");
    }
    response.set_header("Access-Control-Allow-Methods", "GET, POST, PUT, OPTIONS, DELETE");
    if (const auto wanted = request.get_header_value("Access-Control-Request-Headers");
        !wanted.empty()) {
        response.set_header("Access-Control-Allow-Headers", wanted);
    }
    response.set_header("Access-Control-Max-Age", "1000");
}

bool log_in(const httplib::Request& request, httplib::Response& response,
            const httplib::ContentReader* reader, const settings& site) {
    if (request.path != "/login") {
        return false;
    }
    if (request.method != "POST") {
        response.set_content(login_page, "text/html");
        return true;
    }
    std::multimap<std::string, std::string> form;
    std::string rest;
    try {
        if (reader && read_length(request).value_or(0) > 0) {
            streamed_body{request, *reader}.read_form(form, rest);
        }
    } catch (const api_error& e) {
        answer_error(response, e.status(), e.what());
        return true;
    }
    const auto token = form.find("token");
    if (!site.token.empty() && (token == form.end() || !are_equal(token->second, site.token))) {
        answer_error(response, 401, "This is not the token");
        return true;
    }
    if (!site.token.empty()) {
        response.set_header("Set-Cookie", std::string{cookie_name} + session_of(site) +
                                              "; Path=/; HttpOnly; SameSite=Strict" +
                                              (site.tls ? "; Secure" : ""));
    }
    response.set_redirect("/", 303);
    return true;
}

}  // namespace osprey::rest
