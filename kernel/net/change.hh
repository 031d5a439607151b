// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

namespace osprey::net {

class interface;
struct interface_address;
struct route_entry;
struct neighbour_entry;

/// What happened to the configuration of the network: for netlink, and for whoever keeps something
/// that depends on it. The pointers are good during the call.
struct change {
    enum class kind : u8 {
        link,  // an interface is new, or its flags, MTU or address changed
        address_added,
        address_removed,
        route_added,
        route_removed,
        neighbour_changed,
        neighbour_removed,
    };
    kind what;
    interface* device = nullptr;
    const interface_address* address = nullptr;
    const route_entry* route = nullptr;
    const neighbour_entry* neighbour = nullptr;
};

/// Somebody who wants to know. Context of `changed`: the thread that made the change, after it and
/// without its locks; so two changes at once may be told in either order.
class change_observer {
public:
    change_observer(const change_observer&) = delete;
    virtual void changed(const change& c) noexcept = 0;

protected:
    constexpr change_observer() noexcept = default;
    ~change_observer() = default;

private:
    friend void observe_changes(change_observer& o) noexcept;
    friend void announce(const change& c) noexcept;
    change_observer* next_ = nullptr;
};

/// For ever. Context: threads.
void observe_changes(change_observer& o) noexcept;
/// Tells the observers. Context: threads, without locks of the stack.
void announce(const change& c) noexcept;

}  // namespace osprey::net
