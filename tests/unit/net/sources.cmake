# SPDX-License-Identifier: BSD-3-Clause
# Parts of the network stack that unit tests and fuzzers share, as paths from the top.
set(NET_PACKET kernel/net/packet.cc kernel/net/checksum.cc kernel/vfs/io_buffer.cc
  tests/unit/net/shim/frames.cc tests/unit/net/shim/user_access.cc)
# Everything below the transport protocols, and what it needs of the kernel (shim/kernel.hh).
set(NET_CORE ${NET_PACKET} tests/unit/net/shim/kernel.cc tests/unit/support/host_sched.cc
  tests/unit/support/retire_list.cc
  kernel/sync/mutex.cc kernel/sync/wait_queue.cc kernel/base/format.cc kernel/base/errc.cc)
foreach(source address aggregator change interface interface_address loopback neighbour neighbour_state output
    path_mtu protocol reassembly receive route route_table segment statistics tap arp/arp
    icmp/errors icmp/icmp ipv4/fragment ipv4/input ipv4/output)
  list(APPEND NET_CORE kernel/net/${source}.cc)
endforeach()
list(APPEND NET_CORE tests/unit/net/shim/absent.cc)
# One TCP connection, on top of NET_PACKET.
set(TCP_ENGINE acknowledge congestion connection fast_open info input last_state loss options output passive
  receive receive_queue segment send_queue sent_log timers)
list(TRANSFORM TCP_ENGINE PREPEND kernel/net/tcp/)
list(TRANSFORM TCP_ENGINE APPEND .cc)
