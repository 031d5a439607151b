// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace osprey::cli {

/// How much the tool says on stderr.
struct report_style {
    bool quiet = false;    ///< errors only
    bool verbose = false;  ///< every step, and the kernel log
    bool json = false;     ///< JSON objects, one a line, in place of text
};

/// The tool's voice on stderr: headers, notes, warnings, status objects.
///
/// Nothing here writes to stdout, which belongs to the program in the guest.
class reporter {
public:
    explicit reporter(report_style style);

    [[nodiscard]] const report_style& style() const noexcept { return style_; }

    /// A line of the header: silent with --quiet and --json.
    void line(std::string_view text);
    /// A line only with --verbose.
    void detail(std::string_view text);
    /// A line that is shown always (in JSON: {"event":"warning"}), since a run is affected.
    void warning(std::string_view text);
    /// A status object; printed with --json only.
    void event(const nlohmann::json& object);
    /// Raw text of the guest's kernel, as it came.
    void raw(std::string_view text);

    /// While the terminal is raw, a line end needs a carriage return.
    void set_raw(bool raw) noexcept { raw_ = raw; }

    /// Shows or moves the progress line. `fraction` in 0..1; negative: unknown.
    /// Shown on terminals only; elsewhere each new `label` is one line with --verbose.
    void progress(std::string_view label, double fraction, std::string_view note = {});
    /// Wipes the progress line.
    void progress_end();

private:
    void write(std::string_view text);

    report_style style_;
    bool terminal_;
    bool raw_ = false;
    bool progress_shown_ = false;
    std::string progress_label_;
    std::string progress_text_;
    int64_t progress_time_ = 0;
};

}  // namespace osprey::cli
