#include "waiter.h"

#include <cassert>
#include <cmath>
#include <cstdint>
#include <ctime>
#include <poll.h>
#include <sys/eventfd.h>

namespace syngate {
namespace {

struct timespec to_timespec(double milliseconds) {
  const double seconds = std::floor(milliseconds / 1000);
  return {static_cast<time_t>(seconds), static_cast<long>((milliseconds - seconds * 1000) * 1e6)};
}

void drain(int wakeup) {
  uint64_t wakes;
  // Nothing to read means that another wait took it, which is as good.
  if (read(wakeup, &wakes, sizeof wakes) < 0) checked(errno == EAGAIN ? 0 : -1, "read eventfd");
}

}  // namespace

FileDescriptor open_wakeup() {
  return FileDescriptor(checked(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd"));
}

void wake(int wakeup) {
  const uint64_t one = 1;
  // A full counter means that the waiter is due to wake already.
  if (write(wakeup, &one, sizeof one) < 0) checked(errno == EAGAIN ? 0 : -1, "write eventfd");
}

int wait_readable(const int* descriptors, size_t count, int wakeup, double timeout_ms) {
  assert(count <= kWokenBit);
  struct pollfd polled[kWokenBit + 1];
  for (size_t i = 0; i < count; ++i) polled[i] = {descriptors[i], POLLIN, 0};
  polled[count] = {wakeup, POLLIN, 0};
  const struct timespec timeout = to_timespec(timeout_ms < 0 ? 0 : timeout_ms);
  const int ready = ppoll(polled, count + 1, timeout_ms < 0 ? nullptr : &timeout, nullptr);
  if (ready < 0 && errno == EINTR) return 0;
  checked(ready, "ppoll");
  int bits = 0;
  for (size_t i = 0; i < count; ++i)
    if (polled[i].revents != 0) bits |= 1 << i;
  if (polled[count].revents != 0) {
    drain(wakeup);
    bits |= 1 << kWokenBit;
  }
  return bits;
}

}  // namespace syngate
