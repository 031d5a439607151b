// SPDX-License-Identifier: BSD-3-Clause
//
// Names of AF_UNIX sockets: paths, the abstract namespace, and names chosen automatically (unix(7),
// "Address format").
#include <base/hash.hh>
#include <net/unix/unix_end.hh>
#include <sync/random_pool.hh>
#include <vfs/lookup.hh>

namespace osprey::net {

namespace {

constexpr u32 family_bytes = 2, longest_name = 110;  // sizeof(struct sockaddr_un)

/// Hangs on the vnode of a bound path: who is bound to it.
class bound_socket final : public vfs::vnode_attachment {
public:
    /// @return null: closed.
    refptr<unix_end> get() noexcept {
        sync::lock_guard guard{mutex_};
        return end_ && end_->try_add_ref() ? refptr<unix_end>::adopt(end_) : nullptr;
    }
    void set(unix_end* end) noexcept {
        sync::lock_guard guard{mutex_};
        end_ = end;
    }

private:
    sync::mutex mutex_{sync::lock_rank::none};
    unix_end* end_ = nullptr;  // takes itself away before it goes
};

bound_socket* socket_at(vfs::vnode& node) noexcept {
    // Only sockets are ever attached to vnodes of this type.
    return static_cast<bound_socket*>(node.attachment.load(std::memory_order_acquire));
}

std::string_view path_in(const socket_address& a) noexcept {
    const std::string_view given{reinterpret_cast<const char*>(a.bytes) + family_bytes,
                                 a.length - family_bytes};
    return given.substr(0, given.find('\0'));
}

bool is_path(const socket_address& a) noexcept {
    return a.bytes[family_bytes] != 0;
}

}  // namespace

/// The abstract namespace. A name may be used once by each type of socket.
class abstract_names {
public:
    static unix_end* find(const unix_name& n, int type) noexcept {
        unix_end* e = chain_of(n, type);
        while (e && (e->type_ != type || e->name_->text() != n.text()))
            e = e->next_by_name_;
        return e;
    }
    static void add(unix_end& e) noexcept {
        unix_end*& chain = chain_of(*e.name_, e.type_);
        e.next_by_name_ = chain;
        chain = &e;
    }
    /// Harmless for ends without a name here.
    static void remove(unix_end& e) noexcept {
        if (!e.name_)
            return;
        unix_end** at = &chain_of(*e.name_, e.type_);
        while (*at && *at != &e)
            at = &(*at)->next_by_name_;
        if (*at)
            *at = e.next_by_name_;
    }

