#include "packet_socket.h"

#include <algorithm>
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

constexpr size_t kFrameHeaderBytes = kVnetBytes + kEthernetBytes;
constexpr size_t kEtherTypeOffset = kVnetBytes + 12;

// What one call to the kernel carries: each frame in two pieces, its headers here and its packet in its slot.
struct Frames {
  struct mmsghdr messages[kCallCapacity];
  struct iovec pieces[kCallCapacity][2];
  uint8_t headers[kCallCapacity][kFrameHeaderBytes];

  void set(size_t i, uint8_t* packet, size_t bytes) {
    pieces[i][0] = {headers[i], kFrameHeaderBytes};
    pieces[i][1] = {packet, bytes};
    messages[i].msg_hdr = {};
    messages[i].msg_hdr.msg_iov = pieces[i];
    messages[i].msg_hdr.msg_iovlen = 2;
    messages[i].msg_len = 0;
  }
};

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

void bind_to(int descriptor, int interface_index) {
  struct sockaddr_ll address = {};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = interface_index;
  checked(bind(descriptor, reinterpret_cast<struct sockaddr*>(&address), sizeof address), "bind");
  socklen_t size = sizeof address;
  checked(getsockname(descriptor, reinterpret_cast<struct sockaddr*>(&address), &size), "getsockname");
  if (address.sll_hatype != ARPHRD_ETHER && address.sll_hatype != ARPHRD_LOOPBACK)
    throw std::system_error(EOPNOTSUPP, std::generic_category(), "link type");
}

// Moves the offsets of a virtio-net header by an Ethernet header, wherever they mean anything.
void shift_offsets(VnetHeader& header, int bytes) {
  if (header.flags & kNeedsChecksum)
    header.csum_start = static_cast<uint16_t>(std::clamp(header.csum_start + bytes, 0, 0xffff));
  if (header.gso_type != kGsoNone)
    header.hdr_len = static_cast<uint16_t>(std::clamp(header.hdr_len + bytes, 0, 0xffff));
}

void copy_vnet(uint8_t* to, const uint8_t* from, int shift) {
  VnetHeader header;
  std::memcpy(&header, from, kVnetBytes);
  shift_offsets(header, shift);
  std::memcpy(to, &header, kVnetBytes);
}

void accept_frame(const Batch& batch, size_t slot, const struct mmsghdr& message, const uint8_t* headers) {
  const bool whole = message.msg_len > kFrameHeaderBytes && !(message.msg_hdr.msg_flags & MSG_TRUNC);
  if (!whole) {
    batch.lengths[slot] = 0;
    batch.ether_types[slot] = 0;
    return;
  }
  batch.lengths[slot] = message.msg_len - kFrameHeaderBytes;
  batch.ether_types[slot] = static_cast<uint16_t>(headers[kEtherTypeOffset] << 8 | headers[kEtherTypeOffset + 1]);
  copy_vnet(batch.vnet(slot), headers, -static_cast<int>(kEthernetBytes));
}

// Whether the packets behind a failed one cannot fare better in the same call.
bool stops_everything(int error) {
  return error == EAGAIN || error == ENETDOWN || error == ENXIO || error == ENODEV || error == EBADF;
}

// Sends messages [0, count), writes each one's fate to `fates` and returns how many were taken. The kernel does not
// say why it stopped within a call: the message it stopped at is offered again, first, and then fails with its errno.
size_t send_messages(int descriptor, struct mmsghdr* messages, size_t count, int* fates) {
  size_t sent = 0;
  for (size_t i = 0; i < count;) {
    const int taken = sendmmsg(descriptor, messages + i, count - i, MSG_DONTWAIT);
    if (taken > 0) {
      std::fill(fates + i, fates + i + taken, 0);
      sent += taken;
      i += taken;
      continue;
    }
    if (taken < 0 && errno == EINTR) continue;
    const int error = taken < 0 ? errno : EAGAIN;
    const size_t lost = stops_everything(error) ? count - i : 1;
    std::fill(fates + i, fates + i + lost, error);
    i += lost;
  }
  return sent;
}

// Sends the part [first, first + count) of a list, at most kCallCapacity of it.
size_t send_part(int descriptor, const Batch& batch, const SendList& list, const LinkHeaders& links, size_t first,
                 size_t count) {
  Frames frames;
  size_t positions[kCallCapacity];
  int fates[kCallCapacity];
  size_t prepared = 0;
  for (size_t i = first; i < first + count; ++i) {
    const size_t slot = list.slots[i];
    const size_t link = links.indices[i];
    list.errnos[i] = EINVAL;
    if (!batch.holds(slot) || link >= links.count) continue;
    copy_vnet(frames.headers[prepared], batch.vnet(slot), kEthernetBytes);
    std::memcpy(frames.headers[prepared] + kVnetBytes, links.bytes + link * kEthernetBytes, kEthernetBytes);
    frames.set(prepared, batch.packet(slot), batch.lengths[slot]);
    positions[prepared++] = i;
  }
  const size_t sent = send_messages(descriptor, frames.messages, prepared, fates);
  for (size_t i = 0; i < prepared; ++i) list.errnos[positions[i]] = static_cast<uint16_t>(fates[i]);
  return sent;
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
  take_all_multicast(descriptor, options.interface_index);
  bind_to(descriptor, options.interface_index);
  return socket_;
}

int receive_frames(int descriptor, const Batch& batch) {
  Frames frames;
  const size_t capacity = std::min(batch.capacity, kCallCapacity);
  for (size_t i = 0; i < capacity; ++i) frames.set(i, batch.packet(i), kPacketRoom);
  const int count = recvmmsg(descriptor, frames.messages, capacity, MSG_DONTWAIT, nullptr);
  if (count < 0) return errno == EAGAIN || errno == EINTR ? 0 : -errno;
  for (int i = 0; i < count; ++i) accept_frame(batch, i, frames.messages[i], frames.headers[i]);
  return count;
}

size_t send_frames(int descriptor, const Batch& batch, const SendList& list, const LinkHeaders& headers) {
  size_t sent = 0;
  for (size_t first = 0; first < list.count; first += kCallCapacity)
    sent += send_part(descriptor, batch, list, headers, first, std::min(kCallCapacity, list.count - first));
  return sent;
}

PacketStatistics take_packet_statistics(int descriptor) {
  struct tpacket_stats statistics = {};
  socklen_t size = sizeof statistics;
  checked(getsockopt(descriptor, SOL_PACKET, PACKET_STATISTICS, &statistics, &size), "PACKET_STATISTICS");
  return {statistics.tp_packets, statistics.tp_drops};
}

}  // namespace syngate
