// SPDX-License-Identifier: BSD-3-Clause
// Calls between CPUs. Each CPU has a list that anybody pushes requests onto without a lock; the
// interrupt takes the whole list at once. Requests live on the stack of the caller, who waits with
// interrupts on, so that two CPUs calling each other both make progress.
#include <arch/calls.hh>
#include <arch/cpu.hh>
#include <arch/local_apic.hh>
#include <arch/per_cpu.hh>
#include <arch/vectors.hh>
#include <atomic>
#include <base/assert.hh>

namespace osprey::arch {
namespace {

struct request {
    request* next = nullptr;
    void (*function)(void*) = nullptr;
    void* argument = nullptr;
    std::atomic<u32>* left = nullptr;  // counts down when done
};

OSPREY_PER_CPU(std::atomic<request*>, pending);

void send_request(u32 id, request& r) noexcept {
    auto& head = pending.of(id);
    request* first = head.load(std::memory_order_relaxed);
    do
        r.next = first;
    while (!head.compare_exchange_weak(first, &r, std::memory_order_seq_cst,
                                       std::memory_order_relaxed));
    if (!first)  // else an interrupt that takes the list is already on its way
        local_apic::send(cpu(id).interrupt_controller_id, vectors::call);
}

void wait_for(const std::atomic<u32>& left) noexcept {
    while (left.load(std::memory_order_acquire) != 0)
        relax();
}

void run_here(void (*function)(void*), void* argument) noexcept {
    irq_guard guard;
    function(argument);
}

}  // namespace

void run_pending_calls() noexcept {
    request* r = pending.mine().exchange(nullptr, std::memory_order_seq_cst);
    while (r) {
        request* next = r->next;  // gone as soon as the caller sees it done
        std::atomic<u32>* left = r->left;
        r->function(r->argument);
        left->fetch_sub(1, std::memory_order_release);
        r = next;
    }
}

void call_on_cpu(u32 id, void (*function)(void*), void* argument) noexcept {
    preempt_guard stay;
    if (id == cpu_id()) {
        run_here(function, argument);
        return;
    }
    debug_ensure(interrupts_enabled(), "call to another CPU with interrupts off");
    std::atomic<u32> left{1};
    request r{nullptr, function, argument, &left};
    send_request(id, r);
    wait_for(left);
}

void call_on_cpus(const cpu_mask& which, void (*function)(void*), void* argument) noexcept {
    constexpr u32 batch = 32;  // requests that fit on the stack
    preempt_guard stay;
    const u32 self = cpu_id(), count = cpu_count();
    if (count > 1)
        debug_ensure(interrupts_enabled(), "call to other CPUs with interrupts off");
    request requests[batch];
    for (u32 first = 0; first < count; first += batch) {
        const u32 end = first + batch < count ? first + batch : count;
        std::atomic<u32> left{0};
        for (u32 id = first; id < end; ++id) {
            if (id == self || !which.contains(id))
                continue;
            left.fetch_add(1, std::memory_order_relaxed);
            requests[id - first] = {nullptr, function, argument, &left};
            send_request(id, requests[id - first]);
        }
        if (self >= first && self < end && which.contains(self))
            run_here(function, argument);
        wait_for(left);
    }
}

void call_on_all_cpus(void (*function)(void*), void* argument) noexcept {
    call_on_cpus(cpu_mask::all(), function, argument);
}

void send_reschedule_ipi(u32 id) noexcept {
    local_apic::send(cpu(id).interrupt_controller_id, vectors::reschedule);
}

}  // namespace osprey::arch
