<?php
// SPDX-License-Identifier: BSD-3-Clause
$a = [];
for ($i = 0; $i < 100000; $i++) { $a["k" . ($i % 997)][] = $i; }
echo count($a), " ", count($a["k5"]), "\n";
echo md5(serialize($a)), " ", crc32("text"), " ", hash("sha256", "text"), "\n";
file_put_contents("/tmp/a.txt", str_repeat("line\n", 1000));
echo filesize("/tmp/a.txt"), " ", count(file("/tmp/a.txt")), "\n";
echo json_encode(array_slice(array_map(fn($x) => $x ** 2, range(1, 20)), 3, 5)), "\n";
echo preg_replace('/(\w+) (\w+)/', '$2 $1', "hello world"), " ", date("Y-m-d", 0), "\n";
function gen() { for ($i = 0; $i < 5; $i++) yield $i => $i * $i; }
foreach (gen() as $k => $v) echo "$k:$v ";
try { intdiv(1, 0); } catch (DivisionByZeroError $e) { echo $e->getMessage(), "\n"; }
foreach (scandir("/work") as $f) echo $f, " ";
echo "\n";
