// A TUN device with virtio-net headers and segmentation offloads.
#pragma once

#include <string>

#include "file_descriptor.h"
#include "slot_layout.h"

namespace syngate {

struct TunOptions {
  std::string name;
  bool multi_queue;
  bool persist;
  bool offloads;
};

struct OpenTun {
  FileDescriptor descriptor;
  bool segmentation;      // checksums and TCP segmentation are left to the receiver of what we read
  bool udp_segmentation;  // the same for UDP, Linux 6.2
};

// Creates the device or attaches to it where it persists. Throws std::system_error.
OpenTun open_tun(const TunOptions& options);

// Lets a persistent device go, so that it vanishes when its last descriptor closes. Throws std::system_error.
void release_tun(const TunOptions& options);

// Lets an eBPF program of type socket filter choose the queue of each packet: its result modulo the number of queues.
// `struct bpf_insn`s, one after the other. Throws std::system_error.
void steer_tun(int descriptor, const uint8_t* program, size_t bytes);

// Fills slots from 0 on; returns how many, 0 when nothing waits, or -errno when the device is in trouble.
int receive_from_tun(int descriptor, const Batch& batch);

// Returns how many of the list were taken.
size_t send_to_tun(int descriptor, const Batch& batch, const SendList& list);

}  // namespace syngate
