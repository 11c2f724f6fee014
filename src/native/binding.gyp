{
  'targets': [
    {
      'target_name': 'syngate_native',
      'sources': [
        'bare_packets.cc', 'binding.cc', 'frames.cc', 'packet_socket.cc', 'probe.cc', 'send_messages.cc', 'tun.cc',
        'udp_socket.cc', 'waiter.cc',
      ],
      'cflags!': ['-fno-exceptions'],
      'cflags_cc!': ['-fno-exceptions', '-std=gnu++20'],
      'cflags_cc': ['-std=c++17', '-fexceptions', '-O3', '-Wall', '-Wextra', '-Wno-missing-field-initializers'],
      'defines': ['NAPI_VERSION=8'],
    }
  ]
}
