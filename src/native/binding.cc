// The addon's face to JavaScript (src/device/load-native.ts is its declaration), and the only file that knows
// Node-API. Nothing is kept between calls, so every thread and environment may load it. JavaScript checks values;
// here only shapes are checked, with a TypeError that names the argument.
#include <node_api.h>

#include <net/if.h>
#include <stdexcept>
#include <string>

#include "packet_socket.h"
#include "probe.h"
#include "tun.h"
#include "udp_socket.h"
#include "waiter.h"

namespace syngate {
namespace {

constexpr size_t kMaxArguments = 9;

template <typename T> struct Span {
  T* data;
  size_t count;
};

template <typename T> struct ElementOf;
template <> struct ElementOf<uint8_t> { static constexpr napi_typedarray_type kind = napi_uint8_array; };
template <> struct ElementOf<uint16_t> { static constexpr napi_typedarray_type kind = napi_uint16_array; };
template <> struct ElementOf<int32_t> { static constexpr napi_typedarray_type kind = napi_int32_array; };
template <> struct ElementOf<uint32_t> { static constexpr napi_typedarray_type kind = napi_uint32_array; };

// The arguments of one call, and values made to answer it.
class Call {
 public:
  Call(napi_env env, napi_callback_info info) : env_(env) {
    napi_get_cb_info(env, info, &count_, arguments_, nullptr, nullptr);
  }

  int integer(size_t i) const {
    int32_t value;
    require(napi_get_value_int32(env_, at(i), &value), i);
    return value;
  }

  double number(size_t i) const {
    double value;
    require(napi_get_value_double(env_, at(i), &value), i);
    return value;
  }

  bool boolean(size_t i) const {
    bool value;
    require(napi_get_value_bool(env_, at(i), &value), i);
    return value;
  }

  std::string text(size_t i) const {
    size_t bytes;
    require(napi_get_value_string_utf8(env_, at(i), nullptr, 0, &bytes), i);
    std::string value(bytes, '\0');
    require(napi_get_value_string_utf8(env_, at(i), value.data(), bytes + 1, &bytes), i);
    return value;
  }

  template <typename T> Span<T> array(size_t i) const {
    napi_typedarray_type kind;
    size_t count;
    void* data;
    require(napi_get_typedarray_info(env_, at(i), &kind, &count, &data, nullptr, nullptr), i);
    if (kind != ElementOf<T>::kind) refuse(i);
    return {static_cast<T*>(data), count};
  }

  // Arguments i, i + 1, i + 2: the bytes, lengths and EtherTypes of a batch.
  Batch batch(size_t i) const {
    const auto bytes = array<uint8_t>(i);
    const auto lengths = array<uint32_t>(i + 1);
    const auto ether_types = array<uint16_t>(i + 2);
    const size_t capacity = bytes.count / kSlotBytes;
    if (lengths.count < capacity) refuse(i + 1);
    if (ether_types.count < capacity) refuse(i + 2);
    return {bytes.data, lengths.data, ether_types.data, capacity};
  }

  // Arguments i, i + 1, i + 2: the bytes, lengths and peers of datagrams.
  Datagrams datagrams(size_t i) const {
    const auto bytes = array<uint8_t>(i);
    const auto lengths = array<uint32_t>(i + 1);
    const auto peers = array<uint8_t>(i + 2);
    if (lengths.count == 0 || bytes.count % lengths.count != 0) refuse(i + 1);
    if (peers.count < lengths.count * kPeerBytes) refuse(i + 2);
    return {bytes.data, bytes.count / lengths.count, lengths.data, peers.data, lengths.count};
  }

  // Arguments i, i + 1, i + 2: the slots, the errnos and the count of a list.
  SendList list(size_t i) const {
    const auto slots = array<uint32_t>(i);
    const auto errnos = array<uint16_t>(i + 1);
    const size_t count = size(i + 2);
    if (slots.count < count) refuse(i);
    if (errnos.count < count) refuse(i + 1);
    return {slots.data, errnos.data, count};
  }

  size_t size(size_t i) const {
    const int value = integer(i);
    if (value < 0) refuse(i);
    return static_cast<size_t>(value);
  }

  napi_value answer(int value) const {
    napi_value made;
    napi_create_int32(env_, value, &made);
    return made;
  }

