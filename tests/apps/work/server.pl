# Answers GET /N with N bytes of a pattern, POST with the SHA-256 of the body; many clients at once.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use IO::Select;
use IO::Socket::INET;

my $listener = IO::Socket::INET->new(LocalPort => 8080, Listen => 128, ReuseAddr => 1) or die $!;
my $select = IO::Select->new($listener);
my %got;

sub answer {
    my ($client) = @_;
    while ($got{$client} =~ /^(GET|POST) \/(\d*) .*?\r\n\r\n/s) {
        my ($method, $count, $head) = ($1, $2 || 0, length $&);
        my ($body) = substr($got{$client}, 0, $head) =~ /content-length: *(\d+)/i;
        $body ||= 0;
        return if length $got{$client} < $head + $body;
        my $content = substr($got{$client}, $head, $body);
        substr($got{$client}, 0, $head + $body) = '';
        my $text = $method eq 'POST' ? sha256_hex($content)
                                     : substr('0123456789abcdef' x ($count / 16 + 1), 0, $count);
        print $client "HTTP/1.1 200 OK\r\nContent-Length: ", length $text, "\r\n\r\n", $text;
        $client->flush;
    }
}

while (1) {
    for my $ready ($select->can_read) {
        if ($ready == $listener) {
            my $client = $listener->accept or next;
            $got{$client} = '';
            $select->add($client);
        } elsif (sysread($ready, $got{$ready}, 65536, length $got{$ready})) {
            answer($ready);
        } else {
            delete $got{$ready};
            $select->remove($ready);
            close $ready;
        }
    }
}
