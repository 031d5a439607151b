// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <doctor/calls.hh>

namespace osprey::cli::doctor {

namespace {

/// The errno that Linux programs know by the kernel's name for it (base/errc.hh).
constexpr std::string_view errno_of(std::string_view name) {
    return name == "not_permitted"      ? "EPERM"
           : name == "not_supported"    ? "EOPNOTSUPP"
           : name == "invalid_argument" ? "EINVAL"
           : name == "access_denied"    ? "EACCES"
           : name == "no_process"       ? "ESRCH"
                                        : "ENOSYS";
}

struct known_call {
    std::string_view name;
    bool implemented;
    std::string_view error, reason;  // of one that is not
};

constexpr known_call all_calls[] = {
#define SYSCALL(x86_number, arm_number, name, ...) {#name, true, "", ""},
#define MISSING(x86_number, arm_number, name) {#name, false, "ENOSYS", "not implemented"},
#define REFUSED(x86_number, arm_number, name, error, why) {#name, false, errno_of(#error), why},
#include <linux/syscalls.def>
#undef SYSCALL
#undef MISSING
#undef REFUSED
};

const lack refusals[] = {
#define REFUSED_FLAG(call, flag, error, why) {#call, #flag, #error ": " why},
#define IGNORED_FLAG(call, flag, why)
#define NOTE(call, why)
#include <linux/exceptions.def>
#undef REFUSED_FLAG
#undef NOTE
};

const lack notes[] = {
#define REFUSED_FLAG(call, flag, error, why)
#define NOTE(call, why) {#call, "", why},
#include <linux/exceptions.def>
#undef REFUSED_FLAG
#undef IGNORED_FLAG
#undef NOTE
};

/// A note that begins with an errno: the call is there to say no.
bool says_no(std::string_view text) {
    const size_t colon = text.find(':');
    return colon != text.npos && colon > 1 && text[0] == 'E' &&
           std::all_of(text.begin(), text.begin() + static_cast<ptrdiff_t>(colon),
                       [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

}  // namespace

bool is_call(std::string_view name) {
    return std::ranges::any_of(all_calls, [&](const known_call& c) { return c.name == name; });
}

std::optional<lack> missing_call(std::string_view name) {
    for (const lack& note : notes) {
        if (note.call == name && says_no(note.answer)) {
            return note;
        }
    }
    for (const known_call& call : all_calls) {
        if (call.name == name && !call.implemented) {
            return lack{call.name, "", fmt::format("{}: {}", call.error, call.reason)};
        }
    }
    return std::nullopt;
}

std::span<const lack> refused_flags() {
    return refusals;
}

std::string_view call_behind(std::string_view function) {
    // Functions whose call has another name. Those that merely try a call and do without (as the
    // C library with rseq) are left out.
    constexpr std::array<std::array<std::string_view, 2>, 7> others{{
        {"__fork", "fork"},
        {"_Fork", "fork"},
        {"daemon", "fork"},
        {"forkpty", "fork"},
        {"wordexp", "fork"},
        {"fexecve", "execveat"},
        {"umount", "umount2"},
    }};
    for (const auto& [name, call] : others) {
        if (name == function) {
            return call;
        }
    }
    return is_call(function) ? function : std::string_view{};
}

}  // namespace osprey::cli::doctor
