// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <elf/elf_file.hh>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace osprey::cli::elf {

/// A place where files are looked up by the path that the guest will see: this machine, or an
/// image in the making.
class file_view {
public:
    virtual ~file_view() = default;

    /// A file as the guest will know it and where its bytes are now.
    struct located {
        std::string path;  ///< free of symbolic links
        std::filesystem::path source;
    };
    /// Follows symbolic links inside the view; nothing if there is no regular file.
    [[nodiscard]] virtual std::optional<located> find(const std::string& path) const = 0;
    /// Names of the folder's entries, sorted (for `include /etc/ld.so.conf.d/*.conf`).
    [[nodiscard]] virtual std::vector<std::string> list(const std::string& folder) const = 0;
    /// What the messages call the place: "this machine", "the packages".
    [[nodiscard]] virtual std::string description() const = 0;
};

/// The files of the machine that the tool runs on.
class host_view final : public file_view {
public:
    [[nodiscard]] std::optional<located> find(const std::string& path) const override;
    [[nodiscard]] std::vector<std::string> list(const std::string& folder) const override;
    [[nodiscard]] std::string description() const override { return "this machine"; }
};

/// Finds everything that a program needs before its first instruction, by reading headers only.
///
/// Follows the rules of ld.so(8): DT_RPATH of the object and of those that loaded it (unless the
/// object has DT_RUNPATH), LD_LIBRARY_PATH, DT_RUNPATH, /etc/ld.so.conf, the default folders.
/// musl's loader: its path file or its default folders.
class library_finder {
public:
    /// `library_path`: LD_LIBRARY_PATH that the program will have in the guest.
    library_finder(const file_view& view, const std::string& library_path);

    /// Adds the program (ELF or `#!` script) at `path` with interpreter and libraries.
    /// Throws `failure` that names what is missing and who wants it.
    void add_program(const std::string& path);

    /// Every path to be present in the image, as it was looked up (may be a symbolic link).
    [[nodiscard]] const std::set<std::string>& paths() const noexcept { return paths_; }
    /// True if a library was found through ld.so.conf only: then the guest needs that file, too.
    [[nodiscard]] bool needs_loader_configuration() const noexcept { return used_configuration_; }

private:
    struct object {
        elf_file file;
        std::string path;      // free of symbolic links: for $ORIGIN
        const object* parent;  // who asked for it
    };

    void add_elf(const std::string& path, const file_view::located& where);
    void add_script(const std::string& path, const std::vector<std::string>& interpreter);
    void add_needed(const object& wanted_by);
    void add_exit_support(const object& program);
    [[nodiscard]] std::string find_library(const std::string& name, const object& wanted_by);
    [[nodiscard]] std::string find_in(const std::vector<std::string>& folders,
                                      const std::string& name, const object& wanted_by) const;
    void read_configuration(const std::string& path, int depth);
    void read_musl_path();

    const file_view& view_;
    std::vector<std::string> library_path_;
    std::vector<std::string> configured_;
    std::vector<std::string> defaults_;
    bool is_musl_ = false;
    bool used_configuration_ = false;
    std::set<std::string> paths_;
    std::map<std::string, std::string> loaded_;  // by name, as ld.so knows them
    std::vector<std::unique_ptr<object>> objects_;
    int script_depth_ = 0;
};

}  // namespace osprey::cli::elf