    static constinit sync::mutex mutex;  // outside of unix_end::mutex_

private:
    static unix_end*& chain_of(const unix_name& n, int type) noexcept {
        return chains[(siphash(hash_key{}, n.text()) ^ static_cast<usize>(type)) %
                      std::size(chains)];
    }
    static constinit unix_end* chains[256];
};
constinit sync::mutex abstract_names::mutex{sync::lock_rank::file};
constinit unix_end* abstract_names::chains[256];

result<void> unix_end::check_name(const socket_address& a) noexcept {
    if (a.length <= family_bytes || a.length > longest_name || a.family() != af_unix)
        return errc::invalid_argument;
    return ok;
}

refptr<unix_name> unix_end::name() noexcept {
    sync::lock_guard guard{mutex_};
    return name_;
}

/// @return `errc::invalid_argument`: it has one already.
result<void> unix_end::set_name(refptr<unix_name> name) noexcept {
    sync::lock_guard guard{mutex_};
    if (name_)
        return errc::invalid_argument;
    name_ = std::move(name);
    return ok;
}

namespace {
/// The attachment of the socket's node that was just made at `path`.
result<bound_socket*> attachment_at(const vfs::path& place) noexcept {
    vfs::vnode& node = *place.node();
    if (node.type() != vfs::node_type::socket)
        return errc::address_in_use;  // somebody was quicker
    if (bound_socket* here = socket_at(node))
        return here;
    return static_cast<bound_socket*>(node.attach(TRY(make_unique<bound_socket>())));
}
}  // namespace

result<void> unix_end::bind_path(const socket_address& a) noexcept {
    const std::string_view path = path_in(a);
    vfs::directory_context& directories = caller_directories();
    auto made = vfs::make_node(directories, vfs::path{}, path, vfs::node_type::socket, 0777, {});
    if (!made)
        return made.error() == errc::exists ? errc::address_in_use : made.error();
    vfs::path place = TRY(vfs::resolve(directories, vfs::path{}, path, 0));
    bound_socket* here = TRY(attachment_at(place));
    socket_address full = a;
    full.length = static_cast<u32>(family_bytes + path.size() + 1);
    full.bytes[full.length - 1] = 0;
    if (auto named = set_name(TRY(make_ref<unix_name>(full))); !named) {
        (void)vfs::remove(directories, vfs::path{}, path, false);
        return named;
    }
    {
        sync::lock_guard guard{mutex_};
        place_ = std::move(place);
    }
    here->set(this);
    return ok;
}

result<void> unix_end::bind(const socket_address& a) noexcept {
    if (a.length == family_bytes && a.family() == af_unix)
        return bind_automatically();
    TRY_VOID(check_name(a));
    if (is_path(a))
        return bind_path(a);
    auto fresh = TRY(make_ref<unix_name>(a));
    sync::lock_guard guard{abstract_names::mutex};
    if (name())
        return errc::invalid_argument;
    if (abstract_names::find(*fresh, type_))
        return errc::address_in_use;
    TRY_VOID(set_name(fresh));
    abstract_names::add(*this);
    return ok;
}

result<void> unix_end::bind_automatically() noexcept {
    if (name())
        return ok;
    u32 start;
    random_bytes(&start, sizeof start);
    constexpr u32 names = 1 << 20;  // five hexadecimal digits
    for (u32 i = 0; i < names; ++i) {
        fixed_text<8> digits;
        format_to(digits, "{:05x}", (start + i) % names);
        socket_address a;
        const u16 family = af_unix;
        std::memcpy(a.bytes, &family, sizeof family);
        a.bytes[family_bytes] = 0;
        std::memcpy(a.bytes + family_bytes + 1, digits.view().data(), digits.view().size());
        a.length = static_cast<u32>(family_bytes + 1 + digits.view().size());
        auto outcome = bind(a);
        if (outcome || name())
            return ok;
        if (outcome.error() != errc::address_in_use)
            return outcome;
    }
    return errc::no_space;
}

result<refptr<unix_end>> unix_end::find(const socket_address& a, int type) noexcept {
    TRY_VOID(check_name(a));
    if (!is_path(a)) {
        const unix_name wanted{a};
        sync::lock_guard guard{abstract_names::mutex};
        unix_end* found = abstract_names::find(wanted, type);
        if (!found || !found->try_add_ref())
            return errc::connection_refused;
        return refptr<unix_end>::adopt(found);
    }
    const vfs::path place =
        TRY(vfs::resolve(caller_directories(), vfs::path{}, path_in(a), vfs::follow_last));
    vfs::vnode& node = *place.node();
    if (node.type() != vfs::node_type::socket)
        return errc::connection_refused;
    bound_socket* here = socket_at(node);
    refptr<unix_end> end = here ? here->get() : nullptr;
    if (!end)
        return errc::connection_refused;
    if (end->type_ != type)
        return errc::wrong_protocol_type;
    return end;
}

void unix_end::unbind() noexcept {
    vfs::path place;
    {
        sync::lock_guard names{abstract_names::mutex};
        sync::lock_guard guard{mutex_};
        abstract_names::remove(*this);
        place = std::move(place_);
        place_ = {};
    }
    if (place)
        if (bound_socket* here = socket_at(*place.node()))
            here->set(nullptr);
}

}  // namespace osprey::net
