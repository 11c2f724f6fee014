// An IP-level raw socket on one interface: the kernel routes, finds the next hop and makes the link header.
#pragma once

#include <string>

#include "file_descriptor.h"
#include "slot_layout.h"

namespace syngate {

// `version` is 4 or 6. Throws std::system_error.
FileDescriptor open_ip_socket(int version, const std::string& interface);

// Sends the packet of a slot to the destination in its header; completes a checksum that was left to hardware, in
// place. Returns 0 or errno: EMSGSIZE for a packet over the MTU and for any super-packet.
int send_ip(int descriptor, const Batch& batch, size_t slot);

}  // namespace syngate
