// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>
#include <base/failure.hh>
#include <base/files.hh>
#include <base/subprocess.hh>
#include <base/text.hh>
#include <image/writer.hh>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <map>
#include <vector>

namespace osprey::cli::image {

namespace {

/// Part of every key: raise it when the same tree gives other bytes.
constexpr const char* format_version = "osprey-image-2";
/// Any fixed UUID serves; images are told apart by their content.
constexpr const char* image_uuid = "05a9e1f5-0000-4000-8000-000000000001";
/// Images that nobody used for so long are removed when a new one is made.
constexpr auto keep_unused = std::chrono::hours{24 * 30};
constexpr uint64_t keep_bytes = uint64_t{20} * 1000 * 1000 * 1000;

void set_time(const fs::path& path, int64_t seconds) {
    const timespec both[2] = {{seconds, 0}, {seconds, 0}};
    if (::utimensat(AT_FDCWD, path.c_str(), both, AT_SYMLINK_NOFOLLOW) != 0) {
        throw system_failure(fmt::format("set the time of {}", path.string()), errno);
    }
}

/// Puts the tree on disk, as mkfs.erofs reads folders only.
class stage {
public:
    stage(const tree& content, fs::path root, reporter& report)
        : content_{content}, root_{std::move(root)}, report_{report} {}

    void write() {
        const size_t total = content_.nodes().size();
        size_t done = 0;
        for (const auto& [path, entry] : content_.nodes()) {
            ++done;
            report_.progress("collecting files",
                             static_cast<double>(done) / static_cast<double>(total),
                             counted(done, "file"));
            write_node(root_.string() + path, entry);
        }
        // Folders last and from the leaves up: filling them changes their times, and their
        // modes may forbid filling them.
        for (auto at = content_.nodes().rbegin(); at != content_.nodes().rend(); ++at) {
            if (at->second.kind == node_kind::folder) {
                const fs::path path = root_.string() + at->first;
                set_time(path, at->second.time);
                change_mode(path, at->second.mode);
            }
        }
    }

private:
    static void change_mode(const fs::path& path, mode_t mode) {
        if (::chmod(path.c_str(), mode) != 0) {
            throw system_failure(fmt::format("set the mode of {}", path.string()), errno);
        }
    }

    void write_node(const fs::path& path, const node& entry) {
        switch (entry.kind) {
            case node_kind::folder:
                if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) {
                    throw system_failure(fmt::format("make {}", path.string()), errno);
                }
                return;
            case node_kind::symlink:
                if (::symlink(entry.content.c_str(), path.c_str()) != 0) {
                    throw system_failure(fmt::format("make {}", path.string()), errno);
                }
                break;
            case node_kind::fifo:
                if (::mkfifo(path.c_str(), entry.mode) != 0) {
                    throw system_failure(fmt::format("make {}", path.string()), errno);
                }
                break;
            case node_kind::file:
                if (entry.may_link && ::link(entry.source.c_str(), path.c_str()) == 0) {
                    return;  // mode and time are the source's
                }
                if (entry.source.empty()) {
                    write_file(path, entry.content);
                } else if (!entry.link_group.empty() && link_to_earlier(path, entry)) {
                    return;
                } else {
                    copy_bytes(entry.source, path);
                }
                change_mode(path, entry.mode);
                break;
        }
        set_time(path, entry.time);
    }

    /// Names of one file stay names of one file.
    bool link_to_earlier(const fs::path& path, const node& entry) {
        const auto [earlier, is_first] = groups_.emplace(entry.link_group, path);
        return !is_first && ::link(earlier->second.c_str(), path.c_str()) == 0;
    }

