// SPDX-License-Identifier: BSD-3-Clause
//
// /sys/class/net/IFACE: the attributes of interfaces (Documentation/ABI/testing/sysfs-class-net).
#include <charconv>
#include <fs/sys/sys.hh>
#include <net/link_view.hh>

namespace osprey::fs {
namespace {

using net::interface;

struct attribute {
    std::string_view name;
    result<void> (*show)(interface& i, string& out) noexcept;
    result<void> (*store)(interface& i, std::string_view text) noexcept = nullptr;
};

result<u32> number_in(std::string_view text) noexcept {
    const bool hexadecimal = text.starts_with("0x");
    if (hexadecimal)
        text.remove_prefix(2);
    u32 value = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value, hexadecimal ? 16 : 10);
    if (error != std::errc{} || end == text.data())
        return errc::invalid_argument;
    return value;
}

/// Reading what needs a carrier fails while the interface is down, as on Linux.
result<void> must_be_up(const interface& i) noexcept {
    return i.flags() & net::if_up ? result<void>{ok} : errc::invalid_argument;
}

constexpr attribute attributes[] = {
    {"address",
     [](interface& i, string& out) noexcept {
         return print(out, "{}\n", net::to_text(i.mac()).view());
     }},
    {"addr_len",
     [](interface&, string& out) noexcept {
         return print(out, "6\n");
     }},
    {"broadcast",
     [](interface& i, string& out) noexcept {
         return print(out, "{}\n", net::to_text(net::link_view{i}.broadcast).view());
     }},
    {"carrier",
     [](interface& i, string& out) noexcept -> result<void> {
         TRY_VOID(must_be_up(i));
         return print(out, "{}\n", i.can_send() ? 1 : 0);
     }},
    {"carrier_changes",
     [](interface&, string& out) noexcept {
         return print(out, "0\n");
     }},
    {"dev_id",
     [](interface&, string& out) noexcept {
         return print(out, "0x0\n");
     }},
    {"dormant",
     [](interface&, string& out) noexcept {
         return print(out, "0\n");
     }},
    {"duplex",
     [](interface& i, string& out) noexcept -> result<void> {
         TRY_VOID(must_be_up(i));
         if (i.is_loopback())
             return errc::invalid_argument;
         return print(out, "{}\n", i.speed() ? "full" : "unknown");
     }},
    {"flags",
     [](interface& i, string& out) noexcept {
         constexpr u32 lower_up = net::if_lower_up | net::if_running;  // told elsewhere
         return print(out, "0x{:x}\n", i.flags() & ~lower_up);
     },
     [](interface& i, std::string_view text) noexcept -> result<void> {
         return i.set_up(TRY(number_in(text)) & net::if_up);
     }},
    {"ifalias",
     [](interface&, string&) noexcept {
         return result<void>{ok};
     }},
    {"ifindex",
     [](interface& i, string& out) noexcept {
         return print(out, "{}\n", i.index());
     }},
    {"iflink",
     [](interface& i, string& out) noexcept {
         return print(out, "{}\n", i.index());
     }},
    {"link_mode",
     [](interface&, string& out) noexcept {
         return print(out, "0\n");
     }},
    {"mtu", [](interface& i, string& out) noexcept { return print(out, "{}\n", i.mtu()); },
     [](interface& i, std::string_view text) noexcept -> result<void> {
         return i.set_mtu(TRY(number_in(text)));
     }},
    {"operstate",
     [](interface& i, string& out) noexcept {
         return print(out, "{}\n", net::link_view{i}.state_name());
     }},
    {"speed",
     [](interface& i, string& out) noexcept -> result<void> {
         TRY_VOID(must_be_up(i));
         if (i.is_loopback())
             return errc::invalid_argument;
         return i.speed() ? print(out, "{}\n", i.speed()) : print(out, "-1\n");
     }},
    {"tx_queue_len",
     [](interface& i, string& out) noexcept {
         return print(out, "{}\n", net::link_view{i}.queue_length);
     }},
    {"type",
     [](interface& i, string& out) noexcept {
         return print(out, "{}\n", net::link_view{i}.hardware_type);
     }},
};

struct counter {
    std::string_view name;
    u64 net::interface_counters::*value;  // null: not counted here, always 0
};
constexpr counter counters[] = {
    {"collisions", nullptr},
    {"multicast", &net::interface_counters::received_multicast},
    {"rx_bytes", &net::interface_counters::received_bytes},
    {"rx_compressed", nullptr},
    {"rx_crc_errors", nullptr},
    {"rx_dropped", &net::interface_counters::received_dropped},
    {"rx_errors", &net::interface_counters::received_errors},
    {"rx_fifo_errors", nullptr},
    {"rx_frame_errors", nullptr},
    {"rx_length_errors", nullptr},
    {"rx_missed_errors", nullptr},
    {"rx_nohandler", nullptr},
    {"rx_over_errors", nullptr},
    {"rx_packets", &net::interface_counters::received_packets},
    {"tx_aborted_errors", nullptr},
    {"tx_bytes", &net::interface_counters::sent_bytes},
    {"tx_carrier_errors", nullptr},
    {"tx_compressed", nullptr},
    {"tx_dropped", &net::interface_counters::sent_dropped},
    {"tx_errors", &net::interface_counters::sent_errors},
    {"tx_fifo_errors", nullptr},
    {"tx_heartbeat_errors", nullptr},
    {"tx_packets", &net::interface_counters::sent_packets},
    {"tx_window_errors", nullptr},
};

class attribute_node final : public text_node {
public:
    attribute_node(synthetic_filesystem& fs, interface& i, const attribute& a) noexcept
        : text_node{fs, a.store ? 0644u : 0444u}, interface_{i}, attribute_{a} {
        refuse_writers();
    }
    result<void> show(string& out) noexcept override { return attribute_.show(interface_, out); }
    result<void> store(std::string_view text) noexcept override {
        return attribute_.store ? attribute_.store(interface_, text) : errc::io_error;
    }

private:
    interface& interface_;
    const attribute& attribute_;
};

class counter_node final : public text_node {
public:
    counter_node(synthetic_filesystem& fs, interface& i, const counter& c) noexcept
        : text_node{fs, 0444}, interface_{i}, counter_{c} {
        refuse_writers();
    }
    result<void> show(string& out) noexcept override {
        const auto all = interface_.totals();
        return print(out, "{}\n", counter_.value ? all.*counter_.value : u64{0});
    }

private:
    interface& interface_;
    const counter& counter_;
};

/// Directories of interfaces, made up as they are asked for: interfaces come after boot too.
class interface_list final : public synthetic_directory::dynamic_entries {
public:
    explicit interface_list(synthetic_filesystem& fs) noexcept : fs_{fs} {}

