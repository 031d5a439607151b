// SPDX-License-Identifier: BSD-3-Clause
// Scheduler, mutex, RCU and timers on top of the host's threads.
#include <pthread.h>
#include <sched.h>
#include <arch/clock.hh>
#include <chrono>
#include <condition_variable>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <sched/clock.hh>
#include <sched/scheduler.hh>
#include <sched/thread.hh>
#include <sched/timer.hh>
#include <sync/mutex.hh>
#include <sync/rcu.hh>
#include <thread>
#include <vector>

using namespace osprey;
using clock_type = std::chrono::steady_clock;

namespace {

[[noreturn]] void die(const char* what) {
    std::fprintf(stderr, "shim: %s\n", what);
    std::abort();
}

struct host_state {
    std::mutex mutex;
    std::condition_variable changed;
    bool woken = false;
    std::jmp_buf leave;
    unsigned read_sections = 0;
    u32 ranks = 0;
};
std::mutex states_mutex;
// Never freed: background threads use it until the process is gone.
auto& states = *new std::map<const sched::thread*, host_state*>;

host_state& state_of(const sched::thread& t) {
    std::lock_guard guard{states_mutex};
    auto*& s = states[&t];
    if (!s)
        s = new host_state;
    return *s;
}

thread_local sched::thread* running = nullptr;
thread_local host_state* mine = nullptr;

pthread_rwlock_t readers = PTHREAD_RWLOCK_INITIALIZER;

}  // namespace

namespace osprey::sched {
/// Reaches the constructor.
class host_thread final : public thread {
public:
    host_thread(std::string_view name, void (*e)(void*), void* a) noexcept
        : thread{name, false}, entry{e}, argument{a} {}
    void (*entry)(void*);
    void* argument;
};

thread::thread(std::string_view, bool application) noexcept : application_{application} {}
thread::~thread() = default;
void thread::last_reference_gone() noexcept {}  // see `states`

result<refptr<thread>> thread::create(std::string_view name, void (*entry)(void*), void* argument,
                                      scheduling) noexcept {
    return refptr<thread>::adopt(new host_thread{name, entry, argument});
}

void thread::start() noexcept {
    auto* self = static_cast<host_thread*>(this);
    std::thread{[self] {
        running = self;
        mine = &state_of(*self);
        if (setjmp(mine->leave) == 0)
            self->entry(self->argument);
    }}.detach();
}

void exit_current() noexcept {
    std::longjmp(mine->leave, 1);
}
void yield() noexcept {
    sched_yield();
}
void wake(thread& t) noexcept {
    host_state& s = state_of(t);
    std::lock_guard guard{s.mutex};
    s.woken = true;
    s.changed.notify_all();
}
void begin_wait() noexcept {
    (void)current();
    std::lock_guard guard{mine->mutex};
    mine->woken = false;
}
void cancel_wait() noexcept {}
result<void> commit_wait(wait_mode, instant deadline) noexcept {
    if (mine->read_sections)
        die("sleeping in a read section");
    std::unique_lock guard{mine->mutex};
    while (!mine->woken) {
        if (deadline == instant::never()) {
            mine->changed.wait(guard);
        } else {
            const instant now = arch::now();
            if (now >= deadline)
                return errc::timed_out;
            mine->changed.wait_for(guard, std::chrono::nanoseconds((deadline - now).ns));
        }
    }
    return {};
}
result<void> sleep_until(instant deadline, wait_mode) noexcept {
    const instant now = arch::now();
    if (deadline > now)
        std::this_thread::sleep_for(std::chrono::nanoseconds((deadline - now).ns));
    return {};
}
i64 realtime_ns() noexcept {
    return std::chrono::system_clock::now().time_since_epoch().count();
}
i64 realtime_offset() noexcept {
    return realtime_ns() - static_cast<i64>(arch::now().ns);
}

namespace {
std::mutex timers_mutex;
// Never destroyed: the timer thread waits on it until the process is gone.
std::condition_variable& timers_changed = *new std::condition_variable;
auto& timers = *new std::multimap<u64, timer*>;
timer* firing = nullptr;
std::thread::id timer_thread;
}  // namespace

class timer_queue {
public:
    static void run() {
        timer_thread = std::this_thread::get_id();
        std::unique_lock guard{timers_mutex};
        for (;;) {
            const u64 now = arch::now().ns;
            if (!timers.empty() && timers.begin()->first <= now) {
                firing = timers.begin()->second;
                timers.erase(timers.begin());
                firing->pending_ = false;
                auto function = firing->function_;
                guard.unlock();
                function(*firing);
                guard.lock();
                firing = nullptr;
                timers_changed.notify_all();
            } else if (timers.empty()) {
                timers_changed.wait(guard);
            } else {
                timers_changed.wait_for(guard,
                                        std::chrono::nanoseconds(timers.begin()->first - now));
            }
        }
    }
};

bool timer::cancel() noexcept {
    std::unique_lock guard{timers_mutex};
    const bool was = pending_;
    for (auto it = timers.begin(); it != timers.end();)
        it = it->second == this ? timers.erase(it) : std::next(it);
    pending_ = false;
    while (firing == this && std::this_thread::get_id() != timer_thread)
        timers_changed.wait(guard);
    return was;
}
bool timer::arm(instant deadline) noexcept {
    static std::once_flag once;
    std::call_once(once, [] { std::thread{timer_queue::run}.detach(); });
    std::lock_guard guard{timers_mutex};
    for (auto it = timers.begin(); it != timers.end();)
        it = it->second == this ? timers.erase(it) : std::next(it);
    deadline_ = deadline;
    const bool replaced = std::exchange(pending_, true);
    timers.emplace(deadline.ns, this);
    timers_changed.notify_all();
    return replaced;
}
}  // namespace osprey::sched

