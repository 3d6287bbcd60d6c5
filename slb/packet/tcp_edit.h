/* SPDX-License-Identifier: GPL-2.0-only */
/* Change numbers and options of a TCP header, and keep its checksum right; pure. */
#ifndef _SLB_PACKET_TCP_EDIT_H
#define _SLB_PACKET_TCP_EDIT_H

#ifdef __KERNEL__
#include <linux/tcp.h>
#include <linux/unaligned.h>
#include <net/checksum.h>
#endif
#include <slb/rewrite.h>

/* Kinds of options that the kernel's headers do not name everywhere. */
#define SLB_TCP_OPT_EOL 0
#define SLB_TCP_OPT_NOP 1
#define SLB_TCP_OPT_MSS 2
#define SLB_TCP_OPT_SCALE 3
#define SLB_TCP_OPT_SACK 5
#define SLB_TCP_OPT_MPTCP 30
#define SLB_TCP_OPT_FASTOPEN 34
#define SLB_TCP_OPT_TOA 254	/* for experiments; with a number after it also others (RFC 6994) */

/* Offsets of the data offset and the flags in a TCP header. */
#define SLB_TCP_DOFF_AT 12
#define SLB_TCP_FLAGS_AT 13

/* Largest window scale (RFC 7323, 2.3). */
#define SLB_TCP_SCALE_MAX 14

/**
 * struct slb_tcp_edit - a TCP header that is changed
 * @th: the header, writable
 * @len: its length, options included, bytes
 * @diff: what the changes so far add to the checksum
 */
struct slb_tcp_edit {
	u8 *th;
	unsigned int len;
	__wsum diff;
};

/* Note what a change from @old to @now at offset @at adds to the checksum. */
static inline void slb_tcp_note(struct slb_tcp_edit *e, unsigned int at, __wsum old, __wsum now)
{
	__wsum diff = csum_sub(now, old);

	/* bytes at odd offsets are the other halves of the words that are summed */
	if (at & 1)
		diff = (__force __wsum)ror32((__force u32)diff, 8);
	e->diff = csum_add(e->diff, diff);
}

/* Write 16 bits. */
static inline void slb_tcp_put16(struct slb_tcp_edit *e, unsigned int at, u16 value)
{
	slb_tcp_note(e, at, (__force __wsum)htons(get_unaligned_be16(e->th + at)),
		     (__force __wsum)htons(value));
	put_unaligned_be16(value, e->th + at);
}

/* Write 32 bits. */
static inline void slb_tcp_put32(struct slb_tcp_edit *e, unsigned int at, u32 value)
{
	slb_tcp_note(e, at, (__force __wsum)htonl(get_unaligned_be32(e->th + at)),
		     (__force __wsum)htonl(value));
	put_unaligned_be32(value, e->th + at);
}

/* Overwrite an option by "no operation", from offset @at on. */
static inline void slb_tcp_blank(struct slb_tcp_edit *e, unsigned int at)
{
	unsigned int end = at + e->th[at + 1];

	/* words of the checksum, one of which may begin before the option or end after it */
	for (; at < end; at++) {
		unsigned int word = at & ~1u;
		u16 old = get_unaligned_be16(e->th + word);

		slb_tcp_put16(e, word, at & 1 ? (old & 0xff00) | SLB_TCP_OPT_NOP :
						(old & 0x00ff) | SLB_TCP_OPT_NOP << 8);
	}
}

/**
 * slb_tcp_option() - find the next option of a kind
 * @th: TCP header
 * @len: its length, options included, bytes
 * @kind: the kind
 * @size: length that the option must at least have, 2 or more
 * @at: offset to search from, at least that of the first option; set to the end of the option
 *
 * Options after one whose length is invalid are not found.
 *
 * Return: offset of the option, or 0 when there is none.
 */
static inline unsigned int slb_tcp_option(const u8 *th, unsigned int len, u8 kind, u8 size,
					  unsigned int *at)
{
	while (*at < len && th[*at] != SLB_TCP_OPT_EOL) {
		unsigned int opt = *at;

		if (th[opt] == SLB_TCP_OPT_NOP) {
			++*at;
			continue;
		}
		if (len - opt < 2 || th[opt + 1] < 2 || th[opt + 1] > len - opt)
			return 0;
		*at += th[opt + 1];
		if (th[opt] == kind && th[opt + 1] >= size)
			return opt;
	}
	return 0;
}

/**
 * slb_tcp_blank_all() - overwrite all options of a kind by "no operation"
 * @e: the header
 * @kind: the kind
 *
 * Return: their number.
 */
static inline unsigned int slb_tcp_blank_all(struct slb_tcp_edit *e, u8 kind)
{
	unsigned int at = sizeof(struct tcphdr), n = 0, opt;

	while ((opt = slb_tcp_option(e->th, e->len, kind, 2, &at))) {
		slb_tcp_blank(e, opt);
		n++;
	}
	return n;
}