    const tree& content_;
    std::map<std::string, fs::path> groups_;
    fs::path root_;
    reporter& report_;
};

std::string key_of(const tree& content, compression packing, integrity checked_by) {
    std::string listing = fmt::format("{} {} {}\n", format_version, static_cast<int>(packing),
                                      static_cast<int>(checked_by));
    for (const auto& [path, entry] : content.nodes()) {
        listing +=
            fmt::format("{}:{}{}:{}{}:{} {} {:o} {} {}\n", path.size(), path, entry.content.size(),
                        entry.content, entry.identity.size(), entry.identity,
                        static_cast<int>(entry.kind), entry.mode, entry.time, entry.size);
    }
    return sha256(listing).substr(0, 40);
}

int64_t newest_time(const tree& content) {
    int64_t newest = fixed_time;
    for (const auto& [path, entry] : content.nodes()) {
        newest = std::max(newest, entry.time);
    }
    return newest;
}

void run_mkfs(const fs::path& staged, const fs::path& out, const tree& content, compression packing,
              reporter& report) {
    const std::string tool = find_command("mkfs.erofs");
    if (tool.empty()) {
        throw failure{"cannot find mkfs.erofs", "Install it: apt-get install erofs-utils."};
    }
    std::vector<std::string> command{tool, "--quiet", "-x-1", "--all-root", "-U", image_uuid};
    if (packing != compression::none) {
        command.emplace_back(packing == compression::lz4 ? "-zlz4" : "-zlz4hc");
    }
    command.push_back(out.string());
    command.push_back(staged.string());
    const uint64_t expected = std::max<uint64_t>(content.total_size(), 1);
    command_options options;
    // Keeps files' times and gives the filesystem's own: the newest time inside.
    options.environment = {{"SOURCE_DATE_EPOCH", std::to_string(newest_time(content))},
                           {"LC_ALL", "C"}};
    options.tick = [&] {
        struct stat status {};
        const bool known = ::stat(out.c_str(), &status) == 0;
        const uint64_t size = known ? static_cast<uint64_t>(status.st_blocks) * 512 : 0;
        report.progress(
            "making the image", static_cast<double>(size) / static_cast<double>(expected),
            fmt::format("{} of {}", human_bytes(std::min(size, expected)), human_bytes(expected)));
    };
    const command_result result = run_command(command, options);
    report.progress_end();
    if (result.status != 0) {
        const bool full = result.err.find("No space left") != std::string::npos ||
                          result.out.find("No space left") != std::string::npos ||
                          result.err.find("File too large") != std::string::npos ||
                          result.status == 128 + SIGXFSZ;
        if (full) {
            throw system_failure(fmt::format("write the image {}", out.string()), ENOSPC);
        }
        throw failure{fmt::format("mkfs.erofs failed with status {}: {}", result.status,
                                  result.err.empty() ? result.out : result.err)};
    }
}

/// Removes images that were not used for long, and the oldest when there is too much.
void prune(const fs::path& folder) {
    struct candidate {
        fs::path path;
        fs::file_time_type used;
        uint64_t size;
    };
    std::vector<candidate> all;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator{folder, error}) {
        if (entry.path().extension() == ".erofs") {
            all.push_back({entry.path(), entry.last_write_time(error), entry.file_size(error)});
        }
    }
    std::ranges::sort(all, std::greater{}, &candidate::used);
    const auto now = fs::file_time_type::clock::now();
    uint64_t total = 0;
    for (const candidate& image : all) {
        total += image.size;
        if (now - image.used > keep_unused || total > keep_bytes) {
            fs::remove(image.path, error);
        }
    }
}

}  // namespace

cached_image make_image(const tree& content, compression packing, integrity checked_by,
                        reporter& report) {
    const fs::path folder = cache_folder() / "images";
    const fs::path path = folder / (key_of(content, packing, checked_by) + ".erofs");
    std::error_code error;
    const auto use = [&](bool was_cached) {
        // The time of last use, for prune().
        fs::last_write_time(path, fs::file_time_type::clock::now(), error);
        return cached_image{path, fs::file_size(path), was_cached};
    };
    if (fs::exists(path, error)) {
        return use(true);
    }
    make_folders(folder);
    const temporary_folder work{folder, "work"};
    const fs::path staged = work.path() / "root";
    const fs::path out = work.path() / "image";
    stage{content, staged, report}.write();
    run_mkfs(staged, out, content, packing, report);
    if (checked_by != integrity::none) {
        append_hash_tree(out, checked_by);
    }
    if (::rename(out.c_str(), path.c_str()) != 0) {
        throw system_failure(fmt::format("write {}", path.string()), errno);
    }
    prune(folder);
    return use(false);
}

}  // namespace osprey::cli::image
