// The slots of src/device/packet-batch.ts as C++ sees them. The constants are exported to JavaScript, which refuses
// to load an addon that was built for another layout.
#pragma once

#include <cstddef>
#include <cstdint>

#include "vnet_header.h"

namespace syngate {

constexpr size_t kEthernetBytes = 14;
constexpr size_t kVnetBytes = sizeof(VnetHeader);
constexpr size_t kVnetOffset = kEthernetBytes;
constexpr size_t kPacketOffset = kVnetOffset + kVnetBytes;
constexpr size_t kSlotBytes = 65536 + 256;
constexpr size_t kPacketRoom = kSlotBytes - kPacketOffset;
// Packets that one call to the kernel carries; larger batches take several calls.
constexpr size_t kCallCapacity = 64;

// A batch to be filled or read; the memory is JavaScript's and outlives the call.
struct Batch {
  uint8_t* bytes;
  uint32_t* lengths;
  uint16_t* ether_types;
  size_t capacity;

  uint8_t* vnet(size_t slot) const { return bytes + slot * kSlotBytes + kVnetOffset; }
  uint8_t* packet(size_t slot) const { return bytes + slot * kSlotBytes + kPacketOffset; }
  // False for what may not be sent: no such slot, nothing in it, or more than a slot can hold.
  bool holds(size_t slot) const {
    return slot < capacity && lengths[slot] > 0 && lengths[slot] <= kPacketRoom;
  }
};

// Which slots to send; `errnos[i]` becomes 0 or the reason why the i-th of the list was lost.
struct SendList {
  const uint32_t* slots;
  uint16_t* errnos;
  size_t count;
};

}  // namespace syngate
