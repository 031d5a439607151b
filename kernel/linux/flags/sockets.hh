// SPDX-License-Identifier: BSD-3-Clause
// Sockets: names and values of families, types, flags, levels and options (include/uapi of Linux
// 6.1, as on x86-64).
#pragma once

#include <linux/arguments.hh>

namespace osprey::abi {

struct socket_families {
    enum : u64 {
        af_unspec = 0,
        af_unix = 1,
        af_inet = 2,
        af_ax25 = 3,
        af_ipx = 4,
        af_inet6 = 0xa,
        af_key = 0xf,
        af_netlink = 0x10,
        af_packet = 0x11,
        af_tipc = 0x1e,
        af_bluetooth = 0x1f,
        af_alg = 0x26,
        af_vsock = 0x28,
        af_xdp = 0x2c,
    };
    static constexpr value_name names[] = {
        {af_unspec, "AF_UNSPEC"},
        {af_unix, "AF_UNIX"},
        {af_inet, "AF_INET"},
        {af_ax25, "AF_AX25"},
        {af_ipx, "AF_IPX"},
        {af_inet6, "AF_INET6"},
        {af_key, "AF_KEY"},
        {af_netlink, "AF_NETLINK"},
        {af_packet, "AF_PACKET"},
        {af_tipc, "AF_TIPC"},
        {af_bluetooth, "AF_BLUETOOTH"},
        {af_alg, "AF_ALG"},
        {af_vsock, "AF_VSOCK"},
        {af_xdp, "AF_XDP"},
    };
};

/// SOCK_SEQPACKET stands before its parts, which are other types.
struct socket_types {
    enum : u64 {
        sock_cloexec = 0x80000,
        sock_nonblock = 0x800,
        sock_packet = 0xa,
        sock_seqpacket = 5,
        sock_rdm = 4,
        sock_raw = 3,
        sock_dgram = 2,
        sock_stream = 1,
    };
    static constexpr value_name names[] = {
        {sock_cloexec, "SOCK_CLOEXEC"}, {sock_nonblock, "SOCK_NONBLOCK"},
        {sock_packet, "SOCK_PACKET"},   {sock_seqpacket, "SOCK_SEQPACKET"},
        {sock_rdm, "SOCK_RDM"},         {sock_raw, "SOCK_RAW"},
        {sock_dgram, "SOCK_DGRAM"},     {sock_stream, "SOCK_STREAM"},
    };
};

struct accept_flags {
    enum : u64 {
        sock_cloexec = 0x80000,
        sock_nonblock = 0x800,
    };
    static constexpr value_name names[] = {
        {sock_cloexec, "SOCK_CLOEXEC"},
        {sock_nonblock, "SOCK_NONBLOCK"},
    };
};

struct shutdown_directions {
    enum : u64 {
        shut_rd = 0,
        shut_wr = 1,
        shut_rdwr = 2,
    };
    static constexpr value_name names[] = {
        {shut_rd, "SHUT_RD"},
        {shut_wr, "SHUT_WR"},
        {shut_rdwr, "SHUT_RDWR"},
    };
};

struct message_flags {
    enum : u64 {
        msg_oob = 1,
        msg_peek = 2,
        msg_dontroute = 4,
        msg_ctrunc = 8,
        msg_probe = 0x10,
        msg_trunc = 0x20,
        msg_dontwait = 0x40,
        msg_eor = 0x80,
        msg_waitall = 0x100,
        msg_fin = 0x200,
        msg_syn = 0x400,
        msg_confirm = 0x800,
        msg_rst = 0x1000,
        msg_errqueue = 0x2000,
        msg_nosignal = 0x4000,
        msg_more = 0x8000,
        msg_waitforone = 0x10000,
        msg_batch = 0x40000,
        msg_zerocopy = 0x4000000,
        msg_fastopen = 0x20000000,
        msg_cmsg_cloexec = 0x40000000,
    };
    static constexpr value_name names[] = {
        {msg_oob, "MSG_OOB"},
        {msg_peek, "MSG_PEEK"},
        {msg_dontroute, "MSG_DONTROUTE"},
        {msg_ctrunc, "MSG_CTRUNC"},
        {msg_probe, "MSG_PROBE"},
        {msg_trunc, "MSG_TRUNC"},
        {msg_dontwait, "MSG_DONTWAIT"},
        {msg_eor, "MSG_EOR"},
        {msg_waitall, "MSG_WAITALL"},
        {msg_fin, "MSG_FIN"},
        {msg_syn, "MSG_SYN"},
        {msg_confirm, "MSG_CONFIRM"},
        {msg_rst, "MSG_RST"},
        {msg_errqueue, "MSG_ERRQUEUE"},
        {msg_nosignal, "MSG_NOSIGNAL"},
        {msg_more, "MSG_MORE"},
        {msg_waitforone, "MSG_WAITFORONE"},
        {msg_batch, "MSG_BATCH"},
        {msg_zerocopy, "MSG_ZEROCOPY"},
        {msg_fastopen, "MSG_FASTOPEN"},
        {msg_cmsg_cloexec, "MSG_CMSG_CLOEXEC"},
    };
};

struct socket_levels {
    enum : u64 {
        sol_ip = 0,
        sol_socket = 1,
        sol_tcp = 6,
        sol_udp = 0x11,
        sol_ipv6 = 0x29,
        sol_icmpv6 = 0x3a,
        sol_raw = 0xff,
        sol_packet = 0x107,
        sol_netlink = 0x10e,
        sol_tls = 0x11a,
    };
    static constexpr value_name names[] = {
        {sol_ip, "SOL_IP"},   {sol_socket, "SOL_SOCKET"}, {sol_tcp, "SOL_TCP"},
        {sol_udp, "SOL_UDP"}, {sol_ipv6, "SOL_IPV6"},     {sol_icmpv6, "SOL_ICMPV6"},
        {sol_raw, "SOL_RAW"}, {sol_packet, "SOL_PACKET"}, {sol_netlink, "SOL_NETLINK"},
        {sol_tls, "SOL_TLS"},
    };
};

/// Names of SOL_SOCKET; the other levels use the same numbers for other options.
struct socket_options {
    enum : u64 {
        so_debug = 1,
        so_reuseaddr = 2,
        so_type = 3,
        so_error = 4,
        so_dontroute = 5,
        so_broadcast = 6,
        so_sndbuf = 7,
        so_rcvbuf = 8,
        so_keepalive = 9,
        so_oobinline = 0xa,
        so_no_check = 0xb,
        so_priority = 0xc,
        so_linger = 0xd,
        so_bsdcompat = 0xe,
        so_reuseport = 0xf,
        so_passcred = 0x10,
        so_peercred = 0x11,
        so_rcvlowat = 0x12,
        so_sndlowat = 0x13,
        so_rcvtimeo = 0x14,
        so_sndtimeo = 0x15,
        so_bindtodevice = 0x19,
        so_attach_filter = 0x1a,
        so_detach_filter = 0x1b,
        so_peername = 0x1c,
        so_timestamp = 0x1d,
        so_acceptconn = 0x1e,
        so_peersec = 0x1f,
        so_sndbufforce = 0x20,
        so_rcvbufforce = 0x21,
        so_passsec = 0x22,
        so_timestampns = 0x23,
        so_mark = 0x24,
        so_timestamping = 0x25,
        so_protocol = 0x26,
        so_domain = 0x27,
        so_rxq_ovfl = 0x28,
        so_wifi_status = 0x29,
        so_peek_off = 0x2a,
        so_nofcs = 0x2b,
        so_lock_filter = 0x2c,
        so_select_err_queue = 0x2d,
        so_busy_poll = 0x2e,
        so_max_pacing_rate = 0x2f,
        so_bpf_extensions = 0x30,
        so_incoming_cpu = 0x31,
        so_attach_bpf = 0x32,
        so_attach_reuseport_cbpf = 0x33,
        so_attach_reuseport_ebpf = 0x34,
        so_cnx_advice = 0x35,
        so_meminfo = 0x37,
        so_incoming_napi_id = 0x38,
        so_cookie = 0x39,
        so_peergroups = 0x3b,
        so_zerocopy = 0x3c,
        so_txtime = 0x3d,
        so_bindtoifindex = 0x3e,
        so_timestamp_new = 0x3f,
        so_timestampns_new = 0x40,
        so_timestamping_new = 0x41,
        so_rcvtimeo_new = 0x42,
        so_sndtimeo_new = 0x43,
    };
    static constexpr value_name names[] = {
        {so_debug, "SO_DEBUG"},
        {so_reuseaddr, "SO_REUSEADDR"},
        {so_type, "SO_TYPE"},
        {so_error, "SO_ERROR"},
        {so_dontroute, "SO_DONTROUTE"},
        {so_broadcast, "SO_BROADCAST"},
        {so_sndbuf, "SO_SNDBUF"},
        {so_rcvbuf, "SO_RCVBUF"},
        {so_keepalive, "SO_KEEPALIVE"},
        {so_oobinline, "SO_OOBINLINE"},
        {so_no_check, "SO_NO_CHECK"},
        {so_priority, "SO_PRIORITY"},
        {so_linger, "SO_LINGER"},
        {so_bsdcompat, "SO_BSDCOMPAT"},
        {so_reuseport, "SO_REUSEPORT"},
        {so_passcred, "SO_PASSCRED"},
        {so_peercred, "SO_PEERCRED"},
        {so_rcvlowat, "SO_RCVLOWAT"},
        {so_sndlowat, "SO_SNDLOWAT"},
        {so_rcvtimeo, "SO_RCVTIMEO"},
        {so_sndtimeo, "SO_SNDTIMEO"},
        {so_bindtodevice, "SO_BINDTODEVICE"},
        {so_attach_filter, "SO_ATTACH_FILTER"},
        {so_detach_filter, "SO_DETACH_FILTER"},
        {so_peername, "SO_PEERNAME"},
        {so_timestamp, "SO_TIMESTAMP"},
        {so_acceptconn, "SO_ACCEPTCONN"},
        {so_peersec, "SO_PEERSEC"},
        {so_sndbufforce, "SO_SNDBUFFORCE"},
        {so_rcvbufforce, "SO_RCVBUFFORCE"},
        {so_passsec, "SO_PASSSEC"},
        {so_timestampns, "SO_TIMESTAMPNS"},
        {so_mark, "SO_MARK"},
        {so_timestamping, "SO_TIMESTAMPING"},
        {so_protocol, "SO_PROTOCOL"},
        {so_domain, "SO_DOMAIN"},
        {so_rxq_ovfl, "SO_RXQ_OVFL"},
        {so_wifi_status, "SO_WIFI_STATUS"},
        {so_peek_off, "SO_PEEK_OFF"},
        {so_nofcs, "SO_NOFCS"},
        {so_lock_filter, "SO_LOCK_FILTER"},
        {so_select_err_queue, "SO_SELECT_ERR_QUEUE"},
        {so_busy_poll, "SO_BUSY_POLL"},
        {so_max_pacing_rate, "SO_MAX_PACING_RATE"},
        {so_bpf_extensions, "SO_BPF_EXTENSIONS"},
        {so_incoming_cpu, "SO_INCOMING_CPU"},
        {so_attach_bpf, "SO_ATTACH_BPF"},
        {so_attach_reuseport_cbpf, "SO_ATTACH_REUSEPORT_CBPF"},
        {so_attach_reuseport_ebpf, "SO_ATTACH_REUSEPORT_EBPF"},
        {so_cnx_advice, "SO_CNX_ADVICE"},
        {so_meminfo, "SO_MEMINFO"},
        {so_incoming_napi_id, "SO_INCOMING_NAPI_ID"},
        {so_cookie, "SO_COOKIE"},
        {so_peergroups, "SO_PEERGROUPS"},
        {so_zerocopy, "SO_ZEROCOPY"},
        {so_txtime, "SO_TXTIME"},
        {so_bindtoifindex, "SO_BINDTOIFINDEX"},
        {so_timestamp_new, "SO_TIMESTAMP_NEW"},
        {so_timestampns_new, "SO_TIMESTAMPNS_NEW"},
        {so_timestamping_new, "SO_TIMESTAMPING_NEW"},
        {so_rcvtimeo_new, "SO_RCVTIMEO_NEW"},
        {so_sndtimeo_new, "SO_SNDTIMEO_NEW"},
    };
};

}  // namespace osprey::abi
