/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs the BPF programs of contrib/toa-bpf on segments in memory. */
#ifndef TOA_RUN_H
#define TOA_RUN_H

#include <stdbool.h>

/* of enum toa_counter */
enum { RUN_CONNECTIONS, RUN_FOUND, RUN_UNTRUSTED, RUN_MALFORMED, RUN_FAILED, RUN_COUNTERS };

/**
 * struct toa_run - a socket, and what happens around it
 * @ipv6: family of the socket
 * @remote: address of the peer, as an IPv6 socket has it
 * @trusted: is it in a trusted prefix?
 * @no_memory: is there none for the socket's storage?
 * @bytes: data received before
 * @segments: segments received, with this one
 * @wants: does the program want further segments?
 * @stored: has the socket storage?
 * @counts: since the beginning
 * @flags: callbacks of the socket
 */
struct toa_run {
	bool ipv6;
	unsigned char remote[16];
	bool trusted;
	bool no_memory;
	unsigned long long bytes;
	unsigned int segments;
	bool wants;
	bool stored;
	unsigned long long counts[RUN_COUNTERS];
	int flags;
};

void toa_run_begin(struct toa_run *run);
void toa_run_segment(struct toa_run *run, bool established, void *head, unsigned int size);
bool toa_run_peer(const struct toa_run *run, unsigned char addr[16], unsigned short *port);

#endif
