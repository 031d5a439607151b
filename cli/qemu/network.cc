// SPDX-License-Identifier: BSD-3-Clause
#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <base/failure.hh>
#include <base/files.hh>
#include <base/text.hh>
#include <base/unique_fd.hh>
#include <qemu/network.hh>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <random>

namespace osprey::cli::qemu {

namespace {

constexpr const char* port_form = "Ports are [[ADDRESS:]HOST:]GUEST[/udp], for example 8080:80.";
constexpr const char* network_form =
    "Networks are user, none, tap:NAME[,queues=N] and bridge:NAME.";

failure wrong(const std::string& what, const char* hint) {
    return failure{exit_status::usage, what, hint};
}

uint16_t parse_port(std::string_view text, const std::string& whole, bool may_be_zero) {
    uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size() ||
        (port == 0 && !may_be_zero)) {
        throw wrong(fmt::format("'{}' is no port mapping", whole), port_form);
    }
    return port;
}

published_port parse_published(const std::string& whole) {
    published_port port;
    std::string text = whole;
    if (const size_t slash = text.find('/'); slash != std::string::npos) {
        const std::string protocol = text.substr(slash + 1);
        if (protocol != "tcp" && protocol != "udp") {
            throw wrong(fmt::format("'{}' is no port mapping: /{} is neither /tcp nor /udp", whole,
                                    protocol),
                        port_form);
        }
        port.udp = protocol == "udp";
        text.resize(slash);
    }
    const size_t last = text.rfind(':');
    port.guest_port =
        parse_port(last == std::string::npos ? text : text.substr(last + 1), whole, false);
    if (last == std::string::npos) {
        return port;
    }
    text.resize(last);
    if (const size_t colon = text.rfind(':'); colon != std::string::npos) {
        port.host_address = text.substr(0, colon);
        text = text.substr(colon + 1);
        in_addr address{};
        if (::inet_pton(AF_INET, port.host_address.c_str(), &address) != 1) {
            throw wrong(fmt::format("'{}' is no IPv4 address", port.host_address), port_form);
        }
    }
    port.host_port = parse_port(text, whole, true);
    return port;
}

/// An address that is unlikely to be anybody else's: QEMU's prefix and three random bytes, since
/// two guests on one bridge must not share one.
std::string random_mac() {
    std::random_device random;
    const unsigned bits = random();
    return fmt::format("52:54:00:{:02x}:{:02x}:{:02x}", bits & 0xff, bits >> 8 & 0xff,
                       bits >> 16 & 0xff);
}

void check_mac(const std::string& mac) {
    unsigned bytes[6];
    char rest = 0;
    const bool shaped = std::sscanf(mac.c_str(), "%2x:%2x:%2x:%2x:%2x:%2x%c", &bytes[0], &bytes[1],
                                    &bytes[2], &bytes[3], &bytes[4], &bytes[5], &rest) == 6;
    if (!shaped || mac.size() != 17) {
        throw wrong(fmt::format("'{}' is no MAC address", mac), "For example 52:54:00:12:34:56.");
    }
    if ((bytes[0] & 1) != 0) {
        throw wrong(fmt::format("{} is a multicast address", mac),
                    "The lowest bit of the first byte must be 0.");
    }
}

network_card parse_network(const std::string& text) {
    network_card card;
    if (text == "user") {
        return card;
    }
    const size_t colon = text.find(':');
    const std::string kind = text.substr(0, colon);
    std::string rest = colon == std::string::npos ? "" : text.substr(colon + 1);
    if (kind == "tap") {
        card.kind = network_card::backend::tap;
        if (const size_t comma = rest.find(",queues="); comma != std::string::npos) {
            card.queues = parse_port(rest.substr(comma + 8), text, false);
            rest.resize(comma);
        }
    } else if (kind == "bridge") {
        card.kind = network_card::backend::bridge;
    } else {
        throw wrong(fmt::format("there is no network '{}'", text), network_form);
    }
    if (rest.empty() || rest.size() >= IFNAMSIZ || rest.find_first_of(",/ ") != std::string::npos) {
        throw wrong(fmt::format("'{}' does not name an interface", text), network_form);
    }
    card.name = rest;
    card.mac = random_mac();
    return card;
}

/// Binds the port for a moment. @return the port that it was, or minus errno.
int try_port(const published_port& port) {
    const unique_fd fd{::socket(AF_INET, (port.udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0)};
    const int on = 1;
    if (!port.udp) {  // as QEMU does it
        ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port.host_port);
    ::inet_pton(AF_INET, port.host_address.c_str(), &address.sin_addr);
    if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        (!port.udp && ::listen(fd.get(), 1) != 0)) {
        return -errno;
    }
    socklen_t size = sizeof address;
    ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

}  // namespace

std::string published_port::client_address() const {
    return fmt::format("{}:{}", host_address == "127.0.0.1" ? "localhost" : host_address,
                       host_port);
}

std::vector<network_card> plan_network(const network_request& request) {
    std::vector<network_card> cards;
    bool none = false;
    for (const std::string& text : request.networks) {
        if (text == "none") {
            none = true;
        } else {
            cards.push_back(parse_network(text));
        }
    }
    if (none && !cards.empty()) {
        throw wrong("--net none goes with no other --net", network_form);
    }
    if (!none && cards.empty()) {
        cards.emplace_back();
    }
    network_card* user = nullptr;
    for (network_card& card : cards) {
        if (card.kind == network_card::backend::user && user == nullptr) {
            user = &card;
        }
    }
    for (const std::string& text : request.published) {
        if (user == nullptr) {
            throw wrong("-p needs the user network",
                        "Without it the guest has an address of its "
                        "own: connect to that.");
        }
        user->ports.push_back(parse_published(text));
    }
    if (request.macs.size() > cards.size()) {
        throw wrong(fmt::format("{} for {}", counted(request.macs.size(), "--mac"),
                                counted(cards.size(), "network card")),
                    "The first --mac is for the first --net, and so on.");
    }
    for (size_t i = 0; i < request.macs.size(); ++i) {
        check_mac(request.macs[i]);
        cards[i].mac = request.macs[i];
    }
    if (cards.size() > 1) {
        for (network_card& card : cards) {
            if (card.mac.empty()) {
                card.mac = random_mac();
            }
        }
    }
    if (!request.capture.empty()) {
        if (cards.empty()) {
            throw wrong("--pcap without a network", network_form);
        }
        cards.front().capture = request.capture;
    }
    return cards;
}

void claim_ports(std::vector<network_card>& cards) {
    for (network_card& card : cards) {
        for (published_port& port : card.ports) {
            const int got = try_port(port);
            const char* protocol = port.udp ? "UDP" : "TCP";
            if (got == -EADDRINUSE) {
                throw failure{
                    fmt::format("{} port {} of this machine is in use", protocol, port.host_port),
                    fmt::format("Choose another one (-p OTHER:{}), or 0 for any.",
                                port.guest_port)};
            }
            if (got == -EACCES) {
                throw failure{fmt::format("{} port {} of this machine needs privileges", protocol,
                                          port.host_port),
                              "Choose one of 1024 or above."};
            }
            if (got < 0) {
                throw failure{fmt::format("cannot listen on {}:{}: {}", port.host_address,
                                          port.host_port, std::strerror(-got)),
                              "The address must be one of this machine."};
            }
            port.host_port = static_cast<uint16_t>(got);
        }
    }
}

void check_devices(const std::vector<network_card>& cards) {
    for (const network_card& card : cards) {
        const fs::path known = fs::path{"/sys/class/net"} / card.name;
        std::error_code error;
        if (card.kind == network_card::backend::tap && ::geteuid() != 0 &&
            !fs::exists(known, error)) {
            throw failure{fmt::format("there is no tap device {}", card.name),
                          fmt::format("Make it: sudo ip tuntap add dev {0} mode tap user $USER && "
                                      "sudo ip link set {0} up.",
                                      card.name)};
        }
        if (card.kind == network_card::backend::bridge && !fs::exists(known / "bridge", error)) {
            throw failure{fmt::format("there is no bridge {}", card.name),
                          "`ip link show type bridge` lists them."};
        }
    }
}

std::vector<std::string> network_arguments(const std::vector<network_card>& cards,
                                           const std::string& bus) {
    std::vector<std::string> line;
    for (size_t i = 0; i < cards.size(); ++i) {
        const network_card& card = cards[i];
        std::string backend;
        switch (card.kind) {
            case network_card::backend::user:
                backend = fmt::format("user,id=net{}", i);
                for (const published_port& port : card.ports) {
                    backend += fmt::format(",hostfwd={}:{}:{}-:{}", port.udp ? "udp" : "tcp",
                                           port.host_address, port.host_port, port.guest_port);
                }
                break;
            case network_card::backend::tap:
                backend =
                    fmt::format("tap,id=net{},ifname={},script=no,downscript=no", i, card.name);
                if (card.queues > 1) {
                    backend += fmt::format(",queues={}", card.queues);
                }
                break;
            case network_card::backend::bridge:
                backend = fmt::format("bridge,id=net{},br={}", i, card.name);
                break;
        }
        std::string device = fmt::format("virtio-net-{},netdev=net{}", bus, i);
        if (!card.mac.empty()) {
            device += ",mac=" + card.mac;
        }
        if (card.queues > 1) {
            device += ",mq=on";
            if (bus == "pci") {
                // One for each direction of a queue pair, one each for control and configuration.
                device += fmt::format(",vectors={}", 2 * card.queues + 2);
            }
        }
        if (bus == "pci") {
            device += ",romfile=";  // the firmware must not look for a boot server
        }
        line.insert(line.end(), {"-netdev", backend, "-device", device});
        if (!card.capture.empty()) {
            std::string file;
            for (const char c : card.capture) {
                file += c == ',' ? ",," : std::string{c};
            }
            line.insert(line.end(), {"-object", fmt::format("filter-dump,id=capture{},netdev=net{},"
                                                            "file={}",
                                                            i, i, file)});
        }
    }
    return line;
}

std::string describe(const network_card& card) {
    switch (card.kind) {
        case network_card::backend::tap:
            return card.name;
        case network_card::backend::bridge:
            return "bridge " + card.name;
        default:
            return "user";
    }
}

}  // namespace osprey::cli::qemu
