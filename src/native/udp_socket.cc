#include "udp_socket.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <sys/socket.h>

namespace syngate {
namespace {

// Datagrams that one call to the kernel carries; larger batches take several calls.
constexpr size_t kCallCapacity = 64;

struct Messages {
  struct mmsghdr headers[kCallCapacity];
  struct iovec pieces[kCallCapacity];

  void set(size_t i, const Datagrams& datagrams, size_t slot, size_t bytes, socklen_t peer_bytes) {
    pieces[i] = {datagrams.bytes + slot * datagrams.slot_bytes, bytes};
    headers[i].msg_hdr = {};
    headers[i].msg_hdr.msg_iov = &pieces[i];
    headers[i].msg_hdr.msg_iovlen = 1;
    headers[i].msg_hdr.msg_name = datagrams.peers + slot * kPeerBytes;
    headers[i].msg_hdr.msg_namelen = peer_bytes;
    headers[i].msg_len = 0;
  }
};

void bind_to(int descriptor, const uint8_t* address, size_t address_bytes, uint16_t port) {
  if (address_bytes == sizeof(struct in_addr)) {
    struct sockaddr_in bound = {};
    bound.sin_family = AF_INET;
    bound.sin_port = htons(port);
    std::memcpy(&bound.sin_addr, address, address_bytes);
    checked(bind(descriptor, reinterpret_cast<struct sockaddr*>(&bound), sizeof bound), "bind");
    return;
  }
  const int on = 1;
  checked(setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on), "IPV6_V6ONLY");
  struct sockaddr_in6 bound = {};
  bound.sin6_family = AF_INET6;
  bound.sin6_port = htons(port);
  std::memcpy(&bound.sin6_addr, address, address_bytes);
  checked(bind(descriptor, reinterpret_cast<struct sockaddr*>(&bound), sizeof bound), "bind");
}

// The forced size needs CAP_NET_ADMIN; without it the host's limit applies, which loses more in a burst and is not wrong.
void set_receive_buffer(int descriptor, int bytes) {
  if (setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) == 0) return;
  checked(setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes), "SO_RCVBUF");
}

// The kernel wants the size of the family's own address.
socklen_t peer_size(const uint8_t* peer) {
  sa_family_t family;
  std::memcpy(&family, peer, sizeof family);
  return family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

// Returns how many of the messages were taken. One that cannot be sent is passed over; a full socket ends the call.
size_t send_messages(int descriptor, struct mmsghdr* messages, size_t count) {
  size_t sent = 0;
  for (size_t i = 0; i < count;) {
    const int taken = sendmmsg(descriptor, messages + i, count - i, MSG_DONTWAIT);
    if (taken > 0) {
      sent += taken;
      i += taken;
      continue;
    }
    if (taken < 0 && errno == EINTR) continue;
    if (taken == 0 || errno == EAGAIN || errno == EBADF) return sent;
    ++i;
  }
  return sent;
}

}  // namespace

FileDescriptor open_udp_socket(const uint8_t* address, size_t address_bytes, uint16_t port, int receive_buffer_bytes) {
  const int family = address_bytes == sizeof(struct in_addr) ? AF_INET : AF_INET6;
  FileDescriptor socket_(checked(socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket"));
  set_receive_buffer(socket_.get(), receive_buffer_bytes);
  bind_to(socket_.get(), address, address_bytes, port);
  return socket_;
}

uint16_t udp_port(int descriptor) {
  struct sockaddr_in6 bound = {};
  socklen_t size = sizeof bound;
  checked(getsockname(descriptor, reinterpret_cast<struct sockaddr*>(&bound), &size), "getsockname");
  // At the same place in both families.
  return ntohs(bound.sin6_port);
}

int receive_datagrams(int descriptor, const Datagrams& datagrams) {
  Messages messages;
  const size_t capacity = std::min(datagrams.capacity, kCallCapacity);
  for (size_t i = 0; i < capacity; ++i) messages.set(i, datagrams, i, datagrams.slot_bytes, kPeerBytes);
  const int count = recvmmsg(descriptor, messages.headers, capacity, MSG_DONTWAIT, nullptr);
  if (count < 0) return errno == EAGAIN || errno == EINTR ? 0 : -errno;
  for (int i = 0; i < count; ++i) {
    const struct mmsghdr& message = messages.headers[i];
    datagrams.lengths[i] = message.msg_hdr.msg_flags & MSG_TRUNC ? 0 : message.msg_len;
  }
  return count;
}

size_t send_datagrams(int descriptor, const Datagrams& datagrams, const uint32_t* slots, size_t count) {
  Messages messages;
  size_t sent = 0;
  size_t prepared = 0;
  for (size_t i = 0; i < count; ++i) {
    const size_t slot = slots[i];
    if (slot < datagrams.capacity && datagrams.lengths[slot] <= datagrams.slot_bytes) {
      const socklen_t peer_bytes = peer_size(datagrams.peers + slot * kPeerBytes);
      messages.set(prepared++, datagrams, slot, datagrams.lengths[slot], peer_bytes);
    }
    if (prepared < kCallCapacity && i + 1 < count) continue;
    sent += send_messages(descriptor, messages.headers, prepared);
    prepared = 0;
  }
  return sent;
}

}  // namespace syngate
