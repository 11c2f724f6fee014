// Bare IP packets of a packet socket on a link without headers: see packet_socket.h. The EtherType is in the address of
// each message.
#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include "packet_socket.h"
#include "send_messages.h"

namespace syngate {
namespace {

// The link address of a tunnel is an IP address: this has room for the longest (MAX_ADDR_LEN).
struct LinkAddress {
  struct sockaddr_ll link;
  uint8_t rest[32 - sizeof link.sll_addr];
};

// What one call to the kernel carries. Virtio-net header and packet are side by side in the slot.
struct Packets {
  struct mmsghdr messages[kCallCapacity];
  struct iovec pieces[kCallCapacity];
  LinkAddress addresses[kCallCapacity];

  void set(size_t i, uint8_t* first, size_t bytes) {
    pieces[i] = {first, bytes};
    messages[i].msg_hdr = {};
    messages[i].msg_hdr.msg_name = &addresses[i];
    messages[i].msg_hdr.msg_namelen = sizeof addresses[i];
    messages[i].msg_hdr.msg_iov = &pieces[i];
    messages[i].msg_hdr.msg_iovlen = 1;
    messages[i].msg_len = 0;
  }
};

void accept_packet(const Batch& batch, size_t slot, const struct mmsghdr& message, const LinkAddress& address) {
  const bool whole = message.msg_len > kVnetBytes && !(message.msg_hdr.msg_flags & MSG_TRUNC);
  batch.lengths[slot] = whole ? message.msg_len - kVnetBytes : 0;
  batch.ether_types[slot] = whole ? ntohs(address.link.sll_protocol) : 0;
}

// Guard and tunnel trust this protocol, so it is read from the packet itself.
void address_to(LinkAddress& address, int interface_index, const uint8_t* packet) {
  std::memset(&address, 0, sizeof address);
  address.link.sll_family = AF_PACKET;
  address.link.sll_protocol = htons(packet[0] >> 4 == 6 ? ETH_P_IPV6 : ETH_P_IP);
  address.link.sll_ifindex = interface_index;
}

bool is_plain(const uint8_t* vnet) {
  VnetHeader header;
  std::memcpy(&header, vnet, kVnetBytes);
  return !(header.flags & kNeedsChecksum) && header.gso_type == kGsoNone;
}

struct Way {
  int descriptor;
  int interface_index;
  bool has_vnet;
};

// Sends the part [first, first + count) of a list, at most kCallCapacity of it.
size_t send_part(const Way& way, const Batch& batch, const SendList& list, size_t first, size_t count) {
  Packets packets;
  size_t positions[kCallCapacity];
  int fates[kCallCapacity];
  size_t prepared = 0;
  for (size_t i = first; i < first + count; ++i) {
    const size_t slot = list.slots[i];
    list.errnos[i] = EINVAL;
    if (!batch.holds(slot) || (!way.has_vnet && !is_plain(batch.vnet(slot)))) continue;
    address_to(packets.addresses[prepared], way.interface_index, batch.packet(slot));
    if (way.has_vnet) packets.set(prepared, batch.vnet(slot), kVnetBytes + batch.lengths[slot]);
    else packets.set(prepared, batch.packet(slot), batch.lengths[slot]);
    positions[prepared++] = i;
  }
  const size_t sent = send_messages(way.descriptor, packets.messages, prepared, fates);
  for (size_t i = 0; i < prepared; ++i) list.errnos[positions[i]] = static_cast<uint16_t>(fates[i]);
  return sent;
}

size_t send_all(const Way& way, const Batch& batch, const SendList& list) {
  size_t sent = 0;
  for (size_t first = 0; first < list.count; first += kCallCapacity)
    sent += send_part(way, batch, list, first, std::min(kCallCapacity, list.count - first));
  return sent;
}

}  // namespace

int receive_bare(int descriptor, const Batch& batch) {
  Packets packets;
  const size_t capacity = std::min(batch.capacity, kCallCapacity);
  for (size_t i = 0; i < capacity; ++i) packets.set(i, batch.vnet(i), kVnetBytes + kPacketRoom);
  const int count = recvmmsg(descriptor, packets.messages, capacity, MSG_DONTWAIT, nullptr);
  if (count < 0) return errno == EAGAIN || errno == EINTR ? 0 : -errno;
  for (int i = 0; i < count; ++i) accept_packet(batch, i, packets.messages[i], packets.addresses[i]);
  return count;
}

size_t send_bare(int descriptor, int interface_index, const Batch& batch, const SendList& list) {
  return send_all({descriptor, interface_index, true}, batch, list);
}

size_t send_plain(int descriptor, int interface_index, const Batch& batch, const SendList& list) {
  return send_all({descriptor, interface_index, false}, batch, list);
}

}  // namespace syngate
