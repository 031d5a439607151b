// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <base/types.hh>

namespace osprey::memory {

/// Numbers that are the same in each run (xorshift64, Marsaglia).
class random_sequence {
public:
    u64 next() noexcept {
        state_ ^= state_ << 13, state_ ^= state_ >> 7, state_ ^= state_ << 17;
        return state_;
    }
    u64 below(u64 limit) noexcept { return (next() >> 11) % limit; }

private:
    u64 state_ = 0x2545f4914f6cdd1d;
};

// The parts of `self_test` (self_test_space.cc, self_test_object.cc).
bool regions_agree_with_a_model(random_sequence& random) noexcept;
bool large_pages_split_and_move(random_sequence& random) noexcept;
bool running_out_is_survived(random_sequence& random) noexcept;
bool threads_share_an_address_space(random_sequence& random) noexcept;
bool objects_agree_with_a_model(random_sequence& random) noexcept;
bool file_mappings_share_and_copy(random_sequence& random) noexcept;
bool truncation_reaches_mappings(random_sequence& random) noexcept;
bool faults_survive_eviction(random_sequence& random) noexcept;
bool eviction_frees_clean_pages(random_sequence& random) noexcept;
/// Logs cycles per operation; under `-icount shift=0` these are guest instructions.
void measure_memory() noexcept;

}  // namespace osprey::memory
