// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <CLI/CLI.hpp>
#include <base/report.hh>
#include <image/defaults.hh>
#include <image/tree.hh>
#include <image/writer.hh>
#include <string>
#include <vector>

namespace osprey::cli::commands {

/// What goes into an image: the options that `run` and `build` share.
struct source_options {
    std::string root;                   ///< --root
    std::vector<std::string> packages;  ///< --deb
    bool fresh_lists = false;           ///< --apt-update
    std::vector<std::string> files;     ///< --file HOST:GUEST
    std::vector<std::string> environment;
    std::string folder;                 ///< --cwd
    bool no_agent = false;              ///< --no-agent
    std::string packing = "none";       ///< --compress
    std::string checked_by = "crc32c";  ///< --verity
    std::vector<std::string> words;     ///< PROGRAM and its arguments

    /// True if any option asks for content of its own (so PROGRAM cannot be an image).
    [[nodiscard]] bool has_content() const {
        return !root.empty() || !packages.empty() || !files.empty() || packing != "none";
    }
};

/// Adds the options to a subcommand that takes PROGRAM [args…] last.
void add_source_options(CLI::App& app, source_options& options);

/// The tool's voice: -v, -q, --json.
void add_report_options(CLI::App& app, report_style& style);

/// Takes PROGRAM and arguments out of what the parser left over; an option in their place is
/// an error (a misspelt one, which must not become the program's name).
[[nodiscard]] std::vector<std::string> program_words(const CLI::App& app);

/// An image in the making, and what it is.
struct planned_image {
    image::tree content;
    image::identity_card card;
    std::string summary;  ///< "43 packages", "5 libraries": for the header
};

/// Collects program, libraries, packages and files. Throws `failure`.
[[nodiscard]] planned_image plan_image(const source_options& options, reporter& report);

/// --env and --cwd as kernel options: the defaults that every program may expect, those of an
/// image (`inherited`), and the user's, the latter ones winning.
[[nodiscard]] std::vector<std::string> environment_options(
    const source_options& options, const std::vector<std::string>& inherited = {});

/// The value that NAME will have in the guest (for LD_LIBRARY_PATH); empty if unset.
[[nodiscard]] std::string guest_variable(const source_options& options, const std::string& name);

/// Folders where a bare program name is looked up in the guest.
[[nodiscard]] std::vector<std::string> search_path(const source_options& options);

[[nodiscard]] image::compression compression_of(const std::string& name);

}  // namespace osprey::cli::commands
