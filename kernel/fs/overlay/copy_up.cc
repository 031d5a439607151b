// SPDX-License-Identifier: BSD-3-Clause
#include <fs/overlay/overlay_node.hh>

namespace osprey::fs {

result<void> overlay_node::copy_metadata(ram_node& to) noexcept {
    using c = vfs::attribute_change;
    c change;
    change.values = TRY(lower_->get_attributes());
    change.which = c::permissions | c::uid | c::gid | c::accessed | c::modified;
    return to.set_attributes(change);
}

result<void> overlay_node::copy_data(ram_node& to) noexcept {
    memory::vm_object* from = lower_->pages();
    if (!from)
        return errc::io_error;
    const u64 size = from->size();
    TRY_VOID(to.reserve(0, size ? size : 1));
    constexpr usize chunk = 16 * page_size;
    auto* room = static_cast<char*>(allocate(chunk, page_size));
    if (!room)
        return errc::out_of_memory;
    result<void> outcome = ok;
    for (u64 offset = 0; offset < size;) {
        auto n = from->read(offset, room, chunk);
        if (!n || *n == 0) {
            outcome = n ? errc::io_error : n.error();
            break;
        }
        auto written = to.pages()->write(offset, room, *n);
        if (!written) {
            outcome = written.error() == errc::out_of_memory ? errc::no_space : written.error();
            break;
        }
        offset += *written;
    }
    deallocate(room, chunk);
    TRY_VOID(std::move(outcome));
    to.wrote();
    return ok;
}

result<void> overlay_node::copy_xattrs(ram_node& to) noexcept {
    auto bytes = lower_->list_xattr(nullptr, 0);
    if (!bytes || *bytes == 0)
        return ok;  // none, or not supported below
    vector<char> names, value;
    TRY_VOID(names.resize(*bytes));
    const usize used = TRY(lower_->list_xattr(names.data(), names.size()));
    for (usize at = 0; at < used;) {
        const std::string_view name{names.data() + at};
        at += name.size() + 1;
        const usize size = TRY(lower_->get_xattr(name, nullptr, 0));
        TRY_VOID(value.resize(size));
        if (size != 0)
            TRY(lower_->get_xattr(name, value.data(), size));
        if (auto kept = to.set_xattr(name, value.data(), size, 0); !kept)
            if (kept.error() != errc::not_supported && kept.error() != errc::not_permitted)
                return kept;
    }
    return ok;
}

result<ram_node*> overlay_node::copy_up(contents data) noexcept {
    if (ram_node* u = upper())
        return u;
    ram_node* directory = TRY(parent_->copy_up());
    sync::lock_guard guard{copy_mutex_};
    if (ram_node* u = upper())
        return u;
    const auto facts = TRY(lower_->get_attributes());
    refptr<ram_node> fresh = TRY(fs().upper().make_node(type(), facts.permissions));
    switch (type()) {
        case vfs::node_type::regular:
            if (data == contents::copied)
                TRY_VOID(copy_data(*fresh));
            break;
        case vfs::node_type::symlink: {
            vector<char> text;
            TRY_VOID(text.resize(facts.size + 1));
            const usize n = TRY(lower_->read_link(text.data(), text.size()));
            fresh->set_link_text(TRY(string::copy_of({text.data(), n})));
            break;
        }
        default:
            fresh->set_special(facts.special);
    }
    TRY_VOID(copy_xattrs(*fresh));
    TRY_VOID(copy_metadata(*fresh));
    // If something is in its place the name was taken away meanwhile: it lives on without one.
    if (auto placed = directory->adopt(name_.view(), *fresh); !placed)
        if (placed.error() != errc::exists && placed.error() != errc::no_entry)
            return placed.error();
    ram_node* u = fresh.release();
    upper_.store(u, std::memory_order_release);
    fs().pin(*this);
    return u;
}

}  // namespace osprey::fs
