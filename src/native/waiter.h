// Waiting for several descriptors at once, with a wake-up that any thread may give.
#pragma once

#include "file_descriptor.h"

namespace syngate {

// Bit i of what wait_readable returns stands for the i-th descriptor, this one for the wake-up.
constexpr int kWokenBit = 30;

FileDescriptor open_wakeup();

// Safe from every thread; wake-ups that nobody has waited for yet count as one.
void wake(int wakeup);

// Blocks until a descriptor is readable or in error, or until woken, or for `timeout_ms` milliseconds (negative: for
// ever). Descriptors of -1 are passed over. A signal ends the wait early, with 0. Takes at most kWokenBit descriptors.
int wait_readable(const int* descriptors, size_t count, int wakeup, double timeout_ms);

}  // namespace syngate
