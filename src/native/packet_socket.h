// A packet socket on one Ethernet interface, with virtio-net headers.
#pragma once

#include "file_descriptor.h"
#include "slot_layout.h"

namespace syngate {

struct PacketSocketOptions {
  int interface_index;
  int receive_buffer_bytes;
  int send_buffer_bytes;
  // Classic BPF over the frame from its Ethernet header on: what the socket takes. `struct sock_filter`s, one after the
  // other.
  const uint8_t* filter;
  size_t filter_bytes;
};

// Ethernet headers, kEthernetBytes each, to put before what is sent; `indices[i]` chooses for the i-th of a list.
struct LinkHeaders {
  const uint8_t* bytes;
  size_t count;
  const uint32_t* indices;
};

// Frames received, and frames lost because nobody fetched them in time, since the last call.
struct PacketStatistics {
  unsigned received;
  unsigned lost;
};

// Throws std::system_error, EOPNOTSUPP where the interface does not speak Ethernet.
FileDescriptor open_packet_socket(const PacketSocketOptions& options);

// Fills slots from 0 on; returns how many, 0 when nothing waits, or -errno, as ENETDOWN once when the interface goes
// down. A frame that cannot be used (truncated, or with nothing behind its headers) leaves a slot of length 0 and
// EtherType 0.
int receive_frames(int descriptor, const Batch& batch);

// Returns how many of the list were taken. The slots are left as they were.
size_t send_frames(int descriptor, const Batch& batch, const SendList& list, const LinkHeaders& headers);

PacketStatistics take_packet_statistics(int descriptor);

}  // namespace syngate
