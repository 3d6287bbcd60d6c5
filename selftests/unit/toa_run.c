// SPDX-License-Identifier: GPL-2.0-only
/* Runs the BPF programs of contrib/toa-bpf on segments in memory. */
#include <string.h>

#include "../../contrib/toa-bpf/toa.bpf.c"

#include "toa_run.h"

static struct toa_run *now;
static struct toa_peer storage;
static __u8 yes = 1;
/* a pointer that nobody follows */
static char socket_of_now;

static bool key_is_remote(const struct toa_prefix *key)
{
	static const unsigned char mapped[12] = { [10] = 0xff, 0xff };
	bool ipv4 = !memcmp(now->remote, mapped, sizeof(mapped));

	return key->family == (ipv4 ? AF_INET : AF_INET6) &&
	       key->bits == 32 + (ipv4 ? 32 : 128) &&
	       !memcmp(key->addr, now->remote + (ipv4 ? 12 : 0), ipv4 ? 4 : 16);
}

static void *bpf_map_lookup_elem(void *map, const void *key)
{
	if (map == &counters)
		return &now->counts[*(const __u32 *)key];
	return now->trusted && key_is_remote(key) ? &yes : NULL;
}

static void *bpf_sk_storage_get(void *map, void *sk, void *value, __u64 flags)
{
	if (!now->stored && flags & BPF_SK_STORAGE_GET_F_CREATE && !now->no_memory) {
		storage = *(struct toa_peer *)value;
		now->stored = true;
	}
	return map == &peers && sk == &socket_of_now && now->stored ? &storage : NULL;
}

static long bpf_sk_storage_delete(void *map, void *sk)
{
	now->stored = false;
	return 0;
}

static long bpf_sock_ops_cb_flags_set(struct bpf_sock_ops *ops, int flags)
{
	now->flags = flags;
	return 0;
}

/**
 * toa_run_begin() - forget the connection before
 * @run: the next one; zeroed but for what the caller sets
 */
void toa_run_begin(struct toa_run *run)
{
	memset(&storage, 0, sizeof(storage));
	run->stored = false;
	run->wants = false;
}

/**
 * toa_run_segment() - let the program see a segment
 * @run: the connection
 * @established: does the segment complete the handshake?
 * @head: TCP header
 * @size: of @head in bytes
 */
void toa_run_segment(struct toa_run *run, bool established, void *head, unsigned int size)
{
	struct bpf_sock_ops ops = {
		.op = established ? BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB :
				    BPF_SOCK_OPS_PARSE_HDR_OPT_CB,
		.family = run->ipv6 ? AF_INET6 : AF_INET,
		.bytes_received = run->bytes,
		.segs_in = run->segments,
		.bpf_sock_ops_cb_flags = run->flags,
	};

	now = run;
	memcpy(ops.remote_ip6, run->remote, sizeof(ops.remote_ip6));
	memcpy(&ops.remote_ip4, run->remote + 12, sizeof(ops.remote_ip4));
	ops.sk = (void *)&socket_of_now;
	ops.skb_data = head;
	ops.skb_data_end = head + size;
	toa_sockops(&ops);
	run->wants = run->flags & BPF_SOCK_OPS_PARSE_ALL_HDR_OPT_CB_FLAG;
}

/**
 * toa_run_peer() - ask for the peer as getpeername() does
 * @run: the connection
 * @addr: the address, as an IPv6 socket has it
 * @port: host order
 *
 * Return: has a program changed them?
 */
bool toa_run_peer(const struct toa_run *run, unsigned char addr[16], unsigned short *port)
{
	struct bpf_sock_addr ctx = { .user_port = 0 };

	memcpy(ctx.user_ip6, run->remote, sizeof(ctx.user_ip6));
	memcpy(&ctx.user_ip4, run->remote + 12, sizeof(ctx.user_ip4));
	memcpy(addr, run->remote, 16);
	ctx.sk = (void *)&socket_of_now;
	if (run->ipv6)
		toa_getpeername6(&ctx);
	else
		toa_getpeername4(&ctx);
	if (run->ipv6)
		memcpy(addr, ctx.user_ip6, 16);
	else
		memcpy(addr + 12, &ctx.user_ip4, 4);
	*port = bpf_ntohs(ctx.user_port);
	return ctx.user_port;
}
