// SPDX-License-Identifier: GPL-2.0-only
/* The BPF programs of slb-toa against a naive reader of options, on random headers. */
#include "unit.h"
#include "toa_run.h"

#define HEADERS 300000
#define NO_OPTION -1

/* Where the first option 254 is, or 253 of 20 bytes over IPv6. */
static int naive_find(const u8 *head, unsigned int size, bool ipv4)
{
	unsigned int at = 20;

	while (at + 1 < size && head[at]) {
		if (head[at] == 1) {
			at++;
			continue;
		}
		if (head[at] == 254 || (head[at] == 253 && head[at + 1] == 20 && !ipv4))
			return at;
		if (head[at + 1] < 2)
			break;
		at += head[at + 1];
	}
	return NO_OPTION;
}

/* Is it whole, of this family, and not without address or port? Sets what getpeername() shows. */
static bool naive_read(const u8 *head, unsigned int size, int at, bool ipv4, u8 addr[16], u16 *port)
{
	unsigned int length = ipv4 ? 8 : 20, i, sum = 0;

	if (head[at + 1] != length || at + length > size)
		return false;
	*port = head[at + 2] << 8 | head[at + 3];
	memset(addr, 0, 16);
	if (ipv4)
		memset(addr + 10, 0xff, 2);
	for (i = 4; i < length; i++) {
		addr[(ipv4 ? 8 : -4) + i] = head[at + i];
		sum += head[at + i];
	}
	return *port && sum;
}

/* Options that are often valid, and often the one that is looked for. */
static unsigned int make_header(u8 *head)
{
	static const u8 kinds[] = { 0, 1, 1, 1, 2, 8, 253, 254, 254, 254 };
	static const u8 lengths[] = { 0, 1, 2, 7, 8, 8, 8, 9, 10, 20, 20, 20, 21, 255 };
	unsigned int size = 20 + 4 * rnd_below(11), at = 20, i;

	for (i = 0; i < size; i++)
		head[i] = rnd_one_in(4) ? 0 : rnd_below(256);
	while (at + 1 < size) {
		head[at] = kinds[rnd_below(sizeof(kinds))];
		if (head[at] > 1)
			head[at + 1] = lengths[rnd_below(sizeof(lengths))];
		at += head[at] > 1 && head[at + 1] > 1 ? head[at + 1] : 1;
	}
	return size;
}

static void random_peer(struct toa_run *run)
{
	unsigned int i;

	memset(run, 0, sizeof(*run));
	for (i = 0; i < 16; i++)
		run->remote[i] = rnd_below(256);
	run->ipv6 = rnd_one_in(2);
	if (!run->ipv6 || rnd_one_in(3)) {
		memset(run->remote, 0, 10);
		memset(run->remote + 10, 0xff, 2);
	}
	run->trusted = !rnd_one_in(4);
	run->no_memory = rnd_one_in(50);
}

static bool is_ipv4(const struct toa_run *run)
{
	static const u8 mapped[12] = { [10] = 0xff, 0xff };

	return !memcmp(run->remote, mapped, sizeof(mapped));
}

/* What the program must have counted and stored after the segment that ends the handshake. */
static void judge_first(const struct toa_run *run, const u8 *head, unsigned int size)
{
	int at = naive_find(head, size, is_ipv4(run));
	u8 want[16], got[16];
	u16 port = 0, got_port;
	bool changed = toa_run_peer(run, got, &got_port), good;

	good = at != NO_OPTION && run->trusted &&
	       naive_read(head, size, at, is_ipv4(run), want, &port);
	EXPECT_EQ(run->counts[RUN_CONNECTIONS], 1);
	EXPECT_EQ(run->counts[RUN_FOUND], good);
	EXPECT_EQ(run->counts[RUN_UNTRUSTED], at != NO_OPTION && !run->trusted);
	EXPECT_EQ(run->counts[RUN_MALFORMED], at != NO_OPTION && run->trusted && !good);
	EXPECT_EQ(run->counts[RUN_FAILED], run->no_memory && (good || at == NO_OPTION));
	EXPECT_EQ(run->wants, at == NO_OPTION && !run->no_memory);
	EXPECT_EQ(changed, good && !run->no_memory);
	if (changed) {
		EXPECT_EQ(got_port, port);
		EXPECT(!memcmp(got, want, 16));
	} else {
		EXPECT(!memcmp(got, run->remote, 16));
	}
}

