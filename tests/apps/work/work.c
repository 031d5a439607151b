// SPDX-License-Identifier: BSD-3-Clause
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct item {
    int key;
    char name[16];
};
static int compare(const void* a, const void* b) {
    return ((const struct item*)a)->key - ((const struct item*)b)->key;
}
int main(void) {
    struct item items[1000];
    for (int i = 0; i < 1000; i++) {
        items[i].key = i * 7919 % 1009;
        snprintf(items[i].name, 16, "n%d", i);
    }
    qsort(items, 1000, sizeof items[0], compare);
    unsigned long sum = 0;
    for (int i = 0; i < 1000; i++)
        sum = sum * 31 + strlen(items[i].name) + (unsigned)items[i].key;
    printf("%lu %s %s\n", sum, items[0].name, items[999].name);
    return 0;
}
