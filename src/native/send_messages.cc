#include "send_messages.h"

#include <algorithm>
#include <cerrno>

namespace syngate {
namespace {

// Whether the packets behind a failed one cannot fare better in the same call.
bool stops_everything(int error) {
  return error == EAGAIN || error == ENETDOWN || error == ENXIO || error == ENODEV || error == EBADF;
}

}  // namespace

size_t send_messages(int descriptor, struct mmsghdr* messages, size_t count, int* fates) {
  size_t sent = 0;
  for (size_t i = 0; i < count;) {
    const int taken = sendmmsg(descriptor, messages + i, count - i, MSG_DONTWAIT);
    if (taken > 0) {
      std::fill(fates + i, fates + i + taken, 0);
      sent += taken;
      i += taken;
      continue;
    }
    if (taken < 0 && errno == EINTR) continue;
    const int error = taken < 0 ? errno : EAGAIN;
    const size_t lost = stops_everything(error) ? count - i : 1;
    std::fill(fates + i, fates + i + lost, error);
    i += lost;
  }
  return sent;
}

}  // namespace syngate
