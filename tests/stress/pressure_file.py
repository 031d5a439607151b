#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""usage: pressure_file.py MB FILE: writes a file whose pages memory_pressure.c knows."""
import struct
import sys

with open(sys.argv[2], "wb") as file:
    for page in range(int(sys.argv[1]) << 8):
        word = (page * 0x9E3779B97F4A7C15 & (1 << 64) - 1) ^ 0x5BD1E995
        file.write(bytes(7 * 8) + struct.pack("<Q", word) + bytes(4096 - 8 * 8))