  napi_value answer_flag(bool value) const {
    napi_value made;
    napi_get_boolean(env_, value, &made);
    return made;
  }

  napi_value object() const {
    napi_value made;
    napi_create_object(env_, &made);
    return made;
  }

  void put(napi_value object, const char* name, napi_value value) const {
    napi_set_named_property(env_, object, name, value);
  }

  [[noreturn]] void refuse(size_t i) const {
    throw std::invalid_argument("argument " + std::to_string(i));
  }

 private:
  napi_value at(size_t i) const {
    if (i >= count_) refuse(i);
    return arguments_[i];
  }

  void require(napi_status status, size_t i) const {
    if (status != napi_ok) refuse(i);
  }

  napi_env env_;
  size_t count_ = kMaxArguments;
  napi_value arguments_[kMaxArguments];
};

void throw_system_error(napi_env env, const std::system_error& error) {
  napi_value message, made, number;
  napi_create_string_utf8(env, error.what(), NAPI_AUTO_LENGTH, &message);
  napi_create_error(env, nullptr, message, &made);
  napi_create_int32(env, error.code().value(), &number);
  napi_set_named_property(env, made, "errno", number);
  napi_throw(env, made);
}

template <napi_value (*body)(const Call&)> napi_value guarded(napi_env env, napi_callback_info info) {
  try {
    return body(Call(env, info));
  } catch (const std::system_error& error) {
    throw_system_error(env, error);
  } catch (const std::exception& error) {
    napi_throw_type_error(env, nullptr, error.what());
  }
  return nullptr;
}

TunOptions tun_options(const Call& call) {
  return {call.text(0), call.boolean(1), call.boolean(2), call.boolean(3)};
}

napi_value OpenTun_(const Call& call) {
  OpenTun tun = open_tun(tun_options(call));
  const napi_value answer = call.object();
  call.put(answer, "segmentation", call.answer_flag(tun.segmentation));
  call.put(answer, "udpSegmentation", call.answer_flag(tun.udp_segmentation));
  call.put(answer, "descriptor", call.answer(tun.descriptor.release()));
  return answer;
}

napi_value ReleaseTun(const Call& call) {
  release_tun({call.text(0), call.boolean(1), false, false});
  return nullptr;
}

napi_value SteerTun(const Call& call) {
  const auto program = call.array<uint8_t>(1);
  steer_tun(call.integer(0), program.data, program.count);
  return nullptr;
}

napi_value TunReceive(const Call& call) {
  return call.answer(receive_from_tun(call.integer(0), call.batch(1)));
}

napi_value TunSend(const Call& call) {
  return call.answer(static_cast<int>(send_to_tun(call.integer(0), call.batch(1), call.list(4))));
}

PacketSocketOptions packet_socket_options(const Call& call) {
  const auto filter = call.array<uint8_t>(4);
  return {call.integer(0), call.boolean(1), call.integer(2), call.integer(3), filter.data, filter.count};
}

napi_value OpenPacketSocket(const Call& call) {
  return call.answer(open_packet_socket(packet_socket_options(call)).release());
}

napi_value FramesReceive(const Call& call) {
  return call.answer(receive_frames(call.integer(0), call.batch(1)));
}

napi_value FramesSend(const Call& call) {
  const SendList list = call.list(4);
  const auto indices = call.array<uint32_t>(7);
  const auto headers = call.array<uint8_t>(8);
  if (indices.count < list.count) call.refuse(7);
  const LinkHeaders links = {headers.data, headers.count / kEthernetBytes, indices.data};
  return call.answer(static_cast<int>(send_frames(call.integer(0), call.batch(1), list, links)));
}

napi_value BareReceive(const Call& call) {
  return call.answer(receive_bare(call.integer(0), call.batch(1)));
}

napi_value BareSend(const Call& call) {
  const size_t sent = send_bare(call.integer(0), call.integer(7), call.batch(1), call.list(4));
  return call.answer(static_cast<int>(sent));
}

napi_value OpenPlainSender(const Call& call) {
  return call.answer(open_plain_sender(call.integer(0)).release());
}

napi_value PlainSend(const Call& call) {
  const size_t sent = send_plain(call.integer(0), call.integer(7), call.batch(1), call.list(4));
  return call.answer(static_cast<int>(sent));
}

napi_value TakePacketStatistics(const Call& call) {
  const PacketStatistics statistics = take_packet_statistics(call.integer(0));
  const napi_value answer = call.object();
  call.put(answer, "received", call.answer(static_cast<int>(statistics.received)));
  call.put(answer, "lost", call.answer(static_cast<int>(statistics.lost)));
  return answer;
}

napi_value OpenUdpSocket(const Call& call) {
  const auto address = call.array<uint8_t>(0);
  const size_t port = call.size(1);
  if (address.count != sizeof(struct in_addr) && address.count != sizeof(struct in6_addr)) call.refuse(0);
  if (port > 0xffff) call.refuse(1);
  FileDescriptor socket = open_udp_socket(address.data, address.count, static_cast<uint16_t>(port), call.integer(2));
  const napi_value answer = call.object();
  call.put(answer, "port", call.answer(udp_port(socket.get())));
  call.put(answer, "descriptor", call.answer(socket.release()));
  return answer;
}

napi_value UdpReceive(const Call& call) {
  return call.answer(receive_datagrams(call.integer(0), call.datagrams(1)));
}

napi_value UdpSend(const Call& call) {
  const auto slots = call.array<uint32_t>(4);
  const size_t count = call.size(5);
  if (slots.count < count) call.refuse(4);
  return call.answer(static_cast<int>(send_datagrams(call.integer(0), call.datagrams(1), slots.data, count)));
}

napi_value OpenWakeup(const Call& call) {
  return call.answer(open_wakeup().release());
}

napi_value Wake(const Call& call) {
  wake(call.integer(0));
  return nullptr;
}

napi_value WaitReadable(const Call& call) {
  const auto descriptors = call.array<int32_t>(0);
  if (descriptors.count > kWokenBit) call.refuse(0);
  return call.answer(wait_readable(descriptors.data, descriptors.count, call.integer(1), call.number(2)));
}

napi_value InterfaceIndex(const Call& call) {
  return call.answer(static_cast<int>(if_nametoindex(call.text(0).c_str())));
}

napi_value CloseDescriptor(const Call& call) {
  close(call.integer(0));
  return nullptr;
}

napi_value Probe(const Call& call) {
  return call.answer(probe(call.text(0)));
}

struct Export {
  const char* name;
  napi_callback callback;
};

constexpr Export kExports[] = {
    {"openTun", guarded<OpenTun_>},
    {"releaseTun", guarded<ReleaseTun>},
    {"steerTun", guarded<SteerTun>},
    {"tunReceive", guarded<TunReceive>},
    {"tunSend", guarded<TunSend>},
    {"openPacketSocket", guarded<OpenPacketSocket>},
    {"framesReceive", guarded<FramesReceive>},
    {"framesSend", guarded<FramesSend>},
    {"bareReceive", guarded<BareReceive>},
    {"bareSend", guarded<BareSend>},
    {"openPlainSender", guarded<OpenPlainSender>},
    {"plainSend", guarded<PlainSend>},
    {"takePacketStatistics", guarded<TakePacketStatistics>},
    {"openUdpSocket", guarded<OpenUdpSocket>},
    {"udpReceive", guarded<UdpReceive>},
    {"udpSend", guarded<UdpSend>},
    {"openWakeup", guarded<OpenWakeup>},
    {"wake", guarded<Wake>},
    {"waitReadable", guarded<WaitReadable>},
    {"interfaceIndex", guarded<InterfaceIndex>},
    {"closeDescriptor", guarded<CloseDescriptor>},
    {"probe", guarded<Probe>},
};

void export_number(napi_env env, napi_value exports, const char* name, size_t number) {
  napi_value value;
  napi_create_uint32(env, static_cast<uint32_t>(number), &value);
  napi_set_named_property(env, exports, name, value);
}

}  // namespace
}  // namespace syngate

NAPI_MODULE_INIT() {
  for (const auto& [name, callback] : syngate::kExports) {
    napi_value function;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function);
    napi_set_named_property(env, exports, name, function);
  }
  syngate::export_number(env, exports, "slotBytes", syngate::kSlotBytes);
  syngate::export_number(env, exports, "packetOffset", syngate::kPacketOffset);
  return exports;
}
