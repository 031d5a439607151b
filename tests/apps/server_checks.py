# SPDX-License-Identifier: BSD-3-Clause
"""What clients ask the servers of servers.py, and what they must be told. Contents decide."""

import concurrent.futures
import hashlib
import http.client
import json
import pathlib
import re
import ssl
import struct
import time

from server import ANSWER_SECONDS, Failure

WORK = pathlib.Path(__file__).resolve().parent / "work"


def expect(condition, what):
    if not condition:
        raise Failure(what)


def same(seen, wanted, what):
    expect(seen == wanted, f"{what}: {len(seen)} bytes {seen[:200]!r} "
                           f"instead of {len(wanted)} bytes {wanted[:200]!r}")


def read_exactly(s, count):
    data = bytearray()
    while len(data) < count:
        piece = s.recv(count - len(data))
        expect(piece, f"the connection ended after {len(data)} of {count} bytes")
        data += piece
    return bytes(data)


def dialogue(guest, port, steps):
    """Sends and compares: pairs of bytes to send and the exact answer."""
    with guest.connect(port) as s:
        for asked, wanted in steps:
            s.sendall(asked)
            same(read_exactly(s, len(wanted)), wanted, f"answer to {asked[:60]!r}")


# HTTP

def web(guest, port, pages, rounds=3, tls=False, keep_alive=True, method="GET"):
    """Asks for `pages` (path: content) over one connection, which must stay the same."""
    host, number = guest.address(port)
    if tls:
        trust = ssl.create_default_context(cafile=guest.folder / "cert.pem")
        trust.check_hostname = False  # the certificate's name is `guest`
        connection = http_connection(http.client.HTTPSConnection, host, number, context=trust)
    else:
        connection = http_connection(http.client.HTTPConnection, host, number)
    connection.connect()
    first = connection.sock.getsockname()
    for _ in range(rounds):
        for path, wanted in pages.items():
            connection.request(method, path)
            answer = connection.getresponse()
            body = answer.read()
            expect(answer.status == 200, f"{path}: status {answer.status} {body[:300]!r}")
            same(body, wanted, path)
            if keep_alive:
                expect(connection.sock and connection.sock.getsockname() == first,
                       f"{path}: the connection was not kept")
    connection.close()


def http_connection(kind, host, port, **settings):
    return kind(host, port, timeout=ANSWER_SECONDS, **settings)


def web_many(guest, port, pages, connections=50, rounds=4, tls=False):
    """As web(), from many connections at once."""
    with concurrent.futures.ThreadPoolExecutor(connections) as pool:
        for done in [pool.submit(web, guest, port, pages, rounds, tls)
                     for _ in range(connections)]:
            done.result()


def made(guest, *names):
    return {f"/{n}": (guest.folder / n).read_bytes() for n in names}


def wrk(guest, port, path, threads=2, connections=50, scheme="http"):
    text = guest.client("/usr/bin/wrk", f"-t{threads}", f"-c{connections}", "-d5", "--timeout", 60,
                        guest.url(port, path, scheme))
    count = re.search(r"(\d+) requests in", text)
    expect(count and int(count[1]) > connections, f"wrk: {text}")
    expect("Non-2xx" not in text and "Socket errors" not in text, f"wrk: {text}")


def nginx(guest):
    pages = made(guest, "page.html", "big.bin")
    web(guest, 80, pages)
    web(guest, 443, pages, tls=True)
    web_many(guest, 80, pages, 20)
    web_many(guest, 443, pages, 8, 2, tls=True)
    part = guest.connect(80)
    with part:
        part.sendall(b"GET /big.bin HTTP/1.0\r\nRange: bytes=500000-500099\r\n\r\n")
        answer = b""
        while piece := part.recv(65536):
            answer += piece
        same(answer.split(b"\r\n\r\n", 1)[1], pages["/big.bin"][500000:500100], "a range")
    pipelined(guest, 80, pages["/page.html"])


