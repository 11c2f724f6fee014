// Asks the running kernel whether it has an ability the gateway rests on.
#pragma once

#include <string>

namespace syngate {

// 0 where the kernel has it, else the errno of the call that failed. Throws std::invalid_argument for a name that is
// not in the list of probe.cc.
int probe(const std::string& feature);

}  // namespace syngate
