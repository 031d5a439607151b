// SPDX-License-Identifier: BSD-3-Clause
// splice(2) between a pipe and a file.
#include <report.h>

int main(void) {
    own_folder();
    write_file("file", "0123456789abcdef");
    int in = open("file", O_RDONLY), out = open("out", O_CREAT | O_RDWR, 0600), p[2];
    pipe(p);
    loff_t at = 4;
    SHOW(splice(in, &at, p[1], NULL, 6, 0));
    printf("offset %ld\n", (long)at);
    SHOW(splice(p[0], NULL, out, NULL, 100, 0));
    char text[20] = "";
    SHOW(pread(out, text, 19, 0));
    puts(text);
    SHOW(splice(in, NULL, out, NULL, 10, 0));
    SHOW(splice(in, NULL, p[1], &at, 10, 0));
    SHOW(splice(in, NULL, p[1], NULL, 10, 0x100));
    SHOW(splice(99, NULL, p[1], NULL, 10, 0));
    SHOW(splice(in, NULL, p[1], NULL, 0, 0));
    SHOW(splice(p[0], NULL, p[1], NULL, 10, 0));
}
