// One list of messages to the kernel, with the fate of each.
#pragma once

#include <cstddef>
#include <sys/socket.h>

namespace syngate {

// Sends messages [0, count), writes 0 or the errno of each to `fates` and returns how many were taken. The kernel does
// not say why it stopped within a call: the message it stopped at is offered again, first, and then fails with its
// errno.
size_t send_messages(int descriptor, struct mmsghdr* messages, size_t count, int* fates);

}  // namespace syngate
