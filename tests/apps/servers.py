# SPDX-License-Identifier: BSD-3-Clause
"""The servers that are run unmodified, and who asks them. Work files live in /work of the image."""

import server_checks as checks
from server import Server

PAGES = ("page.html", "big.bin")
CERTIFICATE = ("cert.pem", "key.pem")

REDIS = ("/usr/bin/redis-server", "--save", "", "--appendonly", "no", "--protected-mode", "no",
         "--maxclients", "2000")
NGINX = ("/usr/sbin/nginx", "-c", "/work/nginx.conf")
NGINX_FILES = ("nginx.conf", *PAGES, *CERTIFICATE)
MEMCACHED = ("/usr/bin/memcached", "-u", "root", "-l", "0.0.0.0", "-p", "11211", "-t", "4")

SERVERS = [
    Server("redis", ("redis-server",), REDIS, checks.redis, ("6379",), fast=True),
    Server("redis-benchmark", ("redis-server",), REDIS, checks.redis_benchmark, ("6379",),
           clients=("redis-tools",)),
    Server("nginx", ("nginx-light",), NGINX, checks.nginx, ("80", "443"), NGINX_FILES, fast=True),
    Server("nginx-wrk", ("nginx-light",), NGINX, checks.nginx_load, ("80", "443"), NGINX_FILES,
           clients=("wrk",)),
    Server("memcached", ("memcached",), MEMCACHED, checks.memcached, ("11211",),
           probe=b"version\r\n", fast=True),
    Server("memcached-many", ("memcached",), MEMCACHED, checks.memcached_load, ("11211",),
           probe=b"version\r\n"),
    Server("python-http", ("python3",),
           ("/usr/bin/python3", "-m", "http.server", "-d", "/work", "8080"),
           checks.web_files(keep_alive=False), ("8080",), PAGES, fast=True),
    Server("dnsmasq", ("dnsmasq-base",),
           ("/usr/sbin/dnsmasq", "-k", "-u", "root", "--no-resolv", "--no-hosts",
            "--address=/x.test/1.2.3.4", "-p", "53", "--conf-file=/dev/null", "--log-facility=-"),
           checks.dnsmasq, ("53/udp",), ready="cleared cache", fast=True),
    Server("iperf3", ("iperf3",), ("/usr/bin/iperf3", "-s", "--forceflush"), checks.iperf3,
           ("=5201", "=5201/udp"), clients=("iperf3",), ready="Server listening"),
    Server("lighttpd", ("lighttpd",), ("/usr/sbin/lighttpd", "-D", "-f", "/work/lighttpd.conf"),
           checks.web_files(load=True), ("8080",), ("lighttpd.conf", *PAGES), clients=("wrk",)),
    Server("haproxy", ("haproxy",), ("/usr/sbin/haproxy", "-db", "-f", "/work/haproxy.cfg"),
           checks.haproxy, ("8080", "8081"), ("haproxy.cfg", "page.html")),
    Server("caddy", ("caddy",),
           ("/usr/bin/caddy", "file-server", "--listen", "0.0.0.0:8080", "--root", "/work"),
           checks.web_files(load=True), ("8080",), PAGES, clients=("wrk",), memory="1G"),
    Server("etcd", ("etcd-server",),
           ("/usr/bin/etcd", "--data-dir", "/tmp/etcd", "--listen-client-urls",
            "http://0.0.0.0:2379", "--advertise-client-urls", "http://localhost:2379"),
           checks.etcd, ("2379",), memory="1G"),
    Server("mosquitto", ("mosquitto",), ("/usr/sbin/mosquitto", "-v", "-c", "/work/mosquitto.conf"),
           checks.mosquitto, ("1883",), ("mosquitto.conf",), ready=" running"),
    Server("beanstalkd", ("beanstalkd",), ("/usr/bin/beanstalkd", "-l", "0.0.0.0", "-p", "11300"),
           checks.beanstalkd, ("11300",)),
    Server("mariadb", ("mariadb-server-core",),
           ("/usr/sbin/mariadbd", "--no-defaults", "--user=root", "--datadir=/work/mariadb",
            "--socket=/tmp/my.sock", "--skip-grant-tables", "--port=3307",
            "--bind-address=0.0.0.0", "--pid-file=/tmp/my.pid"),
           checks.mariadb, ("3307",), ("mariadb",), clients=("mariadb-client-core",),
           memory="1G"),
    Server("openssl", ("openssl",),
           ("/usr/bin/openssl", "s_server", "-accept", "4433", "-www", "-cert", "/work/cert.pem",
            "-key", "/work/key.pem"), checks.openssl_server, ("4433",), CERTIFICATE,
           ready="ACCEPT"),
    Server("php", ("php8.2-cli",), ("/usr/bin/php8.2", "-S", "0.0.0.0:8080", "-t", "/work"),
           checks.web_files(keep_alive=False), ("8080",), PAGES),
    Server("node", ("nodejs",), ("/usr/bin/node", "/work/server.js"), checks.web_digest, ("8080",),
           ("server.js",), memory="1G"),
    Server("java", ("openjdk-17-jdk-headless",),
           ("/usr/lib/jvm/java-17-openjdk-amd64/bin/java", "-Xmx256m", "/work/Server.java"),
           checks.web_digest, ("8080",), ("Server.java",), memory="1G"),
    Server("go", ("libc-bin",), ("/work/go-server",), checks.web_digest, ("8080",),
           ("go-server",)),
    Server("perl", ("perl",), ("/usr/bin/perl", "/work/server.pl"), checks.web_digest, ("8080",),
           ("server.pl",)),
]
