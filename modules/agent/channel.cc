// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <modules/agent/channel.hh>

namespace osprey::agent {

namespace {

char output_buffer[16384];

void close_end(int& fd) {
    if (fd >= 0) {
        close(fd);
    }
    fd = -1;
}

}  // namespace

void channel::open(uint16_t number, const char* payload, uint32_t size) {
    number_ = number;
    in_use_ = true;
    ended_ = input_ends_ = false;
    output_window_ = first_output_window;
    input_at_ = input_size_ = 0;
    request_head head;
    // Counted before they are taken: each text has at least its NUL.
    if (size < sizeof head) {
        return fail(EPROTO);
    }
    memcpy(&head, payload, sizeof head);
    if (1U + head.words + head.variables > size) {
        return fail(EPROTO);
    }
    auto** const texts =
        static_cast<char**>(malloc((1U + head.words + head.variables) * sizeof(char*)));
    input_ =
        (head.flags & with_input) != 0 ? static_cast<char*>(malloc(first_input_window)) : nullptr;
    if (texts == nullptr || ((head.flags & with_input) != 0 && input_ == nullptr)) {
        free(texts);
        return fail(ENOMEM);
    }
    const bool whole = read_request(payload, size, head, [&](unsigned i, const char* text) {
        texts[i] = const_cast<char*>(text);
    });
    on_terminal_ = (head.flags & on_terminal) != 0;
    int fds[3]{-1, -1, -1};
    const pid_t pid = whole ? start_program(head, texts, fds) : -EPROTO;
    free(texts);
    if (pid < 0) {
        return fail(-pid);
    }
    child_ = pid;
    in_ = fds[0];
    out_ = fds[1];
    error_ = fds[2];
}

void channel::handle(const frame_head& head, const char* payload) {
    switch (head.kind) {
        case frame_kind::input:
            take_input(payload, head.size);
            break;
        case frame_kind::end:
            input_ends_ = true;
            write_input();
            break;
        case frame_kind::signal:
            if (uint32_t number; head.size == sizeof number && !ended_) {
                memcpy(&number, payload, sizeof number);
                kill(-child_, static_cast<int>(number));
            }
            break;
        case frame_kind::resize:
            if (uint16_t size[2]; head.size == sizeof size && on_terminal_ && out_ >= 0) {
                memcpy(size, payload, sizeof size);
                const winsize window{size[0], size[1], 0, 0};
                ioctl(out_, TIOCSWINSZ, &window);
            }
            break;
        case frame_kind::window:
            if (uint32_t more; head.size == sizeof more) {
                memcpy(&more, payload, sizeof more);
                output_window_ += more < UINT32_MAX - output_window_ ? more : 0;
            }
            break;
        case frame_kind::close:
            if (!ended_) {
                kill(-child_, SIGHUP);
                kill(-child_, SIGCONT);
            }
            status_ = 0;
            finish(frame_kind::exited, &status_, sizeof status_);
            break;
        default:
            break;
    }
}

void channel::take_input(const char* bytes, uint32_t size) {
    if (input_ == nullptr || in_ < 0) {
        return;  // the program does not read any more
    }
    if (input_at_ != 0 && input_at_ + input_size_ + size > first_input_window) {
        memmove(input_, input_ + input_at_, input_size_);
        input_at_ = 0;
    }
    if (input_at_ + input_size_ + size > first_input_window) {
        return fail(EPROTO);  // more than was granted
    }
    memcpy(input_ + input_at_ + input_size_, bytes, size);
    input_size_ += size;
    write_input();
}

void channel::write_input() {
    uint32_t done = 0;
    while (in_ >= 0 && input_size_ > 0) {
        const ssize_t n = write(in_, input_ + input_at_, input_size_);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            if (errno != EAGAIN) {
                done += input_size_;
                input_size_ = 0;
                close_end(in_);
            }
            break;
        }
        input_at_ += static_cast<uint32_t>(n);
        input_size_ -= static_cast<uint32_t>(n);
        done += static_cast<uint32_t>(n);
    }
    if (done > 0) {
        send_frame(number_, frame_kind::window, &done, sizeof done);
    }
    if (input_size_ == 0) {
        input_at_ = 0;
        if (input_ends_ && in_ >= 0) {
            if (on_terminal_) {
                const char end_of_file = 4;  // Ctrl-D
                (void)!write(in_, &end_of_file, 1);
                input_ends_ = false;
            } else {
                close_end(in_);
            }
        }
    }
}

bool channel::send_output(int& fd, frame_kind kind) {
    if (fd < 0 || output_window_ == 0) {
        return false;
    }
    const size_t most =
        output_window_ < sizeof output_buffer ? output_window_ : sizeof output_buffer;
    const ssize_t n = read(fd, output_buffer, most);
    if (n > 0) {
        output_window_ -= static_cast<uint32_t>(n);
        send_frame(number_, kind, output_buffer, static_cast<uint32_t>(n));
        return true;
    }
    if (n == 0 || (errno != EAGAIN && errno != EINTR)) {  // EIO: the terminal's last user went
        if (on_terminal_ && in_ == fd) {
            in_ = -1;
        }
        close_end(fd);
    }
    return false;
}

unsigned channel::watch(pollfd* set) const {
    unsigned count = 0;
    if (in_ >= 0 && input_size_ > 0) {
        set[count++] = {in_, POLLOUT, 0};
    }
    const int readable[]{out_, error_};
    for (const int fd : readable) {
        if (fd >= 0 && output_window_ > 0) {
            set[count++] = {fd, POLLIN, 0};
        }
    }
    return count;
}

bool channel::move() {
    if (!in_use_) {
        return false;
    }
    write_input();
    // One piece each, so that no channel keeps the others waiting; all that is left once the
    // program has ended. What its own children write later is not waited for.
    bool more = send_output(out_, frame_kind::output);
    more = send_output(error_, frame_kind::error) || more;
    if (ended_ && !more && ((out_ < 0 && error_ < 0) || output_window_ > 0)) {
        finish(frame_kind::exited, &status_, sizeof status_);
    }
    return more;
}

void channel::fail(int error) {
    if (child_ > 0 && !ended_) {
        kill(-child_, SIGKILL);
    }
    char text[sizeof(uint32_t) + 80]{};
    const auto number = static_cast<uint32_t>(error);
    memcpy(text, &number, sizeof number);
    strncpy(text + sizeof number, strerror(error), sizeof text - sizeof number - 1);
    finish(frame_kind::failed, text,
           static_cast<uint32_t>(sizeof number + strlen(text + sizeof number)));
}

void channel::finish(frame_kind kind, const void* payload, uint32_t size) {
    send_frame(number_, kind, payload, size);
    if (on_terminal_) {
        in_ = -1;  // the same descriptor as out_
    }
    close_end(in_);
    close_end(out_);
    close_end(error_);
    free(input_);
    input_ = nullptr;
    child_ = -1;
    in_use_ = false;
}

}  // namespace osprey::agent
