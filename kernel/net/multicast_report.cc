// SPDX-License-Identifier: BSD-3-Clause
#include <net/multicast_report.hh>

namespace osprey::net {

namespace {
constexpr u8 robustness = 2;
constexpr duration unsolicited_interval = duration::seconds(1);
constexpr duration older_querier_present = duration::seconds(2 * 125 + 10);
constexpr usize most_records = 64;  // of one report: fits 1280 bytes of IPv6
constexpr ip_address all_hosts_v4 = ip_address::v4(0xe0000001);
constexpr ip_address all_nodes_v6 = ip_address::v6(0xff02ull << 48, 1);
}  // namespace

/// Everybody is in "all hosts" and nothing leaves the machine with scope 0 or 1 (RFC 3376 §5,
/// RFC 3810 §5.2.13).
bool group_reports::is_reported(const ip_address& group) noexcept {
    if (group.is_v4())
        return group != all_hosts_v4;
    return group != all_nodes_v6 && (group.high() >> 48 & 0xf) > 1;
}

group_reports::membership* group_reports::find(const ip_address& group) noexcept {
    for (membership& m : groups_)
        if (m.group == group)
            return &m;
    return nullptr;
}

bool group_reports::joined(const ip_address& group) const noexcept {
    for (const membership& m : groups_)
        if (m.group == group)
            return m.members != 0;
    return false;
}

u8 group_reports::version(instant now) const noexcept {
    return now < version1_until_ ? 1 : now < version2_until_ ? 2 : 3;
}

duration group_reports::random_delay(duration most) noexcept {
    return {most.ns / 1024 * static_cast<i64>(host_.random() % 1024)};
}

/// A change of state is told at once and once more a little later.
void group_reports::changed(membership& m, instant now) noexcept {
    m.answer = false;
    if (!is_reported(m.group)) {
        m.repeats = 0;
        m.report_at = instant::never();
        return;
    }
    m.repeats = robustness;
    m.report_at = now;
}

result<bool> group_reports::join(const ip_address& group, instant now) noexcept {
    membership* m = find(group);
    if (!m) {
        membership fresh;
        fresh.group = group;
        TRY_VOID(groups_.push_back(fresh));
        m = &groups_.back();
    }
    if (m->members++ != 0)
        return false;
    changed(*m, now);
    tick(now);
    return true;
}

result<bool> group_reports::leave(const ip_address& group, instant now) noexcept {
    membership* m = find(group);
    if (!m || m->members == 0)
        return errc::address_not_available;
    if (--m->members != 0)
        return false;
    changed(*m, now);
    tick(now);
    return true;
}

void group_reports::tell_all(instant now) noexcept {
    for (membership& m : groups_)
        if (m.members != 0)
            changed(m, now);
    tick(now);
}

void group_reports::received(const group_query& q, instant now) noexcept {
    if (q.version == 1)
        version1_until_ = now + older_querier_present;
    else if (q.version == 2)
        version2_until_ = now + older_querier_present;
    const duration most = q.version == 1 ? duration::seconds(10) : q.most_delay;
    for (membership& m : groups_) {
        if (m.members == 0 || m.repeats != 0 || !is_reported(m.group) ||
            (!q.group.is_any() && q.group != m.group))
            continue;
        const instant at = now + random_delay(most);
        if (at < m.report_at)
            m.report_at = at;
        m.answer = true;
    }
}

void group_reports::heard_report(const ip_address& group) noexcept {
    membership* m = find(group);
    if (m && m->answer)
        m->report_at = instant::never();
}

void group_reports::tick(instant now) noexcept {
    ip_address groups[most_records];
    group_record kinds[most_records];
    usize n = 0;
    const u8 speaks = version(now);
    for (usize i = groups_.size(); i-- > 0;) {
        membership& m = groups_[i];
        if (m.report_at > now)
            continue;
        if (n == most_records)
            break;  // the rest is due at once, again
        const bool member = m.members != 0;
        if (speaks < 3) {
            if (member || speaks == 2)  // version 1 leaves in silence
                host_.send_old_report(m.group, speaks, !member);
        } else {
            groups[n] = m.group;
            kinds[n++] = m.answer ? group_record::is_exclude
                         : member ? group_record::to_exclude
                                  : group_record::to_include;
        }
        if (m.repeats > 1 && !m.answer) {
            --m.repeats;
            m.report_at = now + random_delay(unsolicited_interval);
        } else {
            m.repeats = 0;
            m.report_at = instant::never();
            m.answer = false;
            if (!member)
                groups_.erase(i);
        }
    }
    if (n != 0)
        host_.send_report({groups, n}, {kinds, n});
    for (usize i = groups_.size(); i-- > 0;)
        if (groups_[i].members == 0 && groups_[i].report_at == instant::never())
            groups_.erase(i);
}

instant group_reports::deadline() const noexcept {
    instant first = instant::never();
    for (const membership& m : groups_)
        first = m.report_at < first ? m.report_at : first;
    return first;
}

}  // namespace osprey::net
