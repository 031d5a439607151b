// SPDX-License-Identifier: BSD-3-Clause
// readv, writev, preadv, pwritev and their successors move data as one piece.
#include <report.h>
#include <sys/uio.h>

int main(void) {
    own_folder();
    int fd = open("file", O_CREAT | O_RDWR, 0644);
    struct iovec out[3] = {{"abc", 3}, {"", 0}, {"defgh", 5}};
    SHOW(writev(fd, out, 3));
    SHOW(pwritev(fd, out, 3, 4));
    char a[4] = "", b[20] = "";
    struct iovec in[2] = {{a, 3}, {b, 19}};
    SHOW(lseek(fd, 0, SEEK_SET));
    SHOW(readv(fd, in, 2));
    printf("%s %s\n", a, b);
    memset(b, 0, sizeof b);
    SHOW(preadv(fd, in, 2, 2));
    printf("%s %s\n", a, b);
    SHOW(preadv2(fd, in, 2, -1, 0));
    SHOW(pwritev2(fd, out, 1, 0, RWF_APPEND));
    SHOW(lseek(fd, 0, SEEK_END));
    SHOW(preadv2(fd, in, 2, 0, 0x4000));
    SHOW(preadv(fd, in, 2, -1));
}
