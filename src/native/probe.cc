#include "probe.h"

#include <stdexcept>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "file_descriptor.h"
#include "kernel_constants.h"
#include "tun.h"

namespace syngate {
namespace {

int probe_tun_flag(unsigned flag) {
  const FileDescriptor tun(open("/dev/net/tun", O_RDWR | O_CLOEXEC));
  if (tun.get() < 0) return errno;
  unsigned features = 0;
  if (ioctl(tun.get(), TUNGETFEATURES, &features) < 0) return errno;
  return (features & flag) == flag ? 0 : EINVAL;
}

// Only a device can be asked: this makes one for the moment, named by the kernel.
int probe_udp_segmentation() {
  try {
    return open_tun({"sgprobe%d", false, false, true}).udp_segmentation ? 0 : EINVAL;
  } catch (const std::system_error& error) {
    return error.code().value();
  }
}

// Steers a device made for the moment by a program that returns 0.
int probe_steering() {
  struct bpf_insn program[2] = {};
  program[0].code = BPF_ALU64 | BPF_MOV | BPF_K;
  program[1].code = BPF_JMP | BPF_EXIT;
  try {
    const OpenTun tun = open_tun({"sgprobe%d", true, false, false});
    steer_tun(tun.descriptor.get(), reinterpret_cast<const uint8_t*>(program), sizeof program);
    return 0;
  } catch (const std::system_error& error) {
    return error.code().value();
  }
}

int probe_packet_option(int option) {
  const FileDescriptor socket_(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  if (socket_.get() < 0) return errno;
  const int on = 1;
  return setsockopt(socket_.get(), SOL_PACKET, option, &on, sizeof on) < 0 ? errno : 0;
}

}  // namespace

int probe(const std::string& feature) {
  if (feature == "tun") return probe_tun_flag(IFF_TUN);
  if (feature == "tun-vnet-header") return probe_tun_flag(IFF_VNET_HDR);
  if (feature == "tun-multi-queue") return probe_tun_flag(IFF_MULTI_QUEUE);
  if (feature == "tun-steering") return probe_steering();
  if (feature == "tun-udp-segmentation") return probe_udp_segmentation();
  if (feature == "packet-vnet-header") return probe_packet_option(PACKET_VNET_HDR);
  if (feature == "packet-ignore-outgoing") return probe_packet_option(PACKET_IGNORE_OUTGOING);
  throw std::invalid_argument("feature");
}

}  // namespace syngate
