// SPDX-License-Identifier: BSD-3-Clause
#include <options.hh>

#include <getopt.h>
#include <base/text.hh>

#include <array>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace osprey::rest {

namespace {

struct option_text {
    const char* name;
    const char* value;  ///< null: a switch
    const char* help;
};

constexpr option_text known[] = {
    {"config-file", "FILE", "JSON object with these options as members; the command line wins"},
    {"ipaddress", "ADDRESS", "address to listen at (0.0.0.0)"},
    {"port", "NUMBER", "port to listen at (8000)"},
    {"token-file", "FILE", "ask every client for the token in this file"},
    {"ssl", nullptr, "TLS; every client must show a certificate"},
    {"cert", "FILE", "the server's certificate (/etc/pki/server.pem)"},
    {"key", "FILE", "its key (/etc/pki/private/server.key)"},
    {"cacert", "FILE", "who may sign certificates of clients (/etc/pki/CA/cacert.pem)"},
    {"access-allow", "SITES", "pages of these sites may use the API: true, *, or a list"},
    {"read-only", nullptr, "serve nothing that changes the machine"},
    {"compatible", nullptr, "use the reference's names where its own tests look for them"},
    {"www", "FOLDER", "web pages (/usr/share/osprey/httpserver/www)"},
    {"tracefs", "FOLDER", "where tracefs is (/sys/kernel/tracing)"},
    {"cmdline-file", "FILE", "where POST /os/cmdline stores the next command line"},
    {"connections", "NUMBER", "at most so many at a time (256)"},
    {"max-upload", "BYTES", "the largest file that may be sent (no limit)"},
    {"end-with", "PID", "end when this process ends"},
    {"quiet", nullptr, "say nothing but errors"},
    {"help", nullptr, "show this and end"},
};

void print_help() {
    std::puts("Usage: httpserver [OPTIONS]\nServes the REST API over HTTP.\n");
    for (const auto& [name, value, help] : known) {
        const std::string left = std::string{"--"} + name + (value ? std::string{"="} + value : "");
        std::printf("  %-22s %s\n", left.c_str(), help);
    }
}

using given = std::map<std::string, std::string>;

bool parse(int argc, char** argv, given& options) {
    std::array<option, std::size(known) + 1> table{};
    for (size_t i = 0; i < std::size(known); ++i) {
        table[i] = {known[i].name, known[i].value ? required_argument : no_argument, nullptr, 0};
    }
    int index = 0;
    int found;
    while ((found = ::getopt_long(argc, argv, "", table.data(), &index)) == 0) {
        options[known[index].name] = optarg ? optarg : "true";
    }
    if (found == -1 && optind < argc) {
        std::fprintf(stderr, "httpserver: %s: not an option; see --help\n", argv[optind]);
    }
    return found == -1 && optind == argc;
}

void add_file(const std::string& path, given& options) {
    const auto text = read_text(path, 1 << 20);
    const auto facts = nlohmann::json::parse(text.value_or(""), nullptr, false);
    if (!facts.is_object()) {
        throw std::runtime_error{path + " is no JSON object"};
    }
    for (const auto& [name, value] : facts.items()) {
        const bool is_known = std::ranges::any_of(
            known, [&, &name = name](const option_text& o) { return name == o.name; });
        if (!is_known || value.is_structured() || value.is_null()) {
            throw std::runtime_error{path + ": " + name + " is no option"};
        }
        options.emplace(name, value.is_string() ? value.get<std::string>() : value.dump());
    }
}

uint64_t number(const given& options, const std::string& name, uint64_t otherwise, uint64_t most) {
    const auto at = options.find(name);
    if (at == options.end()) {
        return otherwise;
    }
    const auto value = to_number(at->second);
    if (!value || *value < 1 || static_cast<uint64_t>(*value) > most) {
        throw std::runtime_error{"--" + name + "=" + at->second + ": not a number from 1 to " +
                                 std::to_string(most)};
    }
    return static_cast<uint64_t>(*value);
}

settings make_settings(const given& options) {
    settings site;
    const auto text = [&](const char* name, std::string& into) {
        if (const auto at = options.find(name); at != options.end()) {
            into = at->second;
        }
    };
    const auto is_set = [&](const char* name) {
        const auto at = options.find(name);
        return at != options.end() && at->second != "false" && at->second != "0";
    };
    text("ipaddress", site.address);
    text("cert", site.certificate);
    text("key", site.key);
    text("cacert", site.authorities);
    text("access-allow", site.access_allow);
    text("www", site.web_folder);
    text("tracefs", site.trace_folder);
    text("cmdline-file", site.command_line_file);
    site.tls = is_set("ssl");
    site.read_only = is_set("read-only");
    site.compatible = is_set("compatible");
    site.quiet = is_set("quiet");
    site.end_with = static_cast<int>(number(options, "end-with", 0, INT32_MAX));
    site.port = static_cast<int>(number(options, "port", 8000, 65535));
    site.connections = static_cast<unsigned>(number(options, "connections", 256, 900));
    site.upload_limit = number(options, "max-upload", UINT64_MAX, INT64_MAX);
    if (const auto file = options.find("token-file"); file != options.end()) {
        site.token = read_word(file->second);
        if (site.token.empty()) {
            throw std::runtime_error{"there is no token in " + file->second};
        }
    }
    return site;
}

}  // namespace

std::optional<settings> read_options(int argc, char** argv, int& status) {
    given options;
    status = 2;
    if (!parse(argc, argv, options)) {
        return std::nullopt;
    }
    if (options.contains("help")) {
        print_help();
        status = 0;
        return std::nullopt;
    }
    try {
        if (const auto file = options.find("config-file"); file != options.end()) {
            add_file(file->second, options);
        }
        return make_settings(options);
    } catch (const std::runtime_error& e) {
        std::fprintf(stderr, "httpserver: %s\n", e.what());
        return std::nullopt;
    }
}

}  // namespace osprey::rest
