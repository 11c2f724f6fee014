// A packet socket on one interface, with virtio-net headers. On Ethernet it carries frames; on a link without headers
// of its own (tunnels, PPP) it carries bare IP packets.
#pragma once

#include "file_descriptor.h"
#include "slot_layout.h"

namespace syngate {

struct PacketSocketOptions {
  int interface_index;
  // Whether the link has Ethernet headers.
  bool framed;
  int receive_buffer_bytes;
  int send_buffer_bytes;
  // Classic BPF over the frame from its Ethernet header on, or over the bare packet: what the socket takes.
  // `struct sock_filter`s, one after the other.
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

// Throws std::system_error, EOPNOTSUPP where the interface has Ethernet headers and should not, or the other way round.
FileDescriptor open_packet_socket(const PacketSocketOptions& options);

// Fills slots from 0 on; returns how many, 0 when nothing waits, or -errno, as ENETDOWN once when the interface goes
// down. A frame that cannot be used (truncated, or with nothing behind its headers) leaves a slot of length 0 and
// EtherType 0.
int receive_frames(int descriptor, const Batch& batch);

// Returns how many of the list were taken. The slots are left as they were.
size_t send_frames(int descriptor, const Batch& batch, const SendList& list, const LinkHeaders& headers);

// The same for a socket that is not framed. Each packet is sent with an address that names the interface and the protocol.
int receive_bare(int descriptor, const Batch& batch);
size_t send_bare(int descriptor, int interface_index, const Batch& batch, const SendList& list);

// A packet socket that only sends, without virtio-net headers. PPP interfaces declare a link header of 4 bytes that a
// packet socket must not supply, and on a SOCK_RAW socket the kernel takes the IP header to begin behind it, so that the
// guard and segmentation read the wrong bytes. SOCK_DGRAM gets it right, but does not offer PACKET_VNET_HDR.
FileDescriptor open_plain_sender(int send_buffer_bytes);

// EINVAL for a super-packet, and for one whose checksum is left to the kernel.
size_t send_plain(int descriptor, int interface_index, const Batch& batch, const SendList& list);

PacketStatistics take_packet_statistics(int descriptor);

}  // namespace syngate
