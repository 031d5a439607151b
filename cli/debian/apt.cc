// SPDX-License-Identifier: BSD-3-Clause
#include <sys/stat.h>
#include <base/failure.hh>
#include <base/files.hh>
#include <base/subprocess.hh>
#include <base/text.hh>
#include <debian/apt.hh>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <nlohmann/json.hpp>

namespace osprey::cli::debian {

namespace {

constexpr const char* system_lists = "/var/lib/apt/lists";

bool has_lists(const fs::path& folder) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator{folder, error}) {
        if (entry.path().filename().string().find("_Packages") != std::string::npos) {
            return true;
        }
    }
    return false;
}

/// Name, size and time of every file below: changes whenever apt would see something else.
std::string stamp_of(const fs::path& path) {
    std::error_code error;
    std::vector<std::string> lines;
    const auto add = [&](const fs::path& file) {
        struct stat status {};
        if (::stat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode)) {
            lines.push_back(fmt::format("{} {} {}.{}\n", file.string(), status.st_size,
                                        status.st_mtim.tv_sec, status.st_mtim.tv_nsec));
        }
    };
    add(path);
    for (const auto& entry : fs::directory_iterator{path, error}) {
        add(entry.path());
    }
    std::ranges::sort(lines);
    std::string all;
    for (const std::string& line : lines) {
        all += line;
    }
    return all;
}

/// The lines of apt's output that say what went wrong.
std::string error_lines(const command_result& result) {
    std::string text;
    for (const std::string& line : split(result.err + "\n" + result.out, '\n')) {
        if (line.starts_with("E: ")) {
            text += text.empty() ? "" : "; ";
            text += line.substr(3);
        }
    }
    return text.empty() ? fmt::format("status {}", result.status) : text;
}

