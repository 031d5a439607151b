// SPDX-License-Identifier: BSD-3-Clause
//
// kcmp(2): do two processes share a part of the kernel's state?
#include <fs/epoll/epoll.hh>
#include <linux/other_processes.hh>
#include <linux/syscalls.hh>
#include <sync/random_pool.hh>

namespace osprey::abi {
namespace {

/// 0: the same, 1 and 2: below, above. The order is a random one that stays, so that it tells
/// nothing about addresses.
i64 compare(const void* first, const void* second) noexcept {
    static constinit std::atomic<u64> secret{0};
    u64 mask = secret.load(std::memory_order_relaxed);
    if (mask == 0) {
        u64 nothing = 0;
        const u64 fresh = random_number() | 1;
        secret.compare_exchange_strong(nothing, fresh);
        mask = secret.load();
    }
    const u64 a = (reinterpret_cast<u64>(first) ^ mask) * mask;
    const u64 b = (reinterpret_cast<u64>(second) ^ mask) * mask;
    return a == b ? 0 : a < b ? 1 : 2;
}

result<refptr<vfs::file>> file_of(proc::process& p, u64 fd) noexcept {
    auto table = p.held(&proc::process::descriptors);
    if (!table || fd > 0x7fff'ffff)
        return errc::bad_descriptor;
    return table->get(static_cast<int>(fd));
}

/// What stands for the list of SEM_UNDO: nobody has one before its first use.
const void* undo_list_of(const proc::process& p) noexcept {
    return p.settings.semaphore_undo.load() ? &p : nullptr;
}

template <typename T>
i64 compare_held(proc::process& a, proc::process& b, refptr<T> proc::process::*member) noexcept {
    return compare(a.held(member).get(), b.held(member).get());
}

}  // namespace

reply calls::kcmp(pid_number first, pid_number second, choice<kcmp_types> type, u64 first_index,
                  u64 second_index) noexcept {
    auto a = TRY(inspectable_process(first));
    auto b = TRY(inspectable_process(second));
    switch (static_cast<u32>(type.value())) {
        case kcmp_types::kcmp_file: {
            auto one = TRY(file_of(*a, first_index));
            auto two = TRY(file_of(*b, second_index));
            return compare(one.get(), two.get());
        }
        case kcmp_types::kcmp_vm:
            // Several programs in one address space have memories of their own all the same.
            return compare(&a->memory_owner(), &b->memory_owner());
        case kcmp_types::kcmp_files:
            return compare_held(*a, *b, &proc::process::descriptors);
        case kcmp_types::kcmp_fs:
            return compare_held(*a, *b, &proc::process::directories);
        case kcmp_types::kcmp_sighand:
            return compare(a.get(), b.get());
        case kcmp_types::kcmp_io:
            return 0;  // nobody has an I/O context of its own
        case kcmp_types::kcmp_sysvsem:
            return compare(undo_list_of(*a), undo_list_of(*b));
        case kcmp_types::kcmp_epoll_tfd: {
            struct epoll_slot {  // struct kcmp_epoll_slot
                u32 epoll, target, skipped;
            };
            const auto slot = TRY(memory::user_ptr<const epoll_slot>{second_index}.load());
            auto one = TRY(file_of(*a, first_index));
            auto epoll = TRY(file_of(*b, slot.epoll));
            return compare(one.get(), TRY(fs::watched_by(*epoll, static_cast<int>(slot.target),
                                                         slot.skipped)));
        }
        default:
            return type.unknown();
    }
}

}  // namespace osprey::abi
