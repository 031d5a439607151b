// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vfs/dentry_cache.hh>
#include <vfs/lookup.hh>

namespace osprey::vfs {

inline constexpr usize longest_name = 255;
inline constexpr usize longest_path = 4096;  // PATH_MAX, terminator included
inline constexpr unsigned most_symlinks = 40;

/// One resolution of a path, carried through symbolic links.
///
/// `advance` walks as many components as the cache knows, under RCU and without touching a
/// reference count; what it cannot do (unknown names, symbolic links, a rename in between) is done
/// for one component by `step`, with references and the directory's mutex. The two alternate.
class walk {
public:
    walk(directory_context& context, u32 flags) noexcept : context_{context}, flags_{flags} {}

    /// Resolves `name` from `start` (empty: the working directory).
    result<path> resolve(const path& start, std::string_view name) noexcept;

    /// `name` in `directory`, whose `tree_mutex` is held: positive or negative entry.
    static result<refptr<dentry>> look_up_locked(dentry& directory, std::string_view name) noexcept;

private:
    enum class stop : u8 { end, by_hand, no_entry, not_directory, crossing, escaped };
    struct cursor {
        mount* where;
        dentry* at;
    };
    result<path> run(path at, std::string_view rest) noexcept;
    stop advance(cursor& c, std::string_view& rest) noexcept;
    result<void> step(path& at, std::string_view& rest) noexcept;
    static path hold(const cursor& c) noexcept;
    bool parent_of(cursor& c) const noexcept;
    [[nodiscard]] cursor root() const noexcept;
    result<path> finish(path at) noexcept;

    directory_context& context_;
    u32 flags_;
    unsigned links_ = 0;
    bool must_be_directory_ = false;
    path confined_root_;  // where RESOLVE_BENEATH or RESOLVE_IN_ROOT began
    string pending_;      // text of links, the rest of the path behind it
};

}  // namespace osprey::vfs
