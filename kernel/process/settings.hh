// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <base/result.hh>
#include <base/types.hh>

namespace osprey::proc {

/// What prctl(2), mlockall(2) and other calls of linux/ remember for a process. A new program
/// (exec) begins with the values of `after_exec`, a child with those of `inherit`.
struct process_settings {
    std::atomic<bool> lock_future_memory{false};  // mlockall(MCL_FUTURE)
    std::atomic<u32> membarrier_registered{0};    // MEMBARRIER_CMD_REGISTER_* bits
    std::atomic<bool> huge_pages_off{false};      // PR_SET_THP_DISABLE
    std::atomic<bool> child_subreaper{false};
    std::atomic<bool> no_new_privileges{false};
    std::atomic<bool> keep_capabilities{false};
    std::atomic<u32> secure_bits{0};
    std::atomic<u32> core_dump_filter{0x33};  // core(5); kept, though no core is ever written
    std::atomic<bool> semaphore_undo{false};  // has a list of SEM_UNDO

    /// What a child has from its parent (clone(2), prctl(2)).
    void inherit(const process_settings& parent) noexcept {
        huge_pages_off = parent.huge_pages_off.load();
        no_new_privileges = parent.no_new_privileges.load();
        keep_capabilities = parent.keep_capabilities.load();
        core_dump_filter = parent.core_dump_filter.load();
        secure_bits = parent.secure_bits.load();
    }

    void after_exec() noexcept {
        lock_future_memory = false;
        membarrier_registered = 0;
        keep_capabilities = false;
    }
};

/// The same for a task.
struct task_settings {
    std::atomic<i32> parent_death_signal{0};  // PR_SET_PDEATHSIG; read by the ending parent
    u16 io_priority = 0;
    u16 memory_policy = 0;  // MPOL_*
    u64 memory_nodes = 0;

    void inherit(const task_settings& parent) noexcept {
        io_priority = parent.io_priority;
        memory_policy = parent.memory_policy;
        memory_nodes = parent.memory_nodes;
    }
};

/// Objects that linux/ hangs on a process: timers, attached shared memory. Owned by the process.
class process_extension {
public:
    virtual ~process_extension() = default;
    /// exec, before the memory of the old program goes: whatever works for it has to have ended
    /// when this returns. Context: the only task left of the process.
    virtual void program_leaves() noexcept = 0;
    /// exec: what does not survive it goes. Context: the only task left of the process.
    virtual void program_replaced() noexcept = 0;
    /// fork: what belongs to memory goes with the copy of it. Context: a task of the parent.
    virtual result<void> memory_copied(class process& child) noexcept = 0;
    /// The last task ends. Context: that task.
    virtual void process_ended() noexcept = 0;
};

}  // namespace osprey::proc
