// SPDX-License-Identifier: GPL-2.0-only
/*
 * BPF programs that read the client's address from a TCP option and answer getpeername() with it.
 *
 * They use stable kernel interfaces only (uapi <linux/bpf.h>), so one object runs on every kernel.
 */
#include <linux/bpf.h>
#include <linux/tcp.h>
#include <stdbool.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "toa.h"

/* of the C library and of the kernel, whose headers do not go together with <linux/bpf.h> */
#define AF_INET 2
#define AF_INET6 10

#define OPTION_END 0
#define OPTION_NOP 1
/* Both families, as DPVS sends it. */
#define OPTION_TOA 254
/* The toa.ko of other balancers expects IPv6 addresses in this one. */
#define OPTION_TOA_IPV6 253

#define LENGTH_IPV4 8
#define LENGTH_IPV6 20

#define HEADER_MIN 20
#define HEADER_MAX 60

/*
 * Segments without data after which the option is not expected any more. A client that only
 * receives would keep the callback on otherwise.
 */
#define SEGMENTS_MAX 16

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct toa_peer);
} peers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, TOA_PREFIXES_MAX);
	__type(key, struct toa_prefix);
	__type(value, __u8);
} trusted SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TOA_COUNTERS_END);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

/* The two forms of the option; packed, as an option begins at any byte. */
struct option {
	__u8 kind;
	__u8 length;
	__u16 port;
	__u32 addr[4];
} __attribute__((packed));

/* Process context with softirqs on may run this, too: so the addition is atomic. */
static __always_inline void count(__u32 counter)
{
	__u64 *value = bpf_map_lookup_elem(&counters, &counter);

	if (value)
		__sync_fetch_and_add(value, 1);
}

/* Copies the TCP peer's address to @addr; of IPv4, as ::ffff:ADDRESS. Return: is it IPv4? */
static __always_inline bool read_remote(struct bpf_sock_ops *ops, __u32 addr[4])
{
	if (ops->family == AF_INET6) {
		addr[0] = ops->remote_ip6[0];
		addr[1] = ops->remote_ip6[1];
		addr[2] = ops->remote_ip6[2];
		addr[3] = ops->remote_ip6[3];
		return !addr[0] && !addr[1] && addr[2] == bpf_htonl(0xffff);
	}
	addr[0] = 0;
	addr[1] = 0;
	addr[2] = bpf_htonl(0xffff);
	addr[3] = ops->remote_ip4;
	return true;
}

static __always_inline bool is_trusted(const __u32 addr[4], bool ipv4)
{
	struct toa_prefix key = {};

	if (ipv4) {
		key.bits = TOA_FAMILY_BITS + 32;
		key.family = AF_INET;
		__builtin_memcpy(key.addr, &addr[3], 4);
	} else {
		key.bits = TOA_FAMILY_BITS + 128;
		key.family = AF_INET6;
		__builtin_memcpy(key.addr, addr, 16);
	}
	return bpf_map_lookup_elem(&trusted, &key);
}

/*
 * bpf_load_hdr_opt() finds options 253 and 254 by two bytes of their contents only, which are the
 * client's port here. So the options are read here.
 *
 * The loop goes from byte to byte, not from option to option: the verifier would follow each
 * combination of lengths otherwise, and give up.
 *
 * Return: offset of the option in the TCP header, or 0 if there is none
 */
static __always_inline __u32 find_option(struct bpf_sock_ops *ops, bool ipv4)
{
	__u8 *option = ops->skb_data + HEADER_MIN, *end = ops->skb_data_end;
	__u32 at, skip = 0;

	for (at = HEADER_MIN; at < HEADER_MAX; at++, option++) {
		if (option + 2 > end)
			break;
		if (skip) {
			skip--;
			continue;
		}
		if (option[0] == OPTION_END)
			break;
		if (option[0] == OPTION_NOP)
			continue;
		if (option[0] == OPTION_TOA)
			return at;
		if (option[0] == OPTION_TOA_IPV6 && option[1] == LENGTH_IPV6 && !ipv4)
			return at;
		if (option[1] < 2)
			break;
		skip = option[1] - 1;
	}
	return 0;
}

/* Return: false if the option is not an address of the connection's family, with a port */
static __always_inline bool read_option(struct bpf_sock_ops *ops, __u32 at, bool ipv4,
					struct toa_peer *peer)
{
	struct option *option = ops->skb_data + at;
	void *end = ops->skb_data_end;

	if ((void *)option + LENGTH_IPV4 > end ||
	    option->length != (ipv4 ? LENGTH_IPV4 : LENGTH_IPV6))
		return false;
	peer->port = option->port;
	if (ipv4) {
		peer->addr[0] = 0;
		peer->addr[1] = 0;
		peer->addr[2] = bpf_htonl(0xffff);
		peer->addr[3] = option->addr[0];
		return peer->port && peer->addr[3];
	}
	if ((void *)option + LENGTH_IPV6 > end)
		return false;
	__builtin_memcpy(peer->addr, option->addr, sizeof(peer->addr));
	return peer->port && (peer->addr[0] | peer->addr[1] | peer->addr[2] | peer->addr[3]);
}

