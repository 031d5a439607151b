// SPDX-License-Identifier: BSD-3-Clause
// The files of /proc/PID that change something: how ready the process is to be ended when memory
// runs out, what was referenced, timer slack (proc(5)).
#include <memory/frame.hh>
#include <process/procfs/procfs.hh>
#include <process/procfs/setting.hh>

namespace osprey::proc {

namespace {

constexpr i32 most_bias = 1000, least_bias = memory::account::never_ended;
constexpr i32 most_old_bias = 15, least_old_bias = -17;  // oom_adj, before Linux 2.6.36
constexpr unsigned cap_resource = 24;

i32 bias_of(process& p) noexcept {
    return p.account.out_of_memory_bias.load(std::memory_order_relaxed);
}

result<void> set_bias(process& p, i32 bias) noexcept {
    if (bias < bias_of(p) && !(current_process().identity.effective >> cap_resource & 1))
        return errc::access_denied;
    p.account.out_of_memory_bias.store(bias, std::memory_order_relaxed);
    return ok;
}

result<void> show_bias(const subject& of, string& out) noexcept {
    return print(out, "{}\n", bias_of(*TRY(of.find())));
}
result<void> store_bias(const subject& of, std::string_view text) noexcept {
    const i64 value = TRY(parse_setting(text));
    if (value < least_bias || value > most_bias)
        return errc::invalid_argument;
    return set_bias(*TRY(of.find()), static_cast<i32>(value));
}

result<void> show_old_bias(const subject& of, string& out) noexcept {
    const i32 bias = bias_of(*TRY(of.find()));
    return print(out, "{}\n",
                 bias == most_bias ? most_old_bias : bias * -least_old_bias / most_bias);
}
result<void> store_old_bias(const subject& of, std::string_view text) noexcept {
    const i64 value = TRY(parse_setting(text));
    if (value < least_old_bias || value > most_old_bias)
        return errc::invalid_argument;
    const i32 old = static_cast<i32>(value);
    return set_bias(*TRY(of.find()),
                    old == most_old_bias ? most_bias : old * most_bias / -least_old_bias);
}

/// As Linux computes it: 2/3 for a process that uses nothing, more for memory and bias.
result<void> show_score(const subject& of, string& out) noexcept {
    auto p = TRY(of.find());
    const u64 total = memory::get_statistics().total;
    const memory::account& a = p->account;
    if (bias_of(*p) == least_bias || total < 1000)
        return out.append("0\n");
    const i64 pages = static_cast<i64>(a.resident_pages.load(std::memory_order_relaxed)) +
                      bias_of(*p) * static_cast<i64>(total / 1000);
    const i64 score = (1000 + pages * 1000 / static_cast<i64>(total)) * 2 / 3;
    return print(out, "{}\n", score > 0 ? score : 0);
}

result<void> refuse_to_show(const subject&, string&) noexcept {
    return errc::invalid_argument;
}

/// 1 to 3: forget which pages were referenced; 5: forget the peak of resident memory. 4 would mark
/// all pages as not written to, which nothing tells about here.
result<void> clear_references(const subject& of, std::string_view text) noexcept {
    using enum memory::address_space::aged;
    const i64 which = TRY(parse_setting(text));
    auto p = TRY(of.find());
    const auto space = p->held(&process::space);
    switch (which) {
        case 1:
        case 2:
        case 3:
            if (space)
                space->forget_references(p->account, which == 1   ? all
                                                     : which == 2 ? private_pages
                                                                  : object_pages);
            return ok;
        case 5:
            p->account.peak_resident.store(p->account.resident_pages.load());
            return ok;
        default:
            return errc::invalid_argument;
    }
}

result<void> show_dump_filter(const subject& of, string& out) noexcept {
    return print(out, "{:08x}\n", TRY(of.find())->settings.core_dump_filter.load());
}
result<void> store_dump_filter(const subject& of, std::string_view text) noexcept {
    constexpr u32 known = 0x1ff;  // core(5)
    const i64 value = TRY(parse_setting(text));
    if (value < 0 || value > ~u32{0})
        return errc::invalid_argument;
    TRY(of.find())->settings.core_dump_filter = static_cast<u32>(value) & known;
    return ok;
}

result<void> show_slack(const subject& of, string& out) noexcept {
    return print(out, "{}\n", TRY(of.find_thread())->timer_slack_ns);
}
result<void> store_slack(const subject& of, std::string_view text) noexcept {
    const i64 value = TRY(parse_setting(text));
    if (value < 0)
        return errc::invalid_argument;
    TRY(of.find_thread())->timer_slack_ns = value ? static_cast<u64>(value) : 50'000;
    return ok;
}

constexpr subject_file files[] = {
    {"clear_refs", 0200, refuse_to_show, clear_references},
    {"coredump_filter", 0644, show_dump_filter, store_dump_filter},
    {"oom_adj", 0644, show_old_bias, store_old_bias},
    {"oom_score", 0444, show_score},
    {"oom_score_adj", 0644, show_bias, store_bias},
    {"timerslack_ns", 0666, show_slack, store_slack},
};

}  // namespace

std::span<const subject_file> control_files() noexcept {
    return files;
}

}  // namespace osprey::proc
