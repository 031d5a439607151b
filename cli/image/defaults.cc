// SPDX-License-Identifier: BSD-3-Clause
#include <base/failure.hh>
#include <base/files.hh>
#include <base/text.hh>
#include <image/defaults.hh>

#include <cstdlib>
#include <string_view>

namespace osprey::cli::image {

namespace {

/// UTC as a TZif file of version 2 (RFC 8536, 3.2): an empty version-1 block, a block with one
/// time type of offset 0, and the footer.
std::string utc_time_zone() {
    const auto header = [](char types, char characters) {
        std::string text = "TZif2";
        text.append(15, '\0');  // reserved
        text.append(19, '\0');  // counts of UT/wall flags, standard/wall flags, leaps, transitions
        text += types;
        text.append(3, '\0');
        text += characters;
        return text;
    };
    const std::string type(6, '\0');  // offset 0, not daylight saving, name at index 0
    const std::string name{"UTC\0", 4};
    const std::string block = header(1, 4) + type + name;
    return block + block + "\nUTC0\n";
}

struct default_file {
    const char* path;
    std::string_view content;
};

constexpr default_file default_files[] = {
    {"/etc/passwd",
     "root:x:0:0:root:/root:/bin/sh\n"
     "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"},
    {"/etc/group", "root:x:0:\nnogroup:x:65534:\n"},
    {"/etc/hosts", "127.0.0.1 localhost osprey\n::1 localhost ip6-localhost ip6-loopback\n"},
    {"/etc/nsswitch.conf",
     "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nnetworks: files\n"
     "protocols: files\nservices: files\n"},
    {"/etc/resolv.conf", "# filled in by the guest when it has a network\n"},
    {"/etc/hostname", "osprey\n"},
    {"/etc/host.conf", "multi on\n"},
};

}  // namespace

void add_minimum(tree& content) {
    for (const char* folder : {"/proc", "/sys", "/dev", "/run", "/var"}) {
        if (!content.has(folder)) {
            content.add_folder(folder);
        }
    }
    for (const char* folder : {"/tmp", "/var/tmp"}) {
        content.add_folder(folder, 01777);
    }
    if (!content.has("/var/run")) {  // FHS 3.0, 5.13: where pid files were before /run
        content.add_symlink("/var/run", "/run");
    }
    if (!content.has("/root")) {
        content.add_folder("/root", 0700);
    }
    for (const default_file& file : default_files) {
        // A dangling link (systemd's resolv.conf) counts as missing: it would stay so.
        if (!content.has(file.path)) {
            content.add_content(file.path, std::string{file.content});
        }
    }
    if (!content.has("/etc/localtime")) {
        content.add_content("/etc/localtime", utc_time_zone());
    }
}

void add_agent(tree& content) {
    std::vector<fs::path> candidates;
    if (const char* given = std::getenv("OSPREY_AGENT"); given != nullptr && given[0] != '\0') {
        candidates = {given};
    } else {
        const fs::path own = own_folder();
        candidates = {own / "guest/agent", own.parent_path() / "libexec/osprey/agent"};
    }
    for (const fs::path& path : candidates) {
        std::error_code error;
        if (fs::is_regular_file(path, error)) {
            return content.add_file("/usr/lib/osprey/agent", path, times::fix);
        }
    }
    throw failure{fmt::format("cannot find the guest's agent {}", candidates.front().string()),
                  "Build it with `make`, or leave it out with --no-agent."};
}

std::string command_line_of(const identity_card& card) {
    std::vector<std::string> words = card.options;
    words.push_back(card.program);
    words.insert(words.end(), card.arguments.begin(), card.arguments.end());
    return shell_join(words);
}

void add_identity(tree& content, const identity_card& card) {
    const nlohmann::json description{{"format", 1},
                                     {"name", card.name},
                                     {"program", card.program},
                                     {"arguments", card.arguments},
                                     {"options", card.options},
                                     {"verity", card.checked_by},
                                     {"source", card.source}};
    content.add_content(
        "/etc/osprey/image.json",
        description.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    content.add_content("/etc/osprey/cmdline", command_line_of(card) + "\n");
}

}  // namespace osprey::cli::image
