// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <net/unix/unix_end.hh>

namespace osprey::net {

/// What one send has to move.
struct unix_end::outgoing {
    vfs::io_buffer& from;
    unique_ptr<unix_files> files;
    credentials who;
    u32 room;
    usize keep = 0;  // bytes at the end that are not for this way: the urgent one
};

/// What one receive has got so far.
struct unix_end::incoming {
    message& m;
    bool peek;
    bool compare_credentials;
    bool urgent_inline;  // SO_OOBINLINE
    usize got = 0;
    bool met = false;   // something was found
    bool stop = false;  // what follows belongs to another receive
    credentials sender{};
    refptr<unix_name> from{};
    unique_ptr<unix_files> unwanted{};  // let go without the lock
    bool lost_files = false;
    bool may_deliver = false;  // unix_garbage::mutex is held
    bool must_deliver = false;
};

}  // namespace osprey::net