/*
 * Looks for the option in the segment of @ops.
 *
 * Return: false if there is none; else true, and @peer has the client's address, or port 0 if the
 * option is not to be believed
 */
static __always_inline bool look(struct bpf_sock_ops *ops, struct toa_peer *peer)
{
	__u32 remote[4], at;
	bool ipv4 = read_remote(ops, remote);

	at = find_option(ops, ipv4);
	if (!at)
		return false;
	if (!is_trusted(remote, ipv4)) {
		count(TOA_UNTRUSTED);
	} else if (!read_option(ops, at, ipv4, peer)) {
		peer->port = 0;
		count(TOA_MALFORMED);
	} else {
		count(TOA_FOUND);
	}
	return true;
}

/* The flag is the socket's: other programs may have set others. */
static __always_inline void want_segments(struct bpf_sock_ops *ops, bool want)
{
	int flags = ops->bpf_sock_ops_cb_flags & ~BPF_SOCK_OPS_PARSE_ALL_HDR_OPT_CB_FLAG;

	if (want)
		flags |= BPF_SOCK_OPS_PARSE_ALL_HDR_OPT_CB_FLAG;
	bpf_sock_ops_cb_flags_set(ops, flags);
}

/* @ops has the segment that completed the handshake. */
static __always_inline void established(struct bpf_sock_ops *ops)
{
	struct toa_peer peer = {};
	bool done = look(ops, &peer);
	struct bpf_sock *sk = ops->sk;

	count(TOA_CONNECTIONS);
	if (done && !peer.port)
		return;
	if (!sk || !bpf_sk_storage_get(&peers, sk, &peer, BPF_SK_STORAGE_GET_F_CREATE)) {
		count(TOA_FAILED);
		return;
	}
	/*
	 * Not BPF_SOCK_OPS_PARSE_UNKNOWN_HDR_OPT_CB_FLAG: the kernel takes option 254 with the port
	 * 63881 (0xf989) for TCP Fast Open, which it knows.
	 */
	if (!done)
		want_segments(ops, true);
}

/* @ops has a later segment. Those of the header prediction are left out: they have no options. */
static __always_inline void segment(struct bpf_sock_ops *ops)
{
	struct toa_peer found = {}, *peer;
	/* the verifier knows that one is not NULL, but not another read of it */
	struct bpf_sock *sk = ops->sk;

	if (!sk)
		return;
	peer = bpf_sk_storage_get(&peers, sk, NULL, 0);
	/* Another program wants these segments. */
	if (!peer || peer->port)
		return;
	/* The program may have acted on the data: too late. */
	if (ops->bytes_received || ops->segs_in > SEGMENTS_MAX) {
		want_segments(ops, false);
		bpf_sk_storage_delete(&peers, sk);
		return;
	}
	if (!look(ops, &found))
		return;
	want_segments(ops, false);
	if (found.port)
		*peer = found;
	else
		bpf_sk_storage_delete(&peers, sk);
}

/**
 * toa_sockops() - read the option from segments of accepted connections
 * @ops: event of a socket whose listener belongs to the cgroup; the socket is locked
 *
 * Return: 1; ignored
 */
SEC("sockops")
int toa_sockops(struct bpf_sock_ops *ops)
{
	if (ops->op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB)
		established(ops);
	else if (ops->op == BPF_SOCK_OPS_PARSE_HDR_OPT_CB)
		segment(ops);
	return 1;
}

/* Return: the client of the socket of @ctx, or NULL if that is its TCP peer */
static __always_inline struct toa_peer *client(struct bpf_sock_addr *ctx)
{
	struct bpf_sock *sk = ctx->sk;
	struct toa_peer *peer;

	if (!sk)
		return NULL;
	peer = bpf_sk_storage_get(&peers, sk, NULL, 0);
	return peer && peer->port ? peer : NULL;
}

/**
 * toa_getpeername4() - give the client's address to getpeername() and accept()
 * @ctx: the socket, locked, and the address that the program will see; of an IPv4 socket
 *
 * Return: 1; the verifier accepts nothing else
 */
SEC("cgroup/getpeername4")
int toa_getpeername4(struct bpf_sock_addr *ctx)
{
	struct toa_peer *peer = client(ctx);

	if (peer) {
		ctx->user_ip4 = peer->addr[3];
		ctx->user_port = peer->port;
	}
	return 1;
}

/**
 * toa_getpeername6() - the same for IPv6 sockets
 * @ctx: the socket and the address, which is ::ffff:ADDRESS of a connection over IPv4
 *
 * Return: 1; the verifier accepts nothing else
 */
SEC("cgroup/getpeername6")
int toa_getpeername6(struct bpf_sock_addr *ctx)
{
	struct toa_peer *peer = client(ctx);

	if (peer) {
		ctx->user_ip6[0] = peer->addr[0];
		ctx->user_ip6[1] = peer->addr[1];
		ctx->user_ip6[2] = peer->addr[2];
		ctx->user_ip6[3] = peer->addr[3];
		ctx->user_port = peer->port;
	}
	return 1;
}

char toa_license[] SEC("license") = "GPL";
