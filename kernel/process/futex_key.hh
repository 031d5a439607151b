// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

namespace osprey::proc {

/// What a futex word is: an address in an address space, or a place in a shared object. Never the
/// bare address, because several processes may use one.
struct futex_key {
    const void* identity;  // address space or vm_object
    u64 place;             // address or offset

    [[nodiscard]] u64 hash() const noexcept {
        u64 mixed = (reinterpret_cast<u64>(identity) >> 4) ^ (place >> 2);
        mixed *= 0x9e37'79b9'7f4a'7c15;  // 2^64 / golden ratio (Knuth, TAOCP 6.4)
        return mixed >> 40;
    }
    friend bool operator==(const futex_key&, const futex_key&) noexcept = default;
};

}  // namespace osprey::proc
