// The frames of a packet socket on Ethernet: see packet_socket.h.
#include <algorithm>
#include <cstring>
#include <sys/socket.h>

#include "packet_socket.h"
#include "send_messages.h"

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

}  // namespace syngate
