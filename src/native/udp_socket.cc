#include "udp_socket.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <utility>

namespace syngate {
namespace {

// Datagrams that one call to the kernel carries; larger batches take several calls.
constexpr size_t kCallCapacity = 64;

// A message from or to `peer`, of the one piece given; others may follow it in memory.
void set_message(struct mmsghdr& message, struct iovec* piece, uint8_t* peer, socklen_t peer_bytes) {
  message = {};
  message.msg_hdr.msg_iov = piece;
  message.msg_hdr.msg_iovlen = 1;
  message.msg_hdr.msg_name = peer;
  message.msg_hdr.msg_namelen = peer_bytes;
}

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

bool holds_datagram(const Datagrams& datagrams, uint32_t slot) {
  return slot < datagrams.capacity && datagrams.lengths[slot] > 0 && datagrams.lengths[slot] <= datagrams.slot_bytes;
}

// Negative, zero or positive, by peer and then by length: zero for two that may share a message.
int compare(const Datagrams& datagrams, uint32_t one, uint32_t other) {
  const uint8_t* peer = datagrams.peers + one * kPeerBytes;
  const int peers = std::memcmp(peer, datagrams.peers + other * kPeerBytes, peer_size(peer));
  if (peers != 0) return peers;
  return static_cast<int>(datagrams.lengths[one]) - static_cast<int>(datagrams.lengths[other]);
}

// Messages on their way out. Datagrams of one length to one peer share a message: it passes the stack once and is cut
// into datagrams at the end of it (UDP_SEGMENT). Who asks much at a time, as a resolver behind this one, asks from few
// sockets. Measured with dnsperf, which has one: a datagram costs the sending thread 4.9 us instead of 7.8.
class Outgoing {
 public:
  // Takes at most kCallCapacity slots, which is also the most datagrams of a message, and puts them in another order.
  Outgoing(const Datagrams& datagrams, uint32_t* slots, size_t count) {
    std::sort(slots, slots + count, [&](uint32_t one, uint32_t other) {
      const int order = compare(datagrams, one, other);
      return order == 0 ? one < other : order < 0;
    });
    for (size_t i = 0; i < count; ++i) {
      uint8_t* const peer = datagrams.peers + slots[i] * kPeerBytes;
      pieces_[i] = {datagrams.bytes + slots[i] * datagrams.slot_bytes, datagrams.lengths[slots[i]]};
      if (i > 0 && compare(datagrams, slots[i - 1], slots[i]) == 0)
        append_piece(pieces_[i].iov_len);
      else
        set_message(messages_[count_++], &pieces_[i], peer, peer_size(peer));
    }
  }

  // Returns how many datagrams were taken. One that cannot be sent is passed over; a full socket ends the call.
  size_t send(int descriptor) {
    size_t sent = 0;
    for (size_t i = 0; i < count_;) {
      const int taken = sendmmsg(descriptor, messages_ + i, count_ - i, MSG_DONTWAIT);
      if (taken > 0) {
        for (int end = i + taken; static_cast<int>(i) < end; ++i) sent += messages_[i].msg_hdr.msg_iovlen;
        continue;
      }
      if (taken < 0 && errno == EINTR) continue;
      if (taken == 0 || errno == EAGAIN || errno == EBADF) return sent;
      sent += send_pieces(descriptor, messages_[i++].msg_hdr);
    }
    return sent;
  }

 private:
  struct SegmentSize {
    alignas(struct cmsghdr) uint8_t bytes[CMSG_SPACE(sizeof(uint16_t))];
  };

  void append_piece(uint16_t length) {
    struct msghdr& message = messages_[count_ - 1].msg_hdr;
    if (++message.msg_iovlen > 2) return;
    SegmentSize& size = sizes_[count_ - 1];
    message.msg_control = size.bytes;
    message.msg_controllen = sizeof size.bytes;
    struct cmsghdr* const control = CMSG_FIRSTHDR(&message);
    *control = {CMSG_LEN(sizeof length), SOL_UDP, UDP_SEGMENT};
    std::memcpy(CMSG_DATA(control), &length, sizeof length);
  }

  // For a message the kernel refuses: together they are too large for it, or each is for the path.
  static size_t send_pieces(int descriptor, struct msghdr message) {
    if (message.msg_iovlen == 1) return 0;
    size_t sent = 0;
    message.msg_control = nullptr;
    message.msg_controllen = 0;
    for (size_t left = std::exchange(message.msg_iovlen, 1); left > 0; --left, ++message.msg_iov)
      if (sendmsg(descriptor, &message, MSG_DONTWAIT) >= 0) ++sent;
    return sent;
  }

  struct mmsghdr messages_[kCallCapacity];
  struct iovec pieces_[kCallCapacity];
  SegmentSize sizes_[kCallCapacity];
  size_t count_ = 0;
};

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
  struct mmsghdr messages[kCallCapacity];
  struct iovec pieces[kCallCapacity];
  const size_t capacity = std::min(datagrams.capacity, kCallCapacity);
  for (size_t i = 0; i < capacity; ++i) {
    pieces[i] = {datagrams.bytes + i * datagrams.slot_bytes, datagrams.slot_bytes};
    set_message(messages[i], &pieces[i], datagrams.peers + i * kPeerBytes, kPeerBytes);
  }
  const int count = recvmmsg(descriptor, messages, capacity, MSG_DONTWAIT, nullptr);
  if (count < 0) return errno == EAGAIN || errno == EINTR ? 0 : -errno;
  for (int i = 0; i < count; ++i)
    datagrams.lengths[i] = messages[i].msg_hdr.msg_flags & MSG_TRUNC ? 0 : messages[i].msg_len;
  return count;
}

size_t send_datagrams(int descriptor, const Datagrams& datagrams, const uint32_t* slots, size_t count) {
  uint32_t chosen[kCallCapacity];
  size_t chosen_count = 0;
  size_t sent = 0;
  for (size_t i = 0; i < count; ++i) {
    const uint32_t slot = slots[i];
    if (holds_datagram(datagrams, slot)) chosen[chosen_count++] = slot;
    if (chosen_count < kCallCapacity && i + 1 < count) continue;
    sent += Outgoing(datagrams, chosen, chosen_count).send(descriptor);
    chosen_count = 0;
  }
  return sent;
}

}  // namespace syngate