def pipelined(guest, port, page, count=100):
    """Many requests in one write; the answers come in order."""
    with guest.connect(port) as s:
        s.sendall(b"GET /page.html HTTP/1.1\r\nHost: guest\r\n\r\n" * (count - 1) +
                  b"GET /page.html HTTP/1.1\r\nHost: guest\r\nConnection: close\r\n\r\n")
        answer = b""
        while piece := s.recv(65536):
            answer += piece
    expect(answer.count(page) == count, f"{answer.count(page)} of {count} pipelined answers")


def nginx_load(guest):
    wrk(guest, 80, "/page.html")
    wrk(guest, 80, "/big.bin", connections=10)
    wrk(guest, 443, "/page.html", connections=20, scheme="https")
    web_many(guest, 80, made(guest, "big.bin"), 100, 2)


def web_files(port=8080, keep_alive=True, load=False):
    """A server of /work's files."""
    def check(guest):
        pages = made(guest, "page.html", "big.bin")
        web(guest, port, pages, keep_alive=keep_alive)
        if keep_alive:
            web_many(guest, port, pages, 20, 2)
        if load:
            wrk(guest, port, "/page.html")
    return check


def web_digest(guest):
    """A program of ours that answers /N with N bytes of a pattern, and POST with the digest."""
    web(guest, 8080, {f"/{n}": pattern(n) for n in (0, 1, 1000, 100000, 1000000)})
    web_many(guest, 8080, {"/1000": pattern(1000), "/70000": pattern(70000)}, 20, 2)
    body = pattern(500000)
    connection = http_connection(http.client.HTTPConnection, *guest.address(8080))
    connection.request("POST", "/", body)
    same(connection.getresponse().read(), hashlib.sha256(body).hexdigest().encode(), "digest")
    connection.close()


def pattern(count):
    return (b"0123456789abcdef" * (count // 16 + 1))[:count]


def openssl_server(guest):
    trust = ssl.create_default_context(cafile=guest.folder / "cert.pem")
    trust.check_hostname = False
    for _ in range(3):
        connection = http_connection(http.client.HTTPSConnection, *guest.address(4433),
                                     context=trust)
        connection.request("GET", "/")
        answer = connection.getresponse().read().decode(errors="replace")
        expect("s_server -accept 4433" in answer and "TLSv1.3" in answer, answer[:500])
        connection.close()


# Data stores

def redis(guest):
    dialogue(guest, 6379, [
        (b"PING\r\n", b"+PONG\r\n"),
        (b"SET bird osprey\r\n", b"+OK\r\n"),
        (b"GET bird\r\n", b"$6\r\nosprey\r\n"),
        (b"*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$300000\r\n" + pattern(300000) + b"\r\n", b"+OK\r\n"),
        (b"GET big\r\n", b"$300000\r\n" + pattern(300000) + b"\r\n"),
        (b"INCR n\r\n" * 500, b"".join(b":%d\r\n" % n for n in range(1, 501))),
        (b"EVAL \"return redis.call('get','n')\" 0\r\n", b"$3\r\n500\r\n"),
    ])
    with guest.connect(6379) as hearer:
        hearer.sendall(b"SUBSCRIBE nest\r\n")
        greeting = b"*3\r\n$9\r\nsubscribe\r\n$4\r\nnest\r\n:1\r\n"
        same(read_exactly(hearer, len(greeting)), greeting, "SUBSCRIBE")
        dialogue(guest, 6379, [(b"PUBLISH nest egg\r\n", b":1\r\n")])
        message = b"*3\r\n$7\r\nmessage\r\n$4\r\nnest\r\n$3\r\negg\r\n"
        same(read_exactly(hearer, len(message)), message, "message")


def redis_benchmark(guest):
    host, port = guest.address(6379)
    redis(guest)
    for clients, depth, requests in ((50, 1, 5000), (500, 1, 5000), (50, 16, 20000),
                                     (500, 16, 20000)):
        text = guest.client("/usr/bin/redis-benchmark", "-h", host, "-p", port, "-c", clients, "-P",
                            depth, "-n", requests, "-q", "-t", "set,get,incr,lpush,lrange_100,mset")
        rates = re.findall(r"(?m)(\S+[^:\r\n]*): [\d.]+ requests per second", text)
        expect(len(rates) >= 6 and "rror" not in text, f"-c {clients} -P {depth}: {text[-600:]}")
    text = guest.client("/usr/bin/redis-cli", "-h", host, "-p", port, "GET", "key:__rand_int__")
    expect(text.strip(), f"what the benchmark set: {text}")
    text = guest.client("/usr/bin/redis-cli", "-h", host, "-p", port, "GET", "counter:__rand_int__")
    expect(text.strip() == "50000", f"the benchmark's INCRs came to {text}")


def memcached(guest):
    big = pattern(500000)
    dialogue(guest, 11211, [
        (b"set bird 5 0 6\r\nosprey\r\n", b"STORED\r\n"),
        (b"get bird\r\n", b"VALUE bird 5 6\r\nosprey\r\nEND\r\n"),
        (b"set big 0 0 500000\r\n" + big + b"\r\n", b"STORED\r\n"),
        (b"get big\r\n", b"VALUE big 0 500000\r\n" + big + b"\r\nEND\r\n"),
        (b"set n 0 0 1\r\n0\r\n", b"STORED\r\n"),
    ])

    def count(_):
        with guest.connect(11211) as s, s.makefile("rb") as lines:
            for _ in range(100):
                s.sendall(b"incr n 1\r\n")
                expect(lines.readline().strip().isdigit(), "incr gave no number")

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(count, range(16)))
    dialogue(guest, 11211, [(b"get n\r\n", b"VALUE n 0 4\r\n1600\r\nEND\r\n")])


def memcached_load(guest):
    memcached(guest)
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        list(pool.map(lambda n: dialogue(guest, 11211, [
            (b"set k%d-%d 0 0 1000\r\n%s\r\nget k%d-%d\r\n" % (n, i, pattern(1000), n, i),
             b"STORED\r\nVALUE k%d-%d 0 1000\r\n%s\r\nEND\r\n" % (n, i, pattern(1000)))
            for i in range(40)]), range(50)))


def beanstalkd(guest):
    dialogue(guest, 11300, [
        (b"use nest\r\n", b"USING nest\r\n"),
        (b"put 0 0 60 3\r\negg\r\n", b"INSERTED 1\r\n"),
        (b"watch nest\r\n", b"WATCHING 2\r\n"),
        (b"reserve-with-timeout 60\r\n", b"RESERVED 1 3\r\negg\r\n"),
        (b"delete 1\r\n", b"DELETED\r\n"),
        (b"put 0 0 60 60000\r\n" + pattern(60000) + b"\r\n", b"INSERTED 2\r\n"),
        (b"reserve\r\n", b"RESERVED 2 60000\r\n" + pattern(60000) + b"\r\n"),
    ])


def etcd(guest):
    def ask(path, body):
        connection = http_connection(http.client.HTTPConnection, *guest.address(2379))
        connection.request("POST", f"/v3/kv/{path}", json.dumps(body))
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer
    for n in range(20):
        expect("header" in ask("put", {"key": "YmlyZA==", "value": "b3NwcmV5"}), "put")
    told = ask("range", {"key": "YmlyZA=="})
    expect(told.get("count") == "1" and told["kvs"][0]["value"] == "b3NwcmV5", f"range: {told}")
    expect(told["kvs"][0]["version"] == "20", f"version: {told}")


def mariadb(guest):
    host, port = guest.address(3307)
    script = ("CREATE DATABASE d; USE d; CREATE TABLE t (a INT PRIMARY KEY, b TEXT) ENGINE=InnoDB;"
              + "".join(f"INSERT INTO t VALUES ({n}, REPEAT('x', {n}));" for n in range(200))
              + "UPDATE t SET b = CONCAT(b, '!') WHERE a % 2 = 0;"
              "SELECT COUNT(*), SUM(LENGTH(b)), SUM(a) FROM t;")
    text = guest.client("/usr/bin/mariadb", "--no-defaults", "--skip-ssl", "-h", host, "-P", port,
                        "--protocol=tcp", "-u", "root", "-N", text=script)
    same(text.split(), ["200", "20000", "19900"], "sums")


# Messages, names, throughput

def mqtt_text(text):
    return struct.pack("!H", len(text)) + text


def mqtt_connect(guest, name):
    s = guest.connect(1883)
    body = mqtt_text(b"MQTT") + bytes([4, 2, 0, 60]) + mqtt_text(name)
    s.sendall(bytes([0x10, len(body)]) + body)
    same(read_exactly(s, 4), bytes([0x20, 2, 0, 0]), "CONNACK")
    return s


def mosquitto(guest):
    with mqtt_connect(guest, b"hearer") as hearer, mqtt_connect(guest, b"teller") as teller:
        body = struct.pack("!H", 1) + mqtt_text(b"nest/#") + b"\0"
        hearer.sendall(bytes([0x82, len(body)]) + body)
        same(read_exactly(hearer, 5), bytes([0x90, 3, 0, 1, 0]), "SUBACK")
        for n in range(100):
            body = mqtt_text(b"nest/a") + b"egg %d" % n
            packet = bytes([0x30, len(body)]) + body
            teller.sendall(packet)
            same(read_exactly(hearer, len(packet)), packet, "PUBLISH")


def ask_name(guest, name, port=53):
    """The first IPv4 address of an answer; a lost datagram is asked for again."""
    labels = b"".join(bytes([len(p)]) + p for p in name.encode().split(b".")) + b"\0"
    with guest.datagrams(port) as s:
        for number in range(20):
            s.send(struct.pack("!6H", number, 0x100, 1, 0, 0, 0) + labels +
                   struct.pack("!2H", 1, 1))
            try:
                while True:
                    answer = s.recv(1500)
                    if answer[:2] == struct.pack("!H", number):
                        break
            except (TimeoutError, ConnectionRefusedError):
                time.sleep(0.5)
                guest.alive()
                continue
            flags, _, answers = struct.unpack("!3H", answer[2:8])
            expect(flags & 0x800F == 0x8000 and answers == 1, f"{name}: {answer.hex()}")
            return ".".join(map(str, answer[-4:]))
    raise Failure(f"no answer about {name}")


def dnsmasq(guest):
    """By UDP only: for each TCP connection dnsmasq forks."""
    for _ in range(20):
        same(ask_name(guest, "x.test", "53/udp"), "1.2.3.4", "x.test")
        same(ask_name(guest, "a.b.x.test", "53/udp"), "1.2.3.4", "a.b.x.test")


UDP = ("-u", "-b", "2M", "-l", "1200")


def iperf3(guest):
    host, port = guest.address(5201)
    ways = (), ("-R",), ("-P", "4"), UDP, (*UDP, "-R")
    for number, words in enumerate(ways, 1):
        guest.wait_ready(5201, f"(test #{number})")  # it opens its port anew for each
        text = guest.client("/usr/bin/iperf3", "-c", host, "-p", port, "-t", 3, "-J", *words)
        told = json.loads(text)
        expect("error" not in told, f"{words}: {told.get('error')}")
        end = told["end"]
        moved = end["sum"]["bytes"] if "-u" in words else end["sum_received"]["bytes"]
        expect(moved > 100000, f"{words}: {moved} bytes came")
        if "-u" in words:
            lost, packets = end["sum"]["lost_packets"], end["sum"]["packets"]
            expect(packets > 100 and lost < packets / 2, f"{words}: {lost} of {packets} lost")


def haproxy(guest):
    page = made(guest, "page.html")
    for port in (8081, 8080):  # the page itself, and through the proxy
        web(guest, port, {"/": page["/page.html"]}, 20)
    web_many(guest, 8080, {"/": page["/page.html"]}, 50, 10)
