#include "packet_socket.h"

#include <arpa/inet.h>
#include <cstring>
#include <linux/filter.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>
#include <vector>

#include "kernel_constants.h"

namespace syngate {
namespace {

void set_option(int descriptor, int level, int option, int value, const char* name) {
  checked(setsockopt(descriptor, level, option, &value, sizeof value), name);
}

// The forced size needs CAP_NET_ADMIN; without it the host's limit applies, which is slower and not wrong.
void set_buffer(int descriptor, int forced, int plain, int bytes, const char* name) {
  if (setsockopt(descriptor, SOL_SOCKET, forced, &bytes, sizeof bytes) == 0) return;
  set_option(descriptor, SOL_SOCKET, plain, bytes, name);
}

void attach_filter(int descriptor, const uint8_t* filter, size_t bytes) {
  std::vector<struct sock_filter> code(bytes / sizeof(struct sock_filter));
  std::memcpy(code.data(), filter, code.size() * sizeof(struct sock_filter));
  const struct sock_fprog program = {static_cast<unsigned short>(code.size()), code.data()};
  checked(setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program), "SO_ATTACH_FILTER");
}

// Neighbour solicitations go to multicast addresses the host itself has not joined (RFC 4861 section 7.2.2).
void take_all_multicast(int descriptor, int interface_index) {
  struct packet_mreq membership = {};
  membership.mr_ifindex = interface_index;
  membership.mr_type = PACKET_MR_ALLMULTI;
  checked(setsockopt(descriptor, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership, sizeof membership),
          "PACKET_ADD_MEMBERSHIP");
}

// An interface may have been made anew, as another kind, since its kind was read.
void bind_to(int descriptor, int interface_index, bool framed) {
  struct sockaddr_ll address = {};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = interface_index;
  checked(bind(descriptor, reinterpret_cast<struct sockaddr*>(&address), sizeof address), "bind");
  socklen_t size = sizeof address;
  checked(getsockname(descriptor, reinterpret_cast<struct sockaddr*>(&address), &size), "getsockname");
  if (framed != (address.sll_hatype == ARPHRD_ETHER || address.sll_hatype == ARPHRD_LOOPBACK))
    throw std::system_error(EOPNOTSUPP, std::generic_category(), "link type");
}

}  // namespace

FileDescriptor open_packet_socket(const PacketSocketOptions& options) {
  // Protocol 0 receives nothing: no frame of another interface is queued before the socket is bound to its own.
  FileDescriptor socket_(checked(socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket"));
  const int descriptor = socket_.get();
  set_option(descriptor, SOL_PACKET, PACKET_VNET_HDR, 1, "PACKET_VNET_HDR");
  set_option(descriptor, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, "PACKET_IGNORE_OUTGOING");
  set_buffer(descriptor, SO_RCVBUFFORCE, SO_RCVBUF, options.receive_buffer_bytes, "SO_RCVBUF");
  set_buffer(descriptor, SO_SNDBUFFORCE, SO_SNDBUF, options.send_buffer_bytes, "SO_SNDBUF");
  attach_filter(descriptor, options.filter, options.filter_bytes);
  if (options.framed) take_all_multicast(descriptor, options.interface_index);
  bind_to(descriptor, options.interface_index, options.framed);
  return socket_;
}

FileDescriptor open_plain_sender(int send_buffer_bytes) {
  FileDescriptor socket_(checked(socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket"));
  set_buffer(socket_.get(), SO_SNDBUFFORCE, SO_SNDBUF, send_buffer_bytes, "SO_SNDBUF");
  return socket_;
}

PacketStatistics take_packet_statistics(int descriptor) {
  struct tpacket_stats statistics = {};
  socklen_t size = sizeof statistics;
  checked(getsockopt(descriptor, SOL_PACKET, PACKET_STATISTICS, &statistics, &size), "PACKET_STATISTICS");
  return {statistics.tp_packets, statistics.tp_drops};
}

}  // namespace syngate
