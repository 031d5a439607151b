// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sys/mman.h>
#include <base/types.hh>
#include <cstring>
#include <string_view>

namespace test {

/// Application memory with an end: one page that can be used, and behind it one that faults.
class user_memory {
public:
    static constexpr osprey::usize bytes = 4096;

    user_memory() noexcept
        : start_{static_cast<char*>(mmap(nullptr, 2 * bytes, PROT_READ | PROT_WRITE,
                                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))} {
        mprotect(start_ + bytes, bytes, PROT_NONE);
    }
    ~user_memory() { munmap(start_, 2 * bytes); }
    user_memory(const user_memory&) = delete;

    [[nodiscard]] osprey::virtual_address end() const noexcept { return address(start_ + bytes); }
    /// Stores `size` bytes so that they end where the memory does. @return where they begin.
    osprey::virtual_address put_last(const void* data, osprey::usize size) noexcept {
        return address(std::memcpy(start_ + bytes - size, data, size));
    }
    /// Stores them after what was stored before.
    osprey::virtual_address put(const void* data, osprey::usize size) noexcept {
        char* to = start_ + used_;
        used_ += (size + 7) / 8 * 8;
        if (size != 0)
            std::memcpy(to, data, size);
        return address(to);
    }
    /// With a zero behind it.
    osprey::virtual_address put_text(std::string_view text) noexcept {
        const osprey::virtual_address at = put(text.data(), text.size());
        used_ += 8;
        return at;
    }

private:
    static osprey::virtual_address address(const void* p) noexcept {
        return reinterpret_cast<osprey::virtual_address>(p);
    }
    char* start_;
    osprey::usize used_ = 0;
};

}  // namespace test
