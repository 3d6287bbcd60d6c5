// SPDX-License-Identifier: GPL-2.0-only
/* Numbers of a connection with a PROXY header: what a server has received, for its client. */
#include <linux/tcp.h>
#include "../../slb/packet/tcp_edit.h"
#include "unit.h"

#define HEADER sizeof(struct tcphdr)
#define SACK_AT (HEADER + 4)
#define HEADER_MAX 60

/* A server's segment with @n SACK blocks. */
static struct slb_tcp_edit segment(u8 *th, unsigned int n)
{
	struct slb_tcp_edit e = { .th = th, .len = n ? SACK_AT + 8 * n : HEADER };

	memset(th, 0, HEADER_MAX);
	if (n) {
		memset(th + HEADER, SLB_TCP_OPT_NOP, 2);
		th[HEADER + 2] = SLB_TCP_OPT_SACK;
		th[HEADER + 3] = 2 + 8 * n;
	}
	return e;
}

static void put(u8 *th, unsigned int at, u32 value)
{
	put_unaligned_be32(value, th + at);
}

/* Is the difference that was kept that of the sums? */
static void expect_diff(const struct slb_tcp_edit *e, __wsum before)
{
	__wsum after = csum_partial(e->th, e->len, 0);

	EXPECT_EQ(csum_fold(csum_add(before, e->diff)), csum_fold(after));
}

/*
 * The server has acknowledged the header and @got bytes, and has @len more from @gap bytes later
 * on: all of that is known to the byte, wherever the numbers wrap.
 */
static void far_one(u32 first, u32 shift, u64 got, u32 gap, u32 len)
{
	u32 ack = first + shift + (u32)got, left = ack + gap, right = left + len;
	u8 th[HEADER_MAX];
	struct slb_tcp_edit e = segment(th, 1);
	u32 seen_left, seen_right;
	__wsum before;

	put(th, offsetof(struct tcphdr, ack_seq), ack);
	put(th, SACK_AT, left);
	put(th, SACK_AT + 4, right);
	before = csum_partial(th, e.len, 0);
	slb_tcp_unshift_ack_settled(&e, shift);
	slb_tcp_unshift_sack(&e, first, shift);
	expect_diff(&e, before);
	EXPECT_EQ(get_unaligned_be32(th + offsetof(struct tcphdr, ack_seq)), first + (u32)got);
	if (th[HEADER + 2] != SLB_TCP_OPT_SACK) {
		/* 4 GB later: the numbers are those of the header */
		EXPECT(len <= shift && left - first <= shift);
		return;
	}
	seen_left = get_unaligned_be32(th + SACK_AT);
	seen_right = get_unaligned_be32(th + SACK_AT + 4);
	EXPECT_EQ(seen_right, right - shift);
	/* never more than the server has */
	EXPECT(seen_left - (left - shift) <= (left - first <= shift ? shift : 0));
}

static void test_far(void)
{
	static const u64 at[] = { 0, 1ull << 31, 1ull << 32, 3ull << 31, 1ull << 33 };
	unsigned int n, times = unit_times(400000);

	for (n = 0; n < times && !unit_failing(); n++) {
		u32 shift = rnd_one_in(2) ? 28 : 59, near = rnd_below(400);
		u64 got = at[rnd_below(ARRAY_SIZE(at))] + near;

		if (got >= 200)
			got -= 200;
		far_one(rnd(), shift, rnd_one_in(4) ? rnd() : got, 1 + rnd_below(200),
			1 + rnd_below(70000));
	}
}

/* The server has @got bytes, those of the header first. */
static void near_one(u32 first, u32 shift, u32 got, u16 window, u8 scale)
{
	u32 data = got > shift ? got - shift : 0, missing = got < shift ? shift - got : 0;
	u64 left = (u64)window << scale, right;
	u8 th[HEADER_MAX];
	struct slb_tcp_edit e = segment(th, 0);
	__wsum before;

	put(th, offsetof(struct tcphdr, ack_seq), first + got);
	put_unaligned_be16(window, th + offsetof(struct tcphdr, window));
	before = csum_partial(th, e.len, 0);
	slb_tcp_unshift_ack(&e, first, shift, scale);
	expect_diff(&e, before);
	EXPECT_EQ(get_unaligned_be32(th + offsetof(struct tcphdr, ack_seq)), first + data);
	right = (u64)get_unaligned_be16(th + offsetof(struct tcphdr, window)) << scale;
	EXPECT(right <= (left > missing ? left - missing : 0));
	EXPECT(right + missing + (1ull << scale) > left);
}

static void test_near(void)
{
	unsigned int n, times = unit_times(400000);

	for (n = 0; n < times && !unit_failing(); n++)
		near_one(rnd(), rnd_one_in(2) ? 28 : 59, rnd_below(rnd_one_in(2) ? 80 : 100000),
			 rnd_below(rnd_one_in(2) ? 100 : 65536), rnd_below(15));
}

/* A duplicate header is reported (RFC 2883); blocks of data before the header has come. */
static void test_report(void)
{
	unsigned int n, times = unit_times(20000);
	u8 th[HEADER_MAX];

	for (n = 0; n < times && !unit_failing(); n++) {
		u32 first = rnd(), len = 1 + rnd_below(5000);
		struct slb_tcp_edit e = segment(th, 2);
		__wsum before;

		put(th, SACK_AT, first + 28);
		put(th, SACK_AT + 4, first + 28 + len);
		put(th, SACK_AT + 8, rnd_one_in(2) ? first : first + 3000000000u);
		put(th, SACK_AT + 12, get_unaligned_be32(th + SACK_AT + 8) + 28);
		before = csum_partial(th, e.len, 0);
		slb_tcp_unshift_sack(&e, first, 28);
		expect_diff(&e, before);
		if (th[HEADER + 2] == SLB_TCP_OPT_NOP)
			continue;
		EXPECT_EQ(get_unaligned_be32(th + SACK_AT), first);
		EXPECT_EQ(get_unaligned_be32(th + SACK_AT + 4), first + len);
		EXPECT_EQ(get_unaligned_be32(th + SACK_AT + 8), first + 3000000000u - 28);
		EXPECT_EQ(get_unaligned_be32(th + SACK_AT + 12), first + 3000000000u);
	}
}

static const struct unit_case cases[] = {
	{ "after the header, up to 8 GB and with numbers that wrap", test_far },
	{ "a part of the header, and the window", test_near },
	{ "reports of a duplicate header", test_report },
};

int main(int argc, char **argv)
{
	return unit_main(argc, argv, cases, ARRAY_SIZE(cases));
}
