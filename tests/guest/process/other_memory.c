// SPDX-License-Identifier: BSD-3-Clause
// process_vm_readv and process_vm_writev: of itself and of another process, parts, errors.
#include <sys/mman.h>
#include <sys/uio.h>
#include "children.h"

static char* pages(int count) {
    return mmap(NULL, (size_t)count * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0);
}

int main(int argc, char** argv) {
    if (argc > 1) {
        (void)argv;
        char* p = pages(4);
        memset(p, 'c', 4 * 4096);
        strcpy(p + 4090, "over the edge");
        write(4, &p, sizeof p);
        heard(3);
        printf("child sees: %.14s\n", p + 4090);
        return p[0] == 'X' ? 0 : 1;
    }
    setvbuf(stdout, NULL, _IONBF, 0);
    int to, from_child;
    make_channel(&to, &from_child);
    pid_t pid = start_self("child", NULL);
    char* there;
    read(from_child, &there, sizeof there);
    char text[64] = "", other[64] = "";
    struct iovec local = {text, 14}, remote = {there + 4090, 14};
    SHOW(process_vm_readv(pid, &local, 1, &remote, 1, 0));
    puts(text);
    struct iovec two[2] = {{text, 4}, {other, 10}};
    SHOW(process_vm_readv(pid, two, 2, &remote, 1, 0));
    printf("%.4s|%s\n", text, other);
    struct iovec scattered[3] = {{there + 4090, 4}, {there, 3}, {there + 8192, 2}};
    local.iov_len = sizeof text;
    memset(text, 0, sizeof text);
    SHOW(process_vm_readv(pid, &local, 1, scattered, 3, 0));
    puts(text);
    strcpy(text, "UNDER the edge");
    local.iov_len = 15;
    SHOW(process_vm_writev(pid, &local, 1, &remote, 1, 0));
    remote.iov_base = there;
    local.iov_base = (char*)"X";
    local.iov_len = 1;
    SHOW(process_vm_writev(pid, &local, 1, &remote, 1, 0));

    // Up to what is not mapped
    char* own = pages(3);
    memset(own, 'o', 3 * 4096);
    munmap(own + 8192, 4096);
    static char big[3 * 4096];
    struct iovec from = {own, 3 * 4096}, into = {big, sizeof big};
    SHOW(process_vm_readv(getpid(), &into, 1, &from, 1, 0));
    from.iov_base = own + 8192;
    SHOW(process_vm_readv(getpid(), &into, 1, &from, 1, 0));
    mprotect(own + 4096, 4096, PROT_READ);
    from.iov_base = own;
    from.iov_len = 8192;
    into.iov_len = 8192;
    SHOW(process_vm_writev(getpid(), &into, 1, &from, 1, 0));
    mprotect(own, 4096, PROT_NONE);
    SHOW(process_vm_readv(getpid(), &into, 1, &from, 1, 0));

    struct iovec bad = {BAD, 10}, none = {big, 0}, negative = {big, (size_t)-1};
    from = (struct iovec){big, 10};
    SHOW(process_vm_readv(getpid(), &bad, 1, &from, 1, 0));
    SHOW(process_vm_readv(getpid(), &from, 1, &bad, 1, 0));
    SHOW(process_vm_readv(getpid(), BAD, 1, &from, 1, 0));
    SHOW(process_vm_readv(getpid(), &from, 1, BAD, 1, 0));
    SHOW(process_vm_readv(999999, &none, 1, &from, 1, 0));
    SHOW(process_vm_readv(999999, &from, 1, &from, 1, 0));
    SHOW(process_vm_readv(getpid(), &negative, 1, &from, 1, 0));
    SHOW(process_vm_readv(getpid(), &from, 1, &negative, 1, 0));
    SHOW(process_vm_readv(getpid(), &from, 1, &from, 1, 1));
    SHOW(process_vm_readv(getpid(), &from, 1025, &from, 1, 0));
    SHOW(process_vm_readv(getpid(), &from, 1, &from, 1025, 0));
    SHOW(process_vm_readv(getpid(), &from, 0, &from, 1, 0));
    SHOW(process_vm_readv(getpid(), &from, 1, &from, 0, 0));
    say(to, 'x');
    show_end("child", pid);
    SHOW(process_vm_readv(pid, &from, 1, &from, 1, 0));
}