/* Make the largest segment that the sender of the header accepts smaller by @by bytes. */
static inline void slb_tcp_less_mss(struct slb_tcp_edit *e, unsigned int by)
{
	unsigned int at = sizeof(struct tcphdr);
	unsigned int opt = slb_tcp_option(e->th, e->len, SLB_TCP_OPT_MSS, 4, &at);
	u16 mss = opt ? get_unaligned_be16(e->th + opt + 2) : 0;

	if (mss > by)
		slb_tcp_put16(e, opt + 2, mss - by);
}

/* The window scale in the header of a SYN or SYN-ACK. */
static inline u8 slb_tcp_scale(const u8 *th, unsigned int len)
{
	unsigned int at = sizeof(struct tcphdr);
	unsigned int opt = slb_tcp_option(th, len, SLB_TCP_OPT_SCALE, 3, &at);

	return opt ? min_t(u8, th[opt + 2], SLB_TCP_SCALE_MAX) : 0;
}

/**
 * slb_tcp_unshift() - the client's sequence number for one that the server sees
 * @seq: the server's, host order
 * @first: sequence number of the client's first byte, host order
 * @shift: bytes that the server has before it
 *
 * Only while the server may not have acknowledged those bytes. Later numbers wrap: they are
 * compared with none.
 *
 * Return: the client's; @first for a number among those bytes.
 */
static __always_inline u32 slb_tcp_unshift(u32 seq, u32 first, u32 shift)
{
	u32 off = seq - first;

	/* half of the numbers are before @first: those of no byte */
	if ((s32)off < 0)
		return seq;
	return off > shift ? seq - shift : first;
}

/**
 * slb_tcp_unshift_sack() - adapt what a server has received beyond its acknowledgment (RFC 2018)
 * @e: the header
 * @first: sequence number of the client's first byte, host order
 * @shift: bytes that the server has before it
 *
 * An option that names no byte of the client is removed: a duplicate PROXY header is reported so
 * (RFC 2883). Such a report may always be missing. Numbers wrap, so after 4 GB the same ones may be
 * those of client's bytes: then the option names at most @shift bytes less than the server has.
 */
static inline void slb_tcp_unshift_sack(struct slb_tcp_edit *e, u32 first, u32 shift)
{
	unsigned int at = sizeof(struct tcphdr);
	unsigned int opt = slb_tcp_option(e->th, e->len, SLB_TCP_OPT_SACK, 10, &at);
	unsigned int i, end = opt ? opt + 2 + (e->th[opt + 1] - 2u) / 8 * 8 : 0;

	for (i = opt + 2; i < end; i += 8) {
		u32 left = get_unaligned_be32(e->th + i);
		u32 right = get_unaligned_be32(e->th + i + 4);

		if (left - first <= shift && right - first <= shift) {
			slb_tcp_blank(e, opt);
			return;
		}
		slb_tcp_put32(e, i, left - first <= shift ? first : left - shift);
		slb_tcp_put32(e, i + 4, right - shift);
	}
}

/* The acknowledgment number, host order. */
static __always_inline u32 slb_tcp_ack(const struct slb_tcp_edit *e)
{
	return get_unaligned_be32(e->th + offsetof(struct tcphdr, ack_seq));
}

/**
 * slb_tcp_unshift_ack() - adapt a server's acknowledgment number to the client
 * @e: the header
 * @first: sequence number of the client's first byte, host order
 * @shift: bytes that the server has before it
 * @scale: window scale of the segment
 *
 * For a server that may not have acknowledged all of those bytes: they take up a part of its
 * window.
 */
static inline void slb_tcp_unshift_ack(struct slb_tcp_edit *e, u32 first, u32 shift, u8 scale)
{
	u32 ack = slb_tcp_ack(e);
	u32 missing = first + shift - ack;
	u16 window;

	slb_tcp_put32(e, offsetof(struct tcphdr, ack_seq), slb_tcp_unshift(ack, first, shift));
	if (!missing || missing > shift)
		return;
	window = get_unaligned_be16(e->th + offsetof(struct tcphdr, window));
	missing = (missing + (1u << scale) - 1) >> scale;
	slb_tcp_put16(e, offsetof(struct tcphdr, window), window > missing ? window - missing : 0);
}

/* The same for a server that has acknowledged all of those bytes. */
static __always_inline void slb_tcp_unshift_ack_settled(struct slb_tcp_edit *e, u32 shift)
{
	slb_tcp_put32(e, offsetof(struct tcphdr, ack_seq), slb_tcp_ack(e) - shift);
}

/* Adapt a client's sequence number to the server. */
static inline void slb_tcp_shift_seq(struct slb_tcp_edit *e, u32 shift)
{
	slb_tcp_put32(e, offsetof(struct tcphdr, seq),
		      get_unaligned_be32(e->th + offsetof(struct tcphdr, seq)) + shift);
}

/* Update the checksum, unless a device completes it; @partial: slb_sum_left(). */
static inline void slb_tcp_edit_end(struct slb_tcp_edit *e, bool partial)
{
	if (!partial)
		slb_fix_sum((__sum16 *)(e->th + offsetof(struct tcphdr, check)), e->diff);
}

#endif /* _SLB_PACKET_TCP_EDIT_H */
