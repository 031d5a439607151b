# SPDX-License-Identifier: BSD-3-Clause
use strict;
use warnings;
use Digest::SHA qw(sha1_hex);
use File::Temp qw(tempdir);
use List::Util qw(sum max);

my $folder = tempdir(CLEANUP => 1);
my %count;
for my $i (1 .. 50) {
    open my $out, '>', "$folder/f$i" or die $!;
    print $out join("\n", map { $_ * $i % 97 } 1 .. 200), "\n";
    close $out;
}
for my $name (sort glob "$folder/*") {
    open my $in, '<', $name or die $!;
    while (<$in>) { chomp; $count{$_}++ }
}
print scalar(keys %count), " ", sum(values %count), " ", max(values %count), "\n";
print sha1_hex(join ",", map { "$_=$count{$_}" } sort { $a <=> $b } keys %count), "\n";
local $SIG{ALRM} = sub { print "alarm\n" };
alarm 1;
select undef, undef, undef, 5;
print "ok ", join("", reverse split //, "yerpso"), "\n";
