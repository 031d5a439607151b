// SPDX-License-Identifier: BSD-3-Clause
#include <base/log.hh>
#include <net/interface.hh>
#include <net/resolver.hh>
#include <vfs/lookup.hh>

namespace osprey::net {

namespace {
constexpr usize most_search_domains = 6;

result<void> write_whole(std::string_view text) noexcept {
    auto here = TRY(vfs::directory_context::create(vfs::root_path(), vfs::root_path(), 022));
    // In place, not by rename: programs watch the file, and /etc may hold a link to it.
    auto file = TRY(vfs::open(*here, vfs::root_path(), "/etc/resolv.conf",
                              vfs::o_wronly | vfs::o_creat | vfs::o_trunc, 0644));
    vfs::io_buffer from{const_cast<char*>(text.data()), text.size(),
                        vfs::io_buffer::memory_kind::kernel};
    if (TRY(file->write_at(from, 0)) != text.size())
        return errc::no_space;
    return ok;
}
}  // namespace

void resolver::set(name_origin from, u32 device, std::span<const ip_address> servers,
                   std::span<const name_text<253>> search) noexcept {
    usize at = 0;
    while (at < count_ && (entries_[at].from != from || entries_[at].device != device))
        ++at;
    if (servers.empty() && search.empty()) {
        if (at == count_)
            return;
        for (usize i = at; i + 1 < count_; ++i)
            entries_[i] = entries_[i + 1];
        --count_;
    } else {
        if (at == most_entries)
            return;
        if (at == count_) {
            // In order of origin, so that the command line's come first.
            while (at > 0 && entries_[at - 1].from > from) {
                entries_[at] = entries_[at - 1];
                --at;
            }
            ++count_;
        }
        entry& e = entries_[at] = {};
        e.from = from;
        e.device = device;
        for (const ip_address& s : servers)
            e.servers.add(s);
        for (const auto& domain : search)
            e.search.add(domain);
    }
    if (has_root_)
        write_file();
}

short_list<ip_address, 3> resolver::servers() const noexcept {
    short_list<ip_address, 3> all;
    for (usize i = 0; i < count_; ++i)
        for (const ip_address& s : entries_[i].servers.all()) {
            bool known = false;
            for (const ip_address& k : all.all())
                known |= k == s;
            if (!known)
                all.add(s);
        }
    return all;
}

void resolver::write_text(text_sink& to) const noexcept {
    usize domains = 0;
    for (usize i = 0; i < count_; ++i)
        for (const auto& domain : entries_[i].search.all())
            if (domains < most_search_domains) {
                to.append(domains++ == 0 ? "search " : " ");
                to.append(domain.view());
            }
    if (domains != 0)
        to.append("\n");
    for (const ip_address& s : servers().all()) {
        to.append("nameserver ");
        to.append(to_text(s).view());
        // A link-local one is of no use without its link (RFC 4007 §11).
        if (!s.is_v4() && s.is_link_local())
            for (usize i = 0; i < count_; ++i)
                for (const ip_address& k : entries_[i].servers.all())
                    if (const interface* d = find_interface(entries_[i].device); d && k == s) {
                        to.append("%");
                        to.append(d->name());
                        i = count_ - 1;
                        break;
                    }
        to.append("\n");
    }
}

void resolver::write_file() noexcept {
    fixed_text<2048> text;
    write_text(text);
    if (text.view().empty())
        return;  // the image's own file stays
    if (auto written = write_whole(text.view()); !written)
        log::warning("/etc/resolv.conf cannot be written: {}", name_of(written.error()));
}

}  // namespace osprey::net
