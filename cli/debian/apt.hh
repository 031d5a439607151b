// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/report.hh>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace osprey::cli::debian {

/// One package of a closure, as apt would fetch it.
struct package {
    std::string name;
    std::string version;
    std::string architecture;
    std::string uri;
    std::string file;    ///< name of the .deb in the archive folder
    std::string sha256;  ///< of the .deb; its name in our cache
    uint64_t size = 0;
};

/// apt as an ordinary user: own state and cache under the tool's cache folder, the system's
/// sources, keys and preferences. Nothing is installed, and nothing of the system is changed.
///
/// Package lists come from the system's own (/var/lib/apt/lists) when they are there, else from
/// a private `apt-get update`.
class apt {
public:
    explicit apt(reporter& report);

    /// The packages and all that they depend on (no recommendations), sorted by name.
    /// Remembered until the lists or the sources change. Throws `failure` naming the package
    /// that apt does not know.
    [[nodiscard]] std::vector<package> resolve(const std::vector<std::string>& names);

    /// Downloads the .deb files into `folder`, with progress; apt checks their hashes against
    /// the signed lists.
    void download(const std::vector<package>& packages, const std::filesystem::path& folder);

    /// Fetches fresh package lists into the private folder.
    void update();

private:
    [[nodiscard]] std::vector<std::string> command(const std::vector<std::string>& more) const;
    void write_configuration();
    void choose_lists();
    [[nodiscard]] std::string lists_stamp() const;
    [[nodiscard]] static std::string sources_stamp();
    [[nodiscard]] std::vector<package> ask(const std::vector<std::string>& names);

    reporter& report_;
    std::filesystem::path folder_;
    std::filesystem::path lists_;
    bool private_lists_ = false;
};

/// Reads the lines of `apt-get --print-uris`.
[[nodiscard]] std::vector<package> parse_uris(const std::string& text);

}  // namespace osprey::cli::debian
