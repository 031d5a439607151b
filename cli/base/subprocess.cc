// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <base/failure.hh>
#include <base/subprocess.hh>
#include <base/text.hh>
#include <base/unique_fd.hh>

#include <array>
#include <cerrno>
#include <cstdlib>

namespace osprey::cli {

namespace {

struct pipe_pair {
    unique_fd read;
    unique_fd write;
};

pipe_pair make_pipe() {
    std::array<int, 2> fds{};
    if (::pipe2(fds.data(), O_CLOEXEC) != 0) {
        throw system_failure("make a pipe", errno);
    }
    return {unique_fd{fds[0]}, unique_fd{fds[1]}};
}

std::vector<char*> argument_vector(const std::vector<std::string>& arguments) {
    std::vector<char*> vector;
    for (const std::string& argument : arguments) {
        vector.push_back(const_cast<char*>(argument.c_str()));
    }
    vector.push_back(nullptr);
    return vector;
}

/// The part of a child's life that all children share: between fork and exec.
void become_child(pid_t parent) {
    // A child must not outlive the tool, whatever kills the tool.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) {
        ::_exit(127);
    }
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
}

void drain(unique_fd& fd, std::string& into) {
    std::array<char, 16384> buffer{};
    const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
    if (count > 0) {
        into.append(buffer.data(), static_cast<size_t>(count));
    } else if (count == 0 || errno != EINTR) {
        fd.reset();
    }
}

int exit_code(int status) {
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

command_result run_command(const std::vector<std::string>& arguments,
                           const command_options& options) {
    pipe_pair out = make_pipe();
    pipe_pair err = make_pipe();
    pipe_pair status = make_pipe();
    const std::vector<char*> vector = argument_vector(arguments);
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child < 0) {
        throw system_failure(fmt::format("start {}", arguments[0]), errno);
    }
    if (child == 0) {
        become_child(parent);
        const int null = ::open("/dev/null", O_RDONLY);
        ::dup2(null, 0);
        ::dup2(out.write.get(), 1);
        ::dup2(err.write.get(), 2);
        if (options.status_line) {
            // dup2 onto itself would keep the close-on-exec flag.
            if (status.write.get() == 3) {
                ::fcntl(3, F_SETFD, 0);
            } else {
                ::dup2(status.write.get(), 3);
            }
        }
        for (const auto& [name, value] : options.environment) {
            ::setenv(name.c_str(), value.c_str(), 1);
        }
        if (!options.folder.empty() && ::chdir(options.folder.c_str()) != 0) {
            ::_exit(127);
        }
        ::execvp(vector[0], vector.data());
        ::_exit(127);
    }
    out.write.reset();
    err.write.reset();
    status.write.reset();

    command_result result;
    std::string status_text;
    while (out.read || err.read || status.read) {
        std::array<pollfd, 3> set{pollfd{out.read.get(), POLLIN, 0},
                                  pollfd{err.read.get(), POLLIN, 0},
                                  pollfd{status.read.get(), POLLIN, 0}};
        const int ready = ::poll(set.data(), set.size(), options.tick ? 100 : -1);
        if (options.tick) {
            options.tick();
        }
        if (ready <= 0) {
            continue;
        }
        if (set[0].revents != 0) {
            drain(out.read, result.out);
        }
        if (set[1].revents != 0) {
            drain(err.read, result.err);
        }
        if (set[2].revents != 0) {
            drain(status.read, status_text);
            size_t end = 0;
            while (options.status_line && (end = status_text.find('\n')) != std::string::npos) {
                options.status_line(status_text.substr(0, end));
                status_text.erase(0, end + 1);
            }
        }
    }
    int wait_status = 0;
    while (::waitpid(child, &wait_status, 0) < 0 && errno == EINTR) {
    }
    result.status = exit_code(wait_status);
    return result;
}

pid_t start_command(const std::vector<std::string>& arguments, int stderr_fd,
                    const std::vector<int>& keep) {
    const std::vector<char*> vector = argument_vector(arguments);
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child < 0) {
        throw system_failure(fmt::format("start {}", arguments[0]), errno);
    }
    if (child == 0) {
        become_child(parent);
        ::setpgid(0, 0);
        const int null = ::open("/dev/null", O_RDWR);
        ::dup2(null, 0);
        ::dup2(null, 1);
        ::dup2(stderr_fd, 2);
        for (const int fd : keep) {
            ::fcntl(fd, F_SETFD, 0);
        }
        ::execvp(vector[0], vector.data());
        ::_exit(127);
    }
    return child;
}

std::string find_command(const std::string& name) {
    const auto executable = [](const std::string& path) {
        struct stat status {};
        return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
               ::access(path.c_str(), X_OK) == 0;
    };
    if (name.find('/') != std::string::npos) {
        return executable(name) ? name : std::string{};
    }
    const char* path = std::getenv("PATH");
    std::vector<std::string> folders = split(path != nullptr ? path : "", ':');
    // Tools like mkfs.erofs live where an ordinary user's PATH does not look.
    folders.insert(folders.end(), {"/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"});
    for (const std::string& folder : folders) {
        std::string full = (folder.empty() ? "." : folder) + "/" + name;
        if (executable(full)) {
            return full;
        }
    }
    return {};
}

}  // namespace osprey::cli
