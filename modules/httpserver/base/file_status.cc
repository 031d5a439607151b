// SPDX-License-Identifier: BSD-3-Clause
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>
#include <base/error.hh>
#include <base/file_status.hh>
#include <base/folder.hh>
#include <base/text.hh>
#include <http/settings.hh>

#include <limits.h>
#include <algorithm>
#include <array>
#include <cstdio>

namespace osprey::rest {

namespace {

/// A listing that would be longer is refused.
constexpr size_t most_entries = 100'000;

std::string user_name(uid_t id) {
    std::array<char, 4096> room;
    passwd entry{};
    passwd* found = nullptr;
    ::getpwuid_r(id, &entry, room.data(), room.size(), &found);
    return found ? found->pw_name : std::to_string(id);
}

std::string group_name(gid_t id) {
    std::array<char, 4096> room;
    group entry{};
    group* found = nullptr;
    ::getgrgid_r(id, &entry, room.data(), room.size(), &found);
    return found ? found->gr_name : std::to_string(id);
}

std::string name_of(const std::string& path) {
    const size_t end = path.find_last_not_of('/');
    if (end == std::string::npos) {
        return "/";
    }
    const size_t slash = path.rfind('/', end);
    return path.substr(slash + 1, end - slash);
}

std::string permission_text(mode_t mode) {
    std::array<char, 16> text;
    std::snprintf(text.data(), text.size(), "%o", static_cast<unsigned>(mode & 07777));
    return text.data();
}

std::string link_target(const std::string& path) {
    std::array<char, PATH_MAX> target;
    const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
    return {target.data(), static_cast<size_t>(std::max<ssize_t>(size, 0))};
}

std::vector<folder_entry> entries_in(const std::string& folder) {
    auto entries = read_folder(folder);
    if (entries.size() > most_entries) {
        throw api_error{400, "There are too many files"};
    }
    return entries;
}

bool is_pattern(std::string_view part) {
    return part.find_first_of("*?") != std::string_view::npos;
}

/// All paths that match, component by component.
std::vector<std::string> expand(const std::string& pattern) {
    std::vector<std::string> found{""};
    for (const std::string_view part : split(pattern, '/')) {
        if (part.empty()) {
            continue;
        }
        std::vector<std::string> next;
        for (const std::string& folder : found) {
            if (!is_pattern(part)) {
                next.push_back(folder + "/" + std::string{part});
                continue;
            }
            for (const auto& [name, may_be_folder] : entries_in(folder + "/")) {
                // As in a shell, hidden files have to be asked for.
                if ((name[0] != '.' || part[0] == '.') && matches_glob(part, name)) {
                    next.push_back(folder + "/" + name);
                }
            }
            if (next.size() > most_entries) {
                throw api_error{400, "Too many files match"};
            }
        }
        found = std::move(next);
    }
    return found;
}

}  // namespace

std::optional<json> file_status(const std::string& path, links which, const settings& site) {
    struct stat facts;
    const bool keep = which == links::keep;
    if ((keep ? ::lstat(path.c_str(), &facts) : ::stat(path.c_str(), &facts)) != 0) {
        return std::nullopt;
    }
    const bool is_link = S_ISLNK(facts.st_mode);
    json status{
        {"accessTime", facts.st_atime},
        {"blockSize", 512},  // of st_blocks; what the reference's clients expect
        {"group", site.compatible ? "osv" : group_name(facts.st_gid)},
        {"length", facts.st_size},
        {"modificationTime", facts.st_mtime},
        {"owner", site.compatible ? "osv" : user_name(facts.st_uid)},
        {"pathSuffix", name_of(path)},
        {"permission", permission_text(facts.st_mode)},
        {"replication", facts.st_nlink},
    };
    if (is_link) {
        status["symlink"] = link_target(path);
    }
    status["type"] = S_ISDIR(facts.st_mode) ? "DIRECTORY" : is_link ? "SYMLINK" : "FILE";
    return status;
}

json list_files(const std::string& path, const settings& site) {
    json list = json::array();
    const auto add = [&](const std::string& one) {
        if (auto status = file_status(one, links::keep, site)) {
            list.push_back(std::move(*status));
        }
    };
    struct stat facts;
    if (is_pattern(path) && ::lstat(path.c_str(), &facts) != 0) {
        for (const std::string& one : expand(path)) {
            add(one);
        }
        if (list.empty()) {
            throw api_error{404, "Nothing matches " + path};
        }
        return list;
    }
    if (::stat(path.c_str(), &facts) != 0) {
        throw system_error("Cannot list " + path, errno);
    }
    if (!S_ISDIR(facts.st_mode)) {
        add(path);
        return list;
    }
    if (::access(path.c_str(), R_OK) != 0) {
        throw system_error("Cannot list " + path, errno);
    }
    for (const auto& [name, may_be_folder] : entries_in(path)) {
        add(path + (path.ends_with('/') ? "" : "/") + name);
    }
    return list;
}

}  // namespace osprey::rest