    result<refptr<vfs::vnode>> lookup(std::string_view name) noexcept override {
        interface* i = net::find_interface(name);
        if (!i)
            return errc::no_entry;
        auto directory = TRY(make_ref<synthetic_directory>(fs_));
        for (const attribute& a : attributes)
            TRY_VOID(directory->add(a.name, TRY(make_ref<attribute_node>(fs_, *i, a))));
        auto statistics = TRY(directory->directory("statistics"));
        for (const counter& c : counters)
            TRY_VOID(statistics->add(c.name, TRY(make_ref<counter_node>(fs_, *i, c))));
        return refptr<vfs::vnode>{directory};
    }

    result<void> list(u64 first, vfs::directory_sink& sink) noexcept override {
        for (auto* i = net::first_interface(); i; i = net::next_interface(*i))
            if (i->index() > first && !sink.add(i->name(), u64{1} << 32 | i->index(),
                                                vfs::node_type::directory, i->index()))
                break;
        return ok;
    }

private:
    synthetic_filesystem& fs_;
};

}  // namespace

result<void> add_network_class(synthetic_filesystem& fs, synthetic_directory& classes) noexcept {
    auto net = TRY(classes.directory("net"));
    auto list = TRY(make_unique<interface_list>(fs));
    net->set_dynamic(*list.release());  // lives as long as sysfs: for ever
    return ok;
}

}  // namespace osprey::fs
