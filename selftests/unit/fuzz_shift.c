// SPDX-License-Identifier: GPL-2.0-only
/* Fuzzer's target: changes of a TCP header, held against a list of options, written again. */
#include <linux/tcp.h>

#include "../../slb/packet/tcp_edit.h"
#include "fuzz.h"

/* Longest segment, and the most options that a header has. */
#define SEGMENT_MAX 128
#define OPTIONS_MAX 40

/* The first bytes of an input. A segment follows. */
struct how {
	u8 what;	/* WHAT_* */
	u8 shift;
	u8 scale;
	u8 kind;	/* of options that are removed */
	u8 partial;	/* odd: a device completes the checksum */
	u8 first[4];
};

enum {
	WHAT_SEQ,
	WHAT_ACK,
	WHAT_SETTLED,
	WHAT_BLANK,
	WHAT_MSS,
	WHATS,
};

/**
 * struct naive_option - an option
 * @len: its bytes; 1 for a single "no operation", the rest of the options when these are damaged
 * @bytes: them
 * @raw: not an option: "no operation", or what follows the last option
 */
struct naive_option {
	unsigned int len;
	u8 bytes[OPTIONS_MAX];
	bool raw;
};

/**
 * struct naive_tcp - a TCP header, taken apart
 * @fixed: first bytes
 * @n: number of options
 * @option: the options
 */
struct naive_tcp {
	u8 fixed[20];
	unsigned int n;
	struct naive_option option[OPTIONS_MAX];
};

static u64 number(const u8 *at)
{
	return naive_get16(at) * 65536ull + naive_get16(at + 2);
}

static void put_number(u8 *at, u64 value)
{
	naive_put16(at, value / 65536 % 65536);
	naive_put16(at + 2, value % 65536);
}

static void take_apart(struct naive_tcp *t, const u8 *th, unsigned int len)
{
	unsigned int at = 20;

	memcpy(t->fixed, th, 20);
	for (t->n = 0; at < len; t->n++) {
		struct naive_option *o = &t->option[t->n];
		bool some = th[at] > 1 && at + 1 < len && th[at + 1] >= 2 && at + th[at + 1] <= len;

		o->len = th[at] == 1 ? 1 : some ? th[at + 1] : len - at;
		o->raw = !some;
		memcpy(o->bytes, th + at, o->len);
		at += o->len;
	}
}

static void put_together(const struct naive_tcp *t, u8 *th)
{
	unsigned int i, at = 20;

	memcpy(th, t->fixed, 20);
	for (i = 0; i < t->n; at += t->option[i++].len)
		memcpy(th + at, t->option[i].bytes, t->option[i].len);
}

static struct naive_option *find(struct naive_tcp *t, u8 kind, unsigned int len)
{
	unsigned int i;

	for (i = 0; i < t->n; i++)
		if (!t->option[i].raw && t->option[i].bytes[0] == kind && t->option[i].len >= len)
			return &t->option[i];
	return NULL;
}

static void remove_option(struct naive_option *o)
{
	memset(o->bytes, 1, o->len);
	o->raw = true;
}

/* How far a number is from the first byte, going up. */
static u64 above(u64 value, u64 first)
{
	return (value + (1ull << 32) - first) % (1ull << 32);
}

static void naive_ack(struct naive_tcp *t, u64 first, u64 shift, unsigned int scale)
{
	u64 off = above(number(t->fixed + 8), first), unit = 1ull << scale, missing;
	unsigned int window = naive_get16(t->fixed + 14);

	if (off >= 1ull << 31)
		return;
	put_number(t->fixed + 8, first + (off > shift ? off - shift : 0));
	if (off >= shift)
		return;
	missing = (shift - off) / unit + !!((shift - off) % unit);
	naive_put16(t->fixed + 14, window < missing ? 0 : window - missing);
}

static void naive_sack(struct naive_tcp *t, u64 first, u64 shift)
{
	struct naive_option *o = find(t, 5, 10);
	unsigned int i;

	for (i = 2; o && i + 8 <= o->len; i += 8) {
		u64 from = number(o->bytes + i), to = number(o->bytes + i + 4);
		bool header = above(from, first) <= shift;

		if (header && above(to, first) <= shift) {
			remove_option(o);
			return;
		}
		put_number(o->bytes + i, header ? first : from - shift);
		put_number(o->bytes + i + 4, to - shift);
	}
}

static unsigned int naive_edit(struct naive_tcp *t, const struct how *how)
{
	u64 first = number(how->first), shift = how->shift % 128;
	struct naive_option *o;
	unsigned int n = 0;

	switch (how->what % WHATS) {
	case WHAT_SEQ:
		put_number(t->fixed + 4, number(t->fixed + 4) + shift);
		break;
	case WHAT_ACK:
		naive_ack(t, first, shift, how->scale % 15);
		naive_sack(t, first, shift);
		break;
	case WHAT_SETTLED:
		put_number(t->fixed + 8, number(t->fixed + 8) - shift);
		naive_sack(t, first, shift);
		break;
	case WHAT_BLANK:
		for (; how->kind > 1 && (o = find(t, how->kind, 2)); n++)
			remove_option(o);
		break;
	default:
		o = find(t, 2, 4);
		if (o && naive_get16(o->bytes + 2) > shift)
			naive_put16(o->bytes + 2, naive_get16(o->bytes + 2) - shift);
	}
	return n;
}

