// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <base/children.hh>
#include <base/environment.hh>
#include <base/error.hh>

#include <csignal>
#include <thread>

namespace osprey::rest {

children& children::all() {
    static children* const one = new children;  // its thread outlives everything
    return *one;
}

children::children() {
    std::thread{[this] {
        reap();
    }}.detach();
}

pid_t children::start(const std::vector<std::string>& words) {
    std::vector<char*> arguments;
    for (const std::string& word : words) {
        arguments.push_back(const_cast<char*>(word.c_str()));
    }
    arguments.push_back(nullptr);
    const std::vector<std::string> variables = environment::all();
    std::vector<char*> variable_pointers;
    for (const std::string& variable : variables) {
        variable_pointers.push_back(const_cast<char*>(variable.c_str()));
    }
    variable_pointers.push_back(nullptr);

    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    sigset_t ignored_here;  // by this server only
    ::sigemptyset(&ignored_here);
    ::sigaddset(&ignored_here, SIGPIPE);
    ::posix_spawnattr_setsigdefault(&attributes, &ignored_here);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    pid_t pid = -1;
    int error;
    {
        // Under the lock, so that the program is known before its end is seen.
        const std::lock_guard lock{mutex_};
        error = ::posix_spawnp(&pid, arguments[0], &actions, &attributes, arguments.data(),
                               variable_pointers.data());
        if (error == 0) {
            running_.insert(pid);
        }
    }
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
    if (error != 0) {
        throw api_error{500, system_error("Cannot start " + words[0], error).what()};
    }
    started_.notify_one();
    return pid;
}

bool children::is_running(pid_t pid) {
    const std::lock_guard lock{mutex_};
    return running_.contains(pid);
}

void children::reap() {
    for (;;) {
        {
            std::unique_lock lock{mutex_};
            started_.wait(lock, [this] { return !running_.empty(); });
        }
        siginfo_t info{};
        // First without taking it away, so that its number cannot be given to another meanwhile.
        if (::waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) != 0) {
            continue;
        }
        const std::lock_guard lock{mutex_};
        ::waitpid(info.si_pid, nullptr, 0);
        running_.erase(info.si_pid);
    }
}

}  // namespace osprey::rest