/* The header has exactly its size, so that ASan sees a byte too many. */
static void segment(struct toa_run *run, bool established, const u8 *from, unsigned int size)
{
	u8 *head = malloc(size);

	memcpy(head, from, size);
	toa_run_segment(run, established, head, size);
	free(head);
}

static void case_first(void)
{
	unsigned int i, n = unit_times(HEADERS), found = 0, bad = 0;
	struct toa_run run;
	u8 head[60];

	for (i = 0; i < n && !unit_failing(); i++) {
		unsigned int size = make_header(head);

		random_peer(&run);
		toa_run_begin(&run);
		segment(&run, true, head, size);
		judge_first(&run, head, size);
		found += run.counts[RUN_FOUND];
		bad += run.counts[RUN_MALFORMED];
	}
	EXPECT_F(found > n / 50 && bad > n / 50, "%u found, %u malformed of %u", found, bad, n);
}

static const u8 good4[28] = { [20] = 254, 8, 0x12, 0x34, 203, 0, 113, 7 };
static const u8 other4[28] = { [20] = 254, 8, 0x12, 0x35, 203, 0, 113, 8 };
static const u8 none[20];

static void begin4(struct toa_run *run, const u8 *head, unsigned int size)
{
	memset(run, 0, sizeof(*run));
	memset(run->remote + 10, 0xff, 2);
	run->remote[12] = 10;
	run->trusted = true;
	run->segments = 1;
	toa_run_begin(run);
	segment(run, true, head, size);
}

static void expect_peer(const struct toa_run *run, bool changed, u16 want)
{
	u8 addr[16];
	u16 port;

	EXPECT_EQ(toa_run_peer(run, addr, &port), changed);
	if (changed)
		EXPECT_EQ(port, want);
}

static void case_later(void)
{
	struct toa_run run;

	begin4(&run, none, sizeof(none));
	EXPECT(run.wants && run.stored);
	expect_peer(&run, false, 0);
	segment(&run, false, none, sizeof(none));
	EXPECT(run.wants && run.stored);
	segment(&run, false, good4, sizeof(good4));
	EXPECT(!run.wants && run.stored);
	expect_peer(&run, true, 0x1234);
	EXPECT_EQ(run.counts[RUN_FOUND], 1);
}

static void case_late(void)
{
	struct toa_run run;

	begin4(&run, none, sizeof(none));
	run.bytes = 1;
	segment(&run, false, good4, sizeof(good4));
	EXPECT(!run.wants && !run.stored);
	begin4(&run, none, sizeof(none));
	run.segments = 17;
	segment(&run, false, good4, sizeof(good4));
	EXPECT(!run.wants && !run.stored);
	expect_peer(&run, false, 0);
}

static void case_others(void)
{
	struct toa_run run = { .trusted = true, .flags = 0x50, .remote = { [10] = 0xff, 0xff } };

	/* a connection that was not accepted here, and segments that another program wants */
	toa_run_begin(&run);
	segment(&run, false, good4, sizeof(good4));
	EXPECT(!run.stored && run.flags == 0x50);
	begin4(&run, good4, sizeof(good4));
	segment(&run, false, other4, sizeof(other4));
	expect_peer(&run, true, 0x1234);
	/* other callbacks stay */
	begin4(&run, none, sizeof(none));
	run.flags |= 0x40;
	segment(&run, false, good4, sizeof(good4));
	EXPECT_EQ(run.flags, 0x40);
}

int main(int argc, char **argv)
{
	static const struct unit_case cases[] = {
		{ "random options: all is as a naive reader has it", case_first },
		{ "a later segment brings the address", case_later },
		{ "after data, or 16 segments, options are ignored", case_late },
		{ "other sockets, options and callbacks are left alone", case_others },
	};

	return unit_main(argc, argv, cases, ARRAY_SIZE(cases));
}
