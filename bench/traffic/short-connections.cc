// Short TCP connections, many of them: connect, one byte there, one byte back, the server closes first and the client after it.
//
//   short-connections serve ADDRESS PORT PORTS              listens on PORTS ports from PORT on, for ever
//   short-connections open ADDRESS PORT PORTS SECONDS RATE  opens RATE a second (0: 64 at a time, as fast as they end)
//
// `open` prints {"opened", "failed", "seconds", "p50", "p99"}: connections that ended well, the others, and percentiles of
// the time that connect took, in seconds. With a rate, a connection's time runs from the moment it was due, so that a
// stall is charged to all whom it made wait.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

constexpr int kAtOnce = 64;
constexpr int kAtOnceWithRate = 4096;
constexpr double kGiveUpSeconds = 5;
constexpr int kEvents = 256;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what + ": " + std::strerror(errno)); }

sockaddr_in endpoint(const char* address, int port) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  if (inet_pton(AF_INET, address, &to.sin_addr) != 1) throw std::runtime_error(std::string("no IPv4 address: ") + address);
  return to;
}

int open_socket() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  return fd;
}

void watch(int epoll, int fd, std::uint32_t events, int operation = EPOLL_CTL_ADD) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  if (epoll_ctl(epoll, operation, fd, &event) != 0) fail("epoll_ctl");
}

// A readable listener is one below `first_connection`, for listeners are opened first and never closed.
void serve(const char* address, int port, int ports) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  int first_connection = 0;
  for (int next = port; next < port + ports; next++) {
    const int fd = open_socket();
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const sockaddr_in at = endpoint(address, next);
    if (bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) fail("bind");
    if (listen(fd, SOMAXCONN) != 0) fail("listen");
    watch(epoll, fd, EPOLLIN);
    first_connection = fd + 1;
  }
  epoll_event events[kEvents];
  for (;;) {
    const int count = epoll_wait(epoll, events, kEvents, -1);
    for (int i = 0; i < count; i++) {
      const int fd = events[i].data.fd;
      if (fd < first_connection) {
        for (int accepted; (accepted = accept4(fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;)
          watch(epoll, accepted, EPOLLIN);
        continue;
      }
      char byte;
      const ssize_t got = read(fd, &byte, 1);
      if (got < 0 && errno == EAGAIN) continue;
      if (got == 1 && write(fd, &byte, 1) < 0) std::fprintf(stderr, "write: %s\n", std::strerror(errno));
      close(fd);
    }
  }
}

struct Connection {
  double due;
  double began;
  bool connected;
  bool answered;
};

class Opener {
 public:
  Opener(const char* address, int port, int ports, double seconds, double rate)
      : address_(endpoint(address, port)), port_(port), ports_(ports), seconds_(seconds), rate_(rate) {}

  void run() {
    const double start = now();
    const double end = start + seconds_;
    double next_due = start;
    epoll_event events[kEvents];
    while (now() < end) {
      const double at = now();
      if (rate_ == 0) {
        while (open_.size() < kAtOnce) begin(now());
      } else {
        for (; next_due <= at && open_.size() < kAtOnceWithRate; next_due += 1 / rate_) begin(next_due);
      }
      const int count = epoll_wait(epoll_, events, kEvents, 1);
      for (int i = 0; i < count; i++) advance(events[i].data.fd, events[i].events);
      give_up(now());
    }
    report(now() - start);
  }

 private:
  void begin(double due) {
    const int fd = open_socket();
    address_.sin_port = htons(static_cast<std::uint16_t>(port_ + turn_++ % ports_));
    const double began = now();
    if (connect(fd, reinterpret_cast<const sockaddr*>(&address_), sizeof address_) != 0 && errno != EINPROGRESS) {
      failed_++;
      close(fd);
      return;
    }
    open_[fd] = {rate_ == 0 ? began : due, began, false, false};
    watch(epoll_, fd, EPOLLOUT);
  }

  void advance(int fd, std::uint32_t events) {
    const auto found = open_.find(fd);
    if (found == open_.end()) return;
    Connection& connection = found->second;
    if (!connection.connected) {
      int error = 0;
      socklen_t size = sizeof error;
      getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
      if (error != 0 || (events & EPOLLERR) != 0 || write(fd, "x", 1) != 1) return finish(fd, false);
      connect_times_.push_back(now() - connection.due);
      connection.connected = true;
      return watch(epoll_, fd, EPOLLIN, EPOLL_CTL_MOD);
    }
    char bytes[2];
    const ssize_t got = read(fd, bytes, sizeof bytes);
    if (got < 0 && errno == EAGAIN) return;
    if (got > 0) {
      connection.answered = true;
      return;
    }
    finish(fd, got == 0 && connection.answered);
  }

  void give_up(double at) {
    if (at - last_sweep_ < 0.5) return;
    last_sweep_ = at;
    std::vector<int> late;
    for (const auto& [fd, connection] : open_)
      if (at - connection.began > kGiveUpSeconds) late.push_back(fd);
    for (const int fd : late) finish(fd, false);
  }

  void finish(int fd, bool well) {
    (well ? opened_ : failed_)++;
    open_.erase(fd);
    close(fd);
  }

  void report(double seconds) {
    std::sort(connect_times_.begin(), connect_times_.end());
    std::printf("{\"opened\": %ld, \"failed\": %ld, \"seconds\": %.6f, \"p50\": %.9f, \"p99\": %.9f}\n", opened_, failed_,
                seconds, percentile(0.50), percentile(0.99));
  }

  double percentile(double share) const {
    if (connect_times_.empty()) return 0;
    return connect_times_[static_cast<std::size_t>(share * static_cast<double>(connect_times_.size() - 1))];
  }

  sockaddr_in address_;
  const int port_;
  const int ports_;
  const double seconds_;
  const double rate_;
  const int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  std::unordered_map<int, Connection> open_;
  std::vector<double> connect_times_;
  long opened_ = 0;
  long failed_ = 0;
  int turn_ = 0;
  double last_sweep_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  try {
    rlimit files{16384, 16384};
    setrlimit(RLIMIT_NOFILE, &files);
    const std::string verb = argc > 1 ? argv[1] : "";
    if (verb == "serve" && argc == 5) serve(argv[2], std::atoi(argv[3]), std::atoi(argv[4]));
    if (verb == "open" && argc == 7) {
      Opener(argv[2], std::atoi(argv[3]), std::atoi(argv[4]), std::atof(argv[5]), std::atof(argv[6])).run();
      return 0;
    }
    std::fprintf(stderr, "usage: short-connections serve ADDRESS PORT PORTS | open ADDRESS PORT PORTS SECONDS RATE\n");
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "short-connections: %s\n", error.what());
    return 1;
  }
}
