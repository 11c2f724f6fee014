// UDP sockets bound to one address, with many datagrams a call.
#pragma once

#include <netinet/in.h>

#include "file_descriptor.h"

namespace syngate {

// Room for the address of either family, as the kernel writes it.
constexpr size_t kPeerBytes = sizeof(struct sockaddr_in6);

// Datagrams in slots of one size, with their lengths and peers beside them; the memory is JavaScript's and outlives
// the call.
struct Datagrams {
  uint8_t* bytes;
  size_t slot_bytes;
  uint32_t* lengths;
  uint8_t* peers;
  size_t capacity;
};

// `address` has 4 or 16 bytes. Port 0 takes a free one. Throws std::system_error.
FileDescriptor open_udp_socket(const uint8_t* address, size_t address_bytes, uint16_t port, int receive_buffer_bytes);

// The port a socket is bound to. Throws std::system_error.
uint16_t udp_port(int descriptor);

// Fills slots from 0 on; returns how many, 0 when nothing waits, or -errno. A datagram larger than a slot leaves a
// length of 0.
int receive_datagrams(int descriptor, const Datagrams& datagrams);

// Sends the slots `slots[0..count)` to their peers, in any order; returns how many were taken. The others are lost, as
// any datagram may be.
size_t send_datagrams(int descriptor, const Datagrams& datagrams, const uint32_t* slots, size_t count);

}  // namespace syngate
