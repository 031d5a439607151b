#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# usage: make_seeds.sh FOLDER - small EROFS images of every layout, as a start for the fuzzer
set -eu
to=$1
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$to" "$tree/folder/below"
seq 1 3000 > "$tree/numbers"
head -c 20000 /dev/zero > "$tree/zeros"
seq 1 900 | cksum > "$tree/folder/sum"
head -c 9000 "$(command -v mkfs.erofs)" > "$tree/folder/program"
ln -s ../numbers "$tree/folder/link"
mkfifo "$tree/fifo"
setfattr -n user.colour -v green "$tree/numbers" 2>/dev/null || true
setfattr -n user.colour -v green "$tree/zeros" 2>/dev/null || true
n=0
while read -r options; do
    # shellcheck disable=SC2086
    mkfs.erofs --quiet -T0 $options "$to/seed_$n" "$tree" > /dev/null
    n=$((n + 1))
done <<'OPTIONS'
-x1
-Enoinline_data
-Eforce-inode-extended
-zlz4
-zlz4hc -C65536
-zlz4 -Elegacy-compress
-zlz4 -Eztailpacking
-zlz4 -C16384 -Eztailpacking,legacy-compress
--chunksize=4096
--chunksize=8192 -Eforce-chunk-indexes
OPTIONS