std::string decode_percent(const std::string& text) {
    std::string plain;
    for (size_t i = 0; i < text.size(); ++i) {
        unsigned value = 0;
        if (text[i] == '%' && i + 2 < text.size() &&
            std::from_chars(&text[i + 1], &text[i + 3], value, 16).ptr == &text[i + 3]) {
            plain += static_cast<char>(value);
            i += 2;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

nlohmann::json to_json(const package& p) {
    return {{"name", p.name}, {"version", p.version}, {"architecture", p.architecture},
            {"uri", p.uri},   {"file", p.file},       {"sha256", p.sha256},
            {"size", p.size}};
}

package from_json(const nlohmann::json& object) {
    return {object.at("name"), object.at("version"), object.at("architecture"), object.at("uri"),
            object.at("file"), object.at("sha256"),  object.at("size")};
}

}  // namespace

std::vector<package> parse_uris(const std::string& text) {
    std::vector<package> packages;
    for (const std::string& line : split(text, '\n')) {
        // 'URI' FILE SIZE SHA256:HASH
        const size_t quote = line.find('\'', 1);
        if (!line.starts_with('\'') || quote == std::string::npos) {
            continue;
        }
        const std::vector<std::string> words = split_blanks(line.substr(quote + 1));
        if (words.size() < 3 || !words[2].starts_with("SHA256:")) {
            throw failure{fmt::format("apt gives no SHA-256 for {}", line.substr(1, quote - 1)),
                          "Use a package source with SHA-256 hashes, as every Debian since 7."};
        }
        package p;
        p.uri = line.substr(1, quote - 1);
        p.file = words[0];
        p.size = std::strtoull(words[1].c_str(), nullptr, 10);
        p.sha256 = words[2].substr(7);
        // NAME_VERSION_ARCHITECTURE.deb, with percent signs for what a file name cannot hold
        const std::string stem = p.file.substr(0, p.file.rfind(".deb"));
        const size_t first = stem.find('_');
        const size_t last = stem.rfind('_');
        if (first == std::string::npos || last == first) {
            throw failure{fmt::format("apt names a package file strangely: {}", p.file)};
        }
        p.name = stem.substr(0, first);
        p.version = decode_percent(stem.substr(first + 1, last - first - 1));
        p.architecture = stem.substr(last + 1);
        packages.push_back(std::move(p));
    }
    std::ranges::sort(packages, {}, &package::name);
    return packages;
}

apt::apt(reporter& report) : report_{report}, folder_{cache_folder() / "apt"} {
    if (find_command("apt-get").empty()) {
        throw failure{"cannot find apt-get, which --deb needs",
                      "Run on Debian or a system with apt, or use --root with an unpacked tree."};
    }
    choose_lists();
    write_configuration();
}

void apt::choose_lists() {
    lists_ = folder_ / "lists";
    const auto updated = try_read_file(folder_ / "updated");
    if (updated && *updated == sources_stamp() && has_lists(lists_)) {
        private_lists_ = true;
        // The system's lists win when somebody refreshed them later.
        std::error_code error;
        const auto own = fs::last_write_time(folder_ / "updated", error);
        const auto system = fs::last_write_time(system_lists, error);
        if (error || system <= own) {
            return;
        }
    }
    // Sources given by APT_CONFIG are not those that the system's lists are for.
    if (has_lists(system_lists) && std::getenv("APT_CONFIG") == nullptr) {
        lists_ = system_lists;
        private_lists_ = false;
    } else {
        private_lists_ = true;
    }
}

void apt::write_configuration() {
    for (const char* name :
         {"state", "lists/partial", "cache/archives/partial", "none/partial", "resolved"}) {
        make_folders(folder_ / name);
    }
    write_file(folder_ / "status", "");
    const std::string home = folder_.string();
    std::string text;
    // Hooks of the system's apt are for the system's state.
    for (const char* name :
         {"APT::Update::Pre-Invoke", "APT::Update::Post-Invoke", "APT::Update::Post-Invoke-Success",
          "DPkg::Pre-Invoke", "DPkg::Post-Invoke", "DPkg::Pre-Install-Pkgs"}) {
        text += fmt::format("#clear {};\n", name);
    }
    text += fmt::format("Dir::State \"{}/state\";\n", home);
    text += fmt::format("Dir::State::status \"{}/status\";\n", home);
    text += fmt::format("Dir::State::lists \"{}\";\n", lists_.string());
    text += fmt::format("Dir::Cache \"{}/cache\";\n", home);
    // Where nothing is downloaded to, so that every package is listed every time.
    text += fmt::format("Dir::Cache::archives \"{}/none\";\n", home);
    text +=
        "Dir::Cache::pkgcache \"pkgcache.bin\";\nDir::Cache::srcpkgcache \"srcpkgcache.bin\";\n";
    text += fmt::format("Dir::Log \"{}/state\";\n", home);
    text += "APT::Install-Recommends \"false\";\nAPT::Install-Suggests \"false\";\n";
    text += "APT::Architecture \"amd64\";\nAPT::Architectures \"amd64\";\n";
    text += "APT::Sandbox::User \"root\";\nAcquire::ForceHash \"SHA256\";\n";
    // Lists are kept as copies, so that a source that is a folder may go away.
    text += "Acquire::GzipIndexes \"true\";\n";
    text += "Acquire::Languages \"none\";\nAcquire::Retries \"2\";\n";
    const fs::path path = folder_ / "apt.conf";
    if (try_read_file(path) != text) {
        write_file(path, text);
    }
}

std::vector<std::string> apt::command(const std::vector<std::string>& more) const {
    std::vector<std::string> words{"apt-get", "-c", (folder_ / "apt.conf").string(), "-qq", "-y"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

std::string apt::sources_stamp() {
    std::string stamp;
    for (const char* path : {"/etc/apt/sources.list", "/etc/apt/sources.list.d",
                             "/etc/apt/preferences", "/etc/apt/preferences.d"}) {
        stamp += stamp_of(path);
    }
    if (const char* configuration = std::getenv("APT_CONFIG")) {
        stamp += stamp_of(configuration) + try_read_file(configuration).value_or("");
    }
    return stamp;
}

std::string apt::lists_stamp() const {
    return stamp_of(lists_) + sources_stamp();
}

void apt::update() {
    const file_lock lock{folder_ / "lock"};
    lists_ = folder_ / "lists";
    private_lists_ = true;
    write_configuration();
    command_options options;
    options.environment = {{"LC_ALL", "C"}};
    options.status_line = [&](const std::string& line) {
        const std::vector<std::string> fields = split(line, ':');
        if (fields.size() >= 4 && fields[0] == "dlstatus") {
            report_.progress("fetching package lists",
                             std::strtod(fields[2].c_str(), nullptr) / 100);
        }
    };
    report_.progress("fetching package lists", 0);
    const command_result result =
        run_command(command({"-o", "APT::Status-Fd=3", "update"}), options);
    report_.progress_end();
    // apt-get update returns 0 when some index could not be fetched, with a warning.
    if (result.status != 0 || !has_lists(lists_)) {
        throw failure{fmt::format("apt cannot fetch the package lists: {}", error_lines(result)),
                      "Check the network and /etc/apt/sources.list."};
    }
    write_file(folder_ / "updated", sources_stamp());
}

std::vector<package> apt::resolve(const std::vector<std::string>& names) {
    if (!has_lists(lists_)) {
        update();
    }
    const auto remembered_at = [&] {
        std::string request = lists_stamp();
        for (const std::string& name : names) {
            request += " " + name;
        }
        return folder_ / "resolved" / (sha256(request).substr(0, 32) + ".json");
    };
    if (const auto remembered = try_read_file(remembered_at())) {
        const auto array = nlohmann::json::parse(*remembered, nullptr, false);
        if (array.is_array()) {
            std::vector<package> packages;
            for (const nlohmann::json& object : array) {
                packages.push_back(from_json(object));
            }
            return packages;
        }
    }
    report_.progress("looking up packages", -1);
    std::vector<package> packages = ask(names);
    report_.progress_end();
    nlohmann::json array = nlohmann::json::array();
    for (const package& p : packages) {
        array.push_back(to_json(p));
    }
    write_file(remembered_at(), array.dump(1));
    return packages;
}

std::vector<package> apt::ask(const std::vector<std::string>& names) {
    const file_lock lock{folder_ / "lock"};
    std::vector<std::string> words{"install", "--print-uris", "--"};
    words.insert(words.end(), names.begin(), names.end());
    command_options options;
    options.environment = {{"LC_ALL", "C"}};
    const command_result result = run_command(command(words), options);
    if (result.status != 0) {
        constexpr std::string_view unknown = "Unable to locate package ";
        const std::string errors = error_lines(result);
        if (const size_t at = errors.find(unknown); at != std::string::npos) {
            const std::string name = errors.substr(at + unknown.size());
            throw failure{fmt::format("apt knows no package {}", name.substr(0, name.find(';'))),
                          fmt::format("Look for the name with `apt-cache search`, or refresh the "
                                      "package lists with {}.",
                                      private_lists_ ? "`osprey run --apt-update …`"
                                                     : "`sudo apt-get update`")};
        }
        throw failure{
            fmt::format("apt cannot choose packages for {}: {}", fmt::join(names, ", "), errors),
            "See the message of apt; `apt-get install --simulate` shows more."};
    }
    std::vector<package> packages = parse_uris(result.out);
    if (packages.empty()) {
        throw failure{fmt::format("apt names no package files for {}", fmt::join(names, ", "))};
    }
    return packages;
}

void apt::download(const std::vector<package>& packages, const fs::path& folder) {
    uint64_t total = 0;
    std::vector<std::string> words{"-o", "APT::Status-Fd=3", "download"};
    for (const package& p : packages) {
        total += p.size;
        words.push_back(p.architecture == "all"
                            ? fmt::format("{}={}", p.name, p.version)
                            : fmt::format("{}:{}={}", p.name, p.architecture, p.version));
    }
    const std::string label = fmt::format("fetching {}", counted(packages.size(), "package"));
    command_options options;
    options.environment = {{"LC_ALL", "C"}};
    options.folder = folder.string();
    options.status_line = [&](const std::string& line) {
        // dlstatus:FILE:PERCENT:TEXT
        const std::vector<std::string> fields = split(line, ':');
        if (fields.size() >= 4 && fields[0] == "dlstatus") {
            const double part = std::strtod(fields[2].c_str(), nullptr) / 100;
            report_.progress(
                label, part,
                fmt::format("{} of {}",
                            human_bytes(static_cast<uint64_t>(part * static_cast<double>(total))),
                            human_bytes(total)));
        }
    };
    report_.progress(label, 0, human_bytes(total));
    report_.event({{"event", "download"}, {"packages", packages.size()}, {"bytes", total}});
    const file_lock lock{folder_ / "lock"};
    const command_result result = run_command(command(words), options);
    report_.progress_end();
    if (result.status != 0) {
        const std::string errors = error_lines(result);
        if (errors.find("No space left") != std::string::npos ||
            errors.find("enough free space") != std::string::npos) {
            throw system_failure(fmt::format("fetch packages to {}", folder.string()), ENOSPC);
        }
        throw failure{fmt::format("apt cannot fetch the packages: {}", errors),
                      "Check the network; when files were not found, refresh the package lists "
                      "with --apt-update."};
    }
}

}  // namespace osprey::cli::debian