static unsigned int edit(struct slb_tcp_edit *e, const struct how *how)
{
	u32 first = number(how->first), shift = how->shift % 128;
	unsigned int n = 0;

	switch (how->what % WHATS) {
	case WHAT_SEQ:
		slb_tcp_shift_seq(e, shift);
		break;
	case WHAT_ACK:
		slb_tcp_unshift_ack(e, first, shift, how->scale % 15);
		slb_tcp_unshift_sack(e, first, shift);
		break;
	case WHAT_SETTLED:
		slb_tcp_unshift_ack_settled(e, shift);
		slb_tcp_unshift_sack(e, first, shift);
		break;
	case WHAT_BLANK:
		n = how->kind > 1 ? slb_tcp_blank_all(e, how->kind) : 0;
		break;
	default:
		slb_tcp_less_mss(e, shift);
	}
	slb_tcp_edit_end(e, how->partial % 2);
	return n;
}

/* Is every byte but the checksum what it should be, and the checksum as right as before? */
static void compare(const u8 *before, const u8 *want, const u8 *after, unsigned int len, bool left)
{
	unsigned int i;

	for (i = 0; i < len; i++)
		EXPECT_F(want[i] == after[i] || i / 2 == 8, "byte %u is %02x, not %02x", i,
			 after[i], want[i]);
	if (left)
		EXPECT(!memcmp(before + 16, after + 16, 2));
	else
		EXPECT_EQ(naive_sum(after, len, 0) % 0xffff, naive_sum(before, len, 0) % 0xffff);
}

static unsigned int run_shift(const u8 *in, unsigned int len)
{
	struct slb_tcp_edit e = { 0 };
	struct naive_tcp naive;
	u8 want[SEGMENT_MAX];
	struct how how;
	u8 *after;

	if (len < sizeof(how) + 20 || len > sizeof(how) + SEGMENT_MAX)
		return FUZZ_NOTHING;
	memcpy(&how, in, sizeof(how));
	in += sizeof(how);
	len -= sizeof(how);
	e.len = (in[12] >> 4) * 4;
	if (e.len < 20 || e.len > len)
		return FUZZ_NOTHING;
	after = malloc(len);
	assert(after);
	memcpy(after, in, len);
	memcpy(want, in, len);
	e.th = after;
	take_apart(&naive, in, e.len);
	EXPECT_EQ(edit(&e, &how), naive_edit(&naive, &how));
	put_together(&naive, want);
	compare(in, want, after, len, how.partial % 2);
	free(after);
	return FUZZ_KIND + SLB_KIND_FLOW;
}

/* Options of which some are whole; returns their length, a multiple of 4. */
static unsigned int make_options(u8 *to, const struct how *how)
{
	static const u8 kinds[] = { 1, 1, 2, 3, 5, 5, 5, 8, 30, 34, 254, 0 };
	unsigned int len = 4 * rnd_below(11), at = 0, i;

	rnd_bytes(to, len);
	while (at + 2 < len) {
		u8 kind = kinds[rnd_below(rnd_one_in(8) ? sizeof(kinds) : sizeof(kinds) - 1)];

		to[at] = kind;
		if (kind == 1) {
			at++;
			continue;
		}
		to[at + 1] = kind == 2 ? 4 : kind == 5 ? 2 + 8 * (1 + rnd_below(3)) :
			     2 + rnd_below(9);
		for (i = at + 2; kind == 5 && i + 4 <= len; i += 4)
			if (rnd_one_in(2))
				put_number(to + i, number(how->first) + rnd_below(200));
		at += to[at + 1];
	}
	if (len && rnd_one_in(8))
		to[rnd_below(len)] = rnd();
	return len;
}

static unsigned int make_shift(u8 *in)
{
	struct how *how = (void *)in;
	u8 *th = in + sizeof(*how);
	unsigned int len, more = rnd_below(20);

	rnd_bytes(in, sizeof(*how));
	if (rnd_one_in(2))
		put_number(how->first, -rnd_below(200));
	if (rnd_one_in(2))
		how->kind = rnd_one_in(2) ? 254 : 34;
	rnd_bytes(th, 20);
	len = 20 + make_options(th + 20, how);
	th[12] = len / 4 << 4 | (th[12] & 15);
	if (rnd_one_in(2))
		put_number(th + 8, number(how->first) + rnd_below(200) - rnd_below(20));
	rnd_bytes(th + len, more);
	return sizeof(*how) + len + more;
}

const struct fuzz_target fuzz_shift = { "shift", run_shift, make_shift };
