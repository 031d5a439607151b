// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/neighbour.hh>
#include <sched/timer.hh>

namespace osprey::net {

/// Protocol constants of RFC 4861 §10, and bounds of our own.
inline constexpr duration retransmit_time = duration::seconds(1);
inline constexpr duration delay_first_probe = duration::seconds(5);
inline constexpr duration reachable_time = duration::seconds(30);
inline constexpr duration unused_time = duration::seconds(60);
inline constexpr u8 most_questions = 3;
inline constexpr usize most_waiting = 101;  // packets of one neighbour, as Linux's 212,992 bytes
inline constexpr usize most_neighbours = 1024;

/// What is to be done once the cache's mutex is free again: packets that may go, packets that
/// never will, a question to be asked, news to be told.
struct neighbour_work {
    packet_list ready, failed;
    mac_address mac;
    bool ask = false, ask_directly = false;
    bool tell = false, gone = false;
    neighbour_entry entry;
    refptr<neighbour> who;
};
/// Context: threads, without locks of the stack above `lock_rank::network_device`… but a socket's.
void perform(neighbour_work& work) noexcept;

/// The one door to the private parts of neighbours; all but `ready` with the cache's mutex held.
struct neighbour_access {
    static void set_state(neighbour& n, neighbour_state s, instant now) noexcept;
    static void ask(neighbour& n, neighbour_work& work, instant now) noexcept;
    static void queue(neighbour& n, packet_ptr p, u16 ether_type) noexcept;
    static void use(neighbour& n, packet_ptr p, u16 ether_type, neighbour_work& work,
                    instant now) noexcept;
    static void hear(neighbour& n, const neighbour_message& m, neighbour_work& work,
                     instant now) noexcept;
    static void time_out(neighbour& n, neighbour_work& work, instant now) noexcept;
    static bool evictable(const neighbour& n, instant now) noexcept;
    static void set(neighbour& n, mac_address mac, neighbour_state s, neighbour_work& work,
                    instant now) noexcept;
    static void unlist(neighbour& n, neighbour_work& work) noexcept;
    static neighbour_entry entry_of(const neighbour& n) noexcept;
    static instant deadline(const neighbour& n) noexcept { return n.deadline_; }
    static instant used(const neighbour& n) noexcept { return n.used_; }
    static std::atomic<neighbour*>& next(neighbour& n) noexcept { return n.next_; }
    static bool listed(const neighbour& n) noexcept { return n.listed_; }
    static sync::rcu_head& rcu(neighbour& n) noexcept { return n.rcu_; }
    static void free(sync::rcu_head* head) noexcept;
};

}  // namespace osprey::net
