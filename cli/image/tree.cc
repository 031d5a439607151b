// SPDX-License-Identifier: BSD-3-Clause
#include <sys/stat.h>
#include <unistd.h>
#include <base/failure.hh>
#include <base/text.hh>
#include <image/tree.hh>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

namespace osprey::cli::image {

namespace {

namespace fs = std::filesystem;

/// As many symbolic links in one path as Linux follows (MAXSYMLINKS).
constexpr int most_links = 40;

std::string parent_of(const std::string& path) {
    const size_t slash = path.rfind('/');
    return slash == 0 ? "/" : path.substr(0, slash);
}

std::string join(const std::string& folder, const std::string& name) {
    return folder == "/" ? "/" + name : folder + "/" + name;
}

std::string file_identity(const struct stat& status) {
    return fmt::format("{}:{}:{}.{}:{}.{}", status.st_dev, status.st_ino, status.st_mtim.tv_sec,
                       status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec);
}

}  // namespace

std::string clean_guest_path(const std::string& path) {
    if (path.empty() || path[0] != '/') {
        throw failure{exit_status::usage, fmt::format("'{}' is not an absolute path", path),
                      "Paths in the guest begin with /."};
    }
    std::string clean = fs::path{path}.lexically_normal().string();
    while (clean.size() > 1 && clean.back() == '/') {
        clean.pop_back();
    }
    return clean.starts_with("//") ? clean.substr(1) : clean;
}

tree::tree() {
    nodes_["/"] = node{};
}

const node* tree::at(const std::string& canonical_path) const {
    const auto found = nodes_.find(canonical_path);
    return found == nodes_.end() ? nullptr : &found->second;
}

std::optional<std::string> tree::walk(const std::string& path, int& links) const {
    std::string current = "/";
    for (const std::string& name : split(path, '/')) {
        if (name.empty() || name == ".") {
            continue;
        }
        if (name == "..") {
            current = current == "/" ? "/" : parent_of(current);
            continue;
        }
        const std::string next = join(current, name);
        const node* entry = at(next);
        if (entry == nullptr) {
            return std::nullopt;
        }
        if (entry->kind != node_kind::symlink) {
            current = next;
            continue;
        }
        if (++links > most_links) {
            return std::nullopt;
        }
        const std::string& target = entry->content;
        const auto resolved = walk(target.starts_with('/') ? target : join(current, target), links);
        if (!resolved) {
            return std::nullopt;
        }
        current = *resolved;
    }
    return current;
}

std::optional<std::string> tree::resolve(const std::string& path) const {
    int links = 0;
    return walk(path, links);
}

std::string tree::prepare(const std::string& path) {
    const std::string clean = clean_guest_path(path);
    std::string current = "/";
    const std::vector<std::string> names = split(clean.substr(1), '/');
    for (size_t i = 0; i + 1 < names.size(); ++i) {
        const std::string next = join(current, names[i]);
        const node* entry = at(next);
        if (entry != nullptr && entry->kind == node_kind::symlink) {
            // Follow the link; where it leads to nothing yet, make that folder.
            const std::string& target = entry->content;
            const std::string full = target.starts_with('/') ? target : join(current, target);
            if (const auto resolved = resolve(full)) {
                current = *resolved;
            } else {
                const std::string folder = clean_guest_path(full);
                add_folder(folder);
                current = resolve(folder).value_or(folder);
            }
            entry = at(current);
        } else {
            if (entry == nullptr) {
                nodes_[next] = node{};
            }
            current = next;
        }
        if (entry != nullptr && entry->kind != node_kind::folder) {
            throw failure{fmt::format("cannot put {} into the image: {} is a file", path, current)};
        }
    }
    return names.back().empty() ? current : join(current, names.back());
}

void tree::add_folder(const std::string& path, mode_t mode) {
    const std::string target = prepare(path);
    if (const node* entry = at(target); entry != nullptr && entry->kind == node_kind::symlink) {
        const auto resolved = resolve(target);
        if (resolved && at(*resolved)->kind == node_kind::folder) {
            return;  // a link to a folder serves, as for dpkg
        }
    }
    node& entry = nodes_[target];
    entry = node{};
    entry.mode = mode;
}

void tree::add_symlink(const std::string& path, const std::string& target) {
    node& entry = nodes_[prepare(path)];
    entry = node{.kind = node_kind::symlink, .mode = 0777, .content = target};
}

void tree::add_content(const std::string& path, std::string content, mode_t mode) {
    node& entry = nodes_[prepare(path)];
    const uint64_t size = content.size();
    entry =
        node{.kind = node_kind::file, .mode = mode, .size = size, .content = std::move(content)};
}

void tree::add_file(const std::string& path, const fs::path& source, times keep) {
    std::error_code error;
    const fs::path real = fs::canonical(source, error);
    if (error) {
        throw failure{exit_status::not_found, fmt::format("cannot find {}: {}", source.string(),
                                                          std::strerror(error.value()))};
    }
    add_entry(path, real, {keep, false, {}});
}

void tree::add_any(const std::string& path, const fs::path& source,
                   const std::vector<std::string>& leave_out) {
    std::error_code error;
    const fs::path real = fs::canonical(source, error);
    if (error) {
        throw failure{exit_status::not_found, fmt::format("cannot find {}: {}", source.string(),
                                                          std::strerror(error.value()))};
    }
    if (!fs::is_directory(real)) {
        add_entry(path, real, {times::fix, false, {}});
        return;
    }
    add_below(clean_guest_path(path), real, {times::keep, false, {}}, leave_out);
}

void tree::add_own(const fs::path& source, const std::string& identity) {
    add_below("/", source, {times::keep, true, identity}, {});
}

void tree::add_below(const std::string& path, const fs::path& source, const origin& from,
                     const std::vector<std::string>& leave_out) {
    if (path != "/") {
        add_entry(path, source, from);
    }
    std::error_code error;
    std::vector<fs::directory_entry> entries;
    for (auto entry = fs::directory_iterator{source, error};
         !error && entry != fs::directory_iterator{}; entry.increment(error)) {
        entries.push_back(*entry);
    }
    if (error) {
        unreadable_.push_back(source.string());
        return;
    }
    // A fixed order, so that two names for one thing (through links) always end the same way.
    std::ranges::sort(entries, {}, [](const fs::directory_entry& e) { return e.path().native(); });
    for (const fs::directory_entry& entry : entries) {
        const std::string name = entry.path().filename().string();
        if (std::ranges::find(leave_out, name) != leave_out.end()) {
            continue;
        }
        const std::string below = join(path, name);
        const origin here{from.keep, from.own, from.own ? from.identity + "/" + name : ""};
        if (entry.is_directory(error) && !entry.is_symlink(error)) {
            add_below(below, entry.path(), here, {});
        } else {
            add_entry(below, entry.path(), here);
        }
    }
}

void tree::add_entry(const std::string& path, const fs::path& source, const origin& from) {
    struct stat status {};
    if (::lstat(source.c_str(), &status) != 0) {
        throw system_failure(fmt::format("read {}", source.string()), errno);
    }
    if (S_ISDIR(status.st_mode)) {
        add_folder(path, status.st_mode & 07777);
        return;
    }
    if (S_ISLNK(status.st_mode)) {
        add_symlink(path, fs::read_symlink(source).string());
        return;
    }
    if (S_ISFIFO(status.st_mode)) {
        nodes_[prepare(path)] = node{.kind = node_kind::fifo, .mode = status.st_mode & 07777};
        return;
    }
    if (!S_ISREG(status.st_mode)) {
        return;  // sockets and devices have no content; the guest makes its own /dev
    }
    if (!from.own && ::access(source.c_str(), R_OK) != 0) {
        unreadable_.push_back(source.string());
        return;
    }
    nodes_[prepare(path)] = node{
        .kind = node_kind::file,
        .mode = status.st_mode & 07777,
        .time = from.keep == times::keep ? status.st_mtim.tv_sec : fixed_time,
        .size = static_cast<uint64_t>(status.st_size),
        .source = source,
        .identity = from.own ? from.identity : file_identity(status),
        .link_group = status.st_nlink > 1 ? fmt::format("{}:{}", status.st_dev, status.st_ino) : "",
        .may_link = from.own,
    };
}

void tree::add_mirrored(const std::string& path) {
    std::string current;
    std::vector<std::string> names = split(path, '/');
    std::ranges::reverse(names);
    int links = 0;
    while (!names.empty()) {
        const std::string name = names.back();
        names.pop_back();
        if (name.empty() || name == ".") {
            continue;
        }
        if (name == "..") {
            current = current.empty() ? "" : current.substr(0, current.rfind('/'));
            continue;
        }
        const std::string next = current + "/" + name;
        std::error_code error;
        if (!fs::is_symlink(next, error)) {
            current = next;
            continue;
        }
        if (++links > most_links) {
            throw failure{fmt::format("too many symbolic links on the way to {}", path)};
        }
        const std::string target = fs::read_symlink(next).string();
        add_symlink(next, target);
        if (target.starts_with('/')) {
            current.clear();
        }
        std::vector<std::string> more = split(target, '/');
        names.insert(names.end(), more.rbegin(), more.rend());
    }
    add_entry(current, current, {times::fix, false, {}});
}

void tree::add_merged_usr() {
    for (const char* name : {"bin", "sbin", "lib", "lib32", "lib64", "libx32"}) {
        add_symlink(fmt::format("/{}", name), fmt::format("usr/{}", name));
    }
    for (const char* name : {"bin", "sbin", "lib", "lib64"}) {
        add_folder(fmt::format("/usr/{}", name));
    }
}

uint64_t tree::total_size() const {
    uint64_t total = 0;
    std::set<std::string> counted_groups;
    for (const auto& [path, entry] : nodes_) {
        const bool again =
            !entry.link_group.empty() && !counted_groups.insert(entry.link_group).second;
        total += entry.kind == node_kind::file && !again ? entry.size : 0;
    }
    return total;
}

std::optional<elf::file_view::located> tree::find(const std::string& path) const {
    const auto resolved = resolve(path);
    if (!resolved) {
        return std::nullopt;
    }
    const node* entry = at(*resolved);
    if (entry->kind != node_kind::file || entry->source.empty()) {
        return std::nullopt;
    }
    return located{*resolved, entry->source};
}

std::vector<std::string> tree::list(const std::string& folder) const {
    const auto resolved = resolve(folder);
    std::set<std::string> names;
    if (resolved) {
        const std::string prefix = *resolved == "/" ? "/" : *resolved + "/";
        for (auto entry = nodes_.lower_bound(prefix);
             entry != nodes_.end() && entry->first.starts_with(prefix); ++entry) {
            const std::string rest = entry->first.substr(prefix.size());
            names.insert(rest.substr(0, rest.find('/')));
        }
    }
    names.erase("");
    return {names.begin(), names.end()};
}

}  // namespace osprey::cli::image
