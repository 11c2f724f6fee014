#include "tun.h"

#include <cstring>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "kernel_constants.h"

namespace syngate {
namespace {

constexpr unsigned kSegmentation = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;
constexpr unsigned kUdpSegmentation = kSegmentation | TUN_F_USO4 | TUN_F_USO6;

FileDescriptor attach(const TunOptions& options) {
  FileDescriptor descriptor(checked(open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC), "open /dev/net/tun"));
  struct ifreq request = {};
  std::strncpy(request.ifr_name, options.name.c_str(), IFNAMSIZ - 1);
  const int queues = options.multi_queue ? IFF_MULTI_QUEUE : 0;
  request.ifr_flags = static_cast<short>(IFF_TUN | IFF_NO_PI | IFF_VNET_HDR | queues);
  checked(ioctl(descriptor.get(), TUNSETIFF, &request), "TUNSETIFF");
  return descriptor;
}

FileDescriptor load_program(const uint8_t* program, size_t bytes) {
  union bpf_attr attributes = {};
  attributes.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
  attributes.insns = reinterpret_cast<uintptr_t>(program);
  attributes.insn_cnt = static_cast<uint32_t>(bytes / sizeof(struct bpf_insn));
  attributes.license = reinterpret_cast<uintptr_t>("Apache-2.0");
  return FileDescriptor(
      checked(static_cast<int>(syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes)), "BPF_PROG_LOAD"));
}

uint16_t ether_type_of(uint8_t first_byte) {
  switch (first_byte >> 4) {
    case 4: return ETH_P_IP;
    case 6: return ETH_P_IPV6;
    default: return 0;
  }
}

int send_one(int descriptor, const Batch& batch, size_t slot) {
  if (!batch.holds(slot)) return EINVAL;
  for (;;) {
    if (write(descriptor, batch.vnet(slot), kVnetBytes + batch.lengths[slot]) >= 0) return 0;
    if (errno != EINTR) return errno;
  }
}

}  // namespace

OpenTun open_tun(const TunOptions& options) {
  OpenTun tun{attach(options), false, false};
  const int descriptor = tun.descriptor.get();
  int header_bytes = kVnetBytes;
  checked(ioctl(descriptor, TUNSETVNETHDRSZ, &header_bytes), "TUNSETVNETHDRSZ");
  if (options.offloads) {
    tun.udp_segmentation = ioctl(descriptor, TUNSETOFFLOAD, kUdpSegmentation) == 0;
    if (!tun.udp_segmentation) checked(ioctl(descriptor, TUNSETOFFLOAD, kSegmentation), "TUNSETOFFLOAD");
    tun.segmentation = true;
  } else {
    checked(ioctl(descriptor, TUNSETOFFLOAD, 0), "TUNSETOFFLOAD");
  }
  // Last, so that a device that could not be set up vanishes again.
  if (options.persist) checked(ioctl(descriptor, TUNSETPERSIST, 1), "TUNSETPERSIST");
  return tun;
}

void release_tun(const TunOptions& options) {
  const FileDescriptor descriptor = attach(options);
  checked(ioctl(descriptor.get(), TUNSETPERSIST, 0), "TUNSETPERSIST");
}

void steer_tun(int descriptor, const uint8_t* program, size_t bytes) {
  // The device holds the program from now on.
  const FileDescriptor loaded = load_program(program, bytes);
  int number = loaded.get();
  checked(ioctl(descriptor, TUNSETSTEERINGEBPF, &number), "TUNSETSTEERINGEBPF");
}

int receive_from_tun(int descriptor, const Batch& batch) {
  size_t count = 0;
  for (size_t reads = 0; reads < batch.capacity; ++reads) {
    const ssize_t bytes = read(descriptor, batch.vnet(count), kSlotBytes - kVnetOffset);
    if (bytes < 0) {
      if (errno == EINTR) continue;
      // Trouble with the device after a packet shows again at the next call; a packet it could not hand over is gone.
      return errno == EAGAIN || count > 0 ? static_cast<int>(count) : -errno;
    }
    if (bytes == 0) break;
    if (static_cast<size_t>(bytes) <= kVnetBytes) continue;
    batch.lengths[count] = static_cast<uint32_t>(bytes - kVnetBytes);
    batch.ether_types[count] = ether_type_of(batch.packet(count)[0]);
    ++count;
  }
  return static_cast<int>(count);
}

size_t send_to_tun(int descriptor, const Batch& batch, const SendList& list) {
  size_t sent = 0;
  for (size_t i = 0; i < list.count; ++i) {
    list.errnos[i] = static_cast<uint16_t>(send_one(descriptor, batch, list.slots[i]));
    if (list.errnos[i] == 0) ++sent;
  }
  return sent;
}

}  // namespace syngate
