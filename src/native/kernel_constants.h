// What the headers of an older kernel do not name yet; whether the running kernel knows it is for probe.cc to find out.
#pragma once

#include <linux/if_packet.h>
#include <linux/if_tun.h>

// Linux 4.20
#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

// Linux 6.2
#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif
