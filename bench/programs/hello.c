/* SPDX-License-Identifier: BSD-3-Clause
 * The smallest real program: its marks tell reset-to-main from the whole run. */
#include "measure.h"

int main(void) {
    MARK(3);
    puts("hello");
    return 0;
}
