// SPDX-License-Identifier: BSD-3-Clause
#include <memory/frames.hh>
#include <memory/reclaim.hh>

namespace osprey::memory {

bool reclaim_now(u64 frames, unsigned attempt) noexcept {
    drain_frame_cache();
    return attempt == 0 && free_frame_count() >= frames;
}

void wake_reclaim() noexcept {}

void start_reclaim() noexcept {}

}  // namespace osprey::memory
