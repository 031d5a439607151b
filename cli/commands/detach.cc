// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <base/failure.hh>
#include <commands/detach.hh>
#include <qemu/control.hh>

#include <array>
#include <cerrno>

namespace osprey::cli::commands {

namespace {

void redirect(int fd, const char* path, int flags) {
    const unique_fd file{::open(path, flags | O_CLOEXEC, 0600)};
    if (!file || ::dup2(file.get(), fd) < 0) {
        throw system_failure(fmt::format("write {}", path), errno);
    }
}

[[noreturn]] void be_the_run(unique_fd pipe, const std::function<int(starter&)>& work) {
    // Nothing of the shell that started it may be kept open or be waited for.
    constexpr int pipe_fd = 3;
    if (pipe.get() != pipe_fd) {
        ::dup2(pipe.get(), pipe_fd);
        pipe = unique_fd{pipe_fd};
    }
    ::fcntl(pipe_fd, F_SETFD, FD_CLOEXEC);
    ::close_range(pipe_fd + 1, ~0U, 0);
    ::setsid();
    starter back{std::move(pipe)};
    int status = static_cast<int>(exit_status::tool_failed);
    try {
        redirect(STDIN_FILENO, "/dev/null", O_RDONLY);
        redirect(STDOUT_FILENO, "/dev/null", O_WRONLY);
        status = work(back);
        back.ended(status, "", "");
    } catch (const failure& error) {
        status = static_cast<int>(error.status());
        back.ended(status, error.what(), error.hint());
    } catch (const std::exception& error) {
        back.ended(status, error.what(), "");
    }
    ::_exit(status);
}

}  // namespace

void starter::tell(const nlohmann::json& message) {
    const std::string line =
        message.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    // The command may be gone; SIGPIPE is ignored by the session, and before it nothing is said.
    if (pipe_ && ::write(pipe_.get(), line.data(), line.size()) < 0) {
        pipe_.reset();
    }
}

void starter::has_folder(const std::string& id, const std::filesystem::path& out,
                         const std::filesystem::path& err) {
    redirect(STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT | O_APPEND);
    redirect(STDERR_FILENO, err.c_str(), O_WRONLY | O_CREAT | O_APPEND);
    tell({{"id", id}, {"output", err.string()}});
}

void starter::booted() {
    tell({{"booted", true}});
    pipe_.reset();
}

void starter::ended(int status, const std::string& error, const std::string& hint) {
    tell({{"status", status}, {"error", error}, {"hint", hint}});
}

detached_run detach(const std::function<int(starter&)>& work) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw system_failure("make a pipe", errno);
    }
    unique_fd from{ends[0]};
    unique_fd to{ends[1]};
    const pid_t child = ::fork();
    if (child < 0) {
        throw system_failure("start a process", errno);
    }
    if (child == 0) {
        ::signal(SIGPIPE, SIG_IGN);
        from.reset();
        be_the_run(std::move(to), work);
    }
    to.reset();
    detached_run run{.status = static_cast<int>(exit_status::tool_failed)};
    qemu::line_splitter lines;
    std::array<char, 4096> bytes{};
    for (ssize_t n = 0; (n = ::read(from.get(), bytes.data(), bytes.size())) != 0;) {
        if (n < 0) {
            if (errno == EINTR) {
                continue;
            }
            break;
        }
        lines.feed({bytes.data(), static_cast<size_t>(n)}, [&](std::string_view line) {
            const auto told = nlohmann::json::parse(line, nullptr, false);
            if (!told.is_object()) {
                return;
            }
            if (told.contains("id")) {
                run.id = qemu::text_of(told, "id");
                run.output = qemu::text_of(told, "output");
            }
            run.booted = run.booted || told.contains("booted");
            if (told.contains("status")) {
                run.status = static_cast<int>(qemu::number_of(told, "status"));
                run.error = qemu::text_of(told, "error");
                run.hint = qemu::text_of(told, "hint");
            }
        });
    }
    return run;
}

}  // namespace osprey::cli::commands
