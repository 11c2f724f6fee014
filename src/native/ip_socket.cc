#include "ip_socket.h"

#include <cstring>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <sys/socket.h>

namespace syngate {
namespace {

struct Destination {
  union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
  };
  socklen_t size;
};

// False for a packet that is shorter than an IP header or not IP.
bool read_destination(const uint8_t* packet, size_t bytes, Destination& destination) {
  std::memset(&destination, 0, sizeof destination);
  const int version = packet[0] >> 4;
  if (version == 4 && bytes >= sizeof(struct ip)) {
    destination.v4.sin_family = AF_INET;
    std::memcpy(&destination.v4.sin_addr, packet + offsetof(struct ip, ip_dst), sizeof(struct in_addr));
    destination.size = sizeof destination.v4;
    return true;
  }
  if (version == 6 && bytes >= sizeof(struct ip6_hdr)) {
    destination.v6.sin6_family = AF_INET6;
    std::memcpy(&destination.v6.sin6_addr, packet + offsetof(struct ip6_hdr, ip6_dst), sizeof(struct in6_addr));
    destination.size = sizeof destination.v6;
    return true;
  }
  return false;
}

// RFC 1071; the checksum field holds the folded sum of the pseudo-header and is summed with the rest.
uint16_t checksum(const uint8_t* bytes, size_t count) {
  uint64_t sum = 0;
  for (size_t i = 0; i + 1 < count; i += 2) sum += static_cast<uint32_t>(bytes[i] << 8 | bytes[i + 1]);
  if (count % 2 == 1) sum += static_cast<uint32_t>(bytes[count - 1] << 8);
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

// False where the virtio-net header points outside of the packet.
bool complete_checksum(uint8_t* vnet, uint8_t* packet, size_t bytes) {
  VnetHeader header;
  std::memcpy(&header, vnet, kVnetBytes);
  if (!(header.flags & kNeedsChecksum)) return true;
  const size_t field = static_cast<size_t>(header.csum_start) + header.csum_offset;
  if (field + 2 > bytes || header.csum_start > bytes) return false;
  const uint16_t sum = checksum(packet + header.csum_start, bytes - header.csum_start);
  // A sum of zero would read as "no checksum" (RFC 768); all ones is the same number.
  const uint16_t sent = sum == 0 ? 0xffff : sum;
  packet[field] = static_cast<uint8_t>(sent >> 8);
  packet[field + 1] = static_cast<uint8_t>(sent);
  header.flags &= static_cast<uint8_t>(~kNeedsChecksum);
  std::memcpy(vnet, &header, kVnetBytes);
  return true;
}

bool is_super_packet(const uint8_t* vnet) {
  VnetHeader header;
  std::memcpy(&header, vnet, kVnetBytes);
  return header.gso_type != kGsoNone;
}

}  // namespace

FileDescriptor open_ip_socket(int version, const std::string& interface) {
  const int family = version == 4 ? AF_INET : AF_INET6;
  FileDescriptor socket_(checked(socket(family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_RAW), "socket"));
  const int descriptor = socket_.get();
  const int on = 1;
  // IPPROTO_RAW already means it; said aloud because a kernel before Linux 4.5 cannot do it for IPv6.
  const int level = version == 4 ? static_cast<int>(IPPROTO_IP) : static_cast<int>(IPPROTO_IPV6);
  const int option = version == 4 ? IP_HDRINCL : IPV6_HDRINCL;
  checked(setsockopt(descriptor, level, option, &on, sizeof on), version == 4 ? "IP_HDRINCL" : "IPV6_HDRINCL");
  checked(setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, interface.c_str(), interface.size() + 1),
          "SO_BINDTODEVICE");
  return socket_;
}

int send_ip(int descriptor, const Batch& batch, size_t slot) {
  if (!batch.holds(slot)) return EINVAL;
  uint8_t* packet = batch.packet(slot);
  const size_t bytes = batch.lengths[slot];
  Destination destination;
  if (!read_destination(packet, bytes, destination)) return EINVAL;
  if (is_super_packet(batch.vnet(slot))) return EMSGSIZE;
  if (!complete_checksum(batch.vnet(slot), packet, bytes)) return EINVAL;
  for (;;) {
    if (sendto(descriptor, packet, bytes, MSG_DONTWAIT, &destination.any, destination.size) >= 0) return 0;
    if (errno != EINTR) return errno;
  }
}

}  // namespace syngate