namespace osprey::arch {
sched::thread* current_thread() noexcept {
    if (!running) {
        running = new sched::host_thread{"main", nullptr, nullptr};
        mine = &state_of(*running);
    }
    return running;
}
instant now() noexcept {
    static const auto start = clock_type::now();
    return {static_cast<u64>((clock_type::now() - start).count())};
}
void preempt_disable() noexcept {
    (void)current_thread();
    if (mine->read_sections++ == 0)
        pthread_rwlock_rdlock(&readers);
}
void preempt_enable() noexcept {
    if (--mine->read_sections == 0)
        pthread_rwlock_unlock(&readers);
}
}  // namespace osprey::arch

namespace osprey::sync {

void mutex::lock() noexcept {
    (void)arch::current_thread();
    if (mine->read_sections)
        die("mutex taken in a read section");
    if (rank_ != lock_rank::none) {
        const u32 bit = u32{1} << static_cast<unsigned>(rank_);
        if (mine->ranks & (bit | (bit - 1)))
            die("mutex taken against the lock order");
        mine->ranks |= bit;
    }
    u64 free = unlocked;
    while (!state_.compare_exchange_weak(free, locked, std::memory_order_acquire)) {
        free = unlocked;
        sched_yield();
    }
    owner_.store(arch::current_thread(), std::memory_order_relaxed);
}
bool mutex::try_lock() noexcept {
    u64 free = unlocked;
    if (!state_.compare_exchange_strong(free, locked, std::memory_order_acquire))
        return false;
    if (rank_ != lock_rank::none)
        mine->ranks |= u32{1} << static_cast<unsigned>(rank_);
    return true;
}
void mutex::unlock() noexcept {
    if (rank_ != lock_rank::none)
        mine->ranks &= ~(u32{1} << static_cast<unsigned>(rank_));
    owner_.store(nullptr, std::memory_order_relaxed);
    if (state_.exchange(unlocked, std::memory_order_release) != locked)
        die("unlock of a mutex that is free");
}

namespace {
std::mutex deferred_mutex;
using callback_batch = std::vector<std::pair<rcu_head*, void (*)(rcu_head*)>>;
auto& deferred = *new callback_batch;
}  // namespace

void rcu_defer(rcu_head& head, void (*function)(rcu_head*)) noexcept {
    static std::once_flag once;
    std::call_once(once, [] {
        std::thread{[] {
            for (;;) {
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
                callback_batch batch;
                {
                    std::lock_guard guard{deferred_mutex};
                    batch.swap(deferred);
                }
                pthread_rwlock_wrlock(&readers);
                pthread_rwlock_unlock(&readers);
                for (auto [h, f] : batch)
                    f(h);
            }
        }}.detach();
    });
    std::lock_guard guard{deferred_mutex};
    deferred.emplace_back(&head, function);
}

}  // namespace osprey::sync

void osprey::retire(retired& head, void (*function)(retired*)) noexcept {
    sync::rcu_defer(head, function);
}
