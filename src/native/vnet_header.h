// The virtio-net header without num_buffers (virtio 1.2 section 5.1.6), in the host's byte order as TUN and packet
// sockets use it. <linux/virtio_net.h> is no C++: it names a field `class`.
#pragma once

#include <cstdint>

namespace syngate {

struct VnetHeader {
  uint8_t flags;
  uint8_t gso_type;
  uint16_t hdr_len;
  uint16_t gso_size;
  uint16_t csum_start;
  uint16_t csum_offset;
};
static_assert(sizeof(VnetHeader) == 10);

constexpr uint8_t kNeedsChecksum = 1;  // VIRTIO_NET_HDR_F_NEEDS_CSUM
constexpr uint8_t kGsoNone = 0;        // VIRTIO_NET_HDR_GSO_NONE

}  // namespace syngate
