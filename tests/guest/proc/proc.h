// SPDX-License-Identifier: BSD-3-Clause
// Reading files of /proc.
#pragma once

#include <report.h>

/// The whole text of a file, or "" with errno set.
static const char* text_of(const char* path) {
    static char text[1 << 17];
    size_t size = 0;
    const int fd = open(path, O_RDONLY);
    ssize_t n = fd;
    if (fd >= 0)
        while ((n = read(fd, text + size, sizeof text - 1 - size)) > 0)
            size += n;
    if (n >= 0)
        errno = 0;
    text[size] = 0;
    if (fd >= 0)
        close(fd);
    return text;
}

/// The number behind `key` at the start of a line; -1: there is no such line.
static long value_in(const char* text, const char* key) {
    for (const char* at = text; at && *at; at = strchr(at, '\n'), at += at != NULL)
        if (strncmp(at, key, strlen(key)) == 0)
            return strtol(at + strlen(key), NULL, 10);
    return -1;
}
static inline long value_of(const char* path, const char* key) {
    return value_in(text_of(path), key);
}

/// Field `number` (as proc(5) counts, from 3 on) of a stat file.
static inline long stat_field(const char* path, int number) {
    const char* at = strrchr(text_of(path), ')');
    for (int i = 2; at && i < number; ++i)
        at = strchr(at + 1, ' ');
    return at ? strtol(at + 1, NULL, 10) : -1;
}
