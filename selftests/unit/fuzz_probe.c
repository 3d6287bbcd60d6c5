// SPDX-License-Identifier: GPL-2.0-only
/* Fuzzer's target: probes, recognized among all packets; and those that are sent are recognized. */
#include "fuzz.h"
#include "kshim_send.h"
#include "../../common/probe_parse.c"
#include "../../common/probe_send.c"

/* Of struct fuzz_how.more: what to do with an input. */
enum {
	MORE_BITS,	/* BITS_* */
	MORE_CALL,	/* whom to call for: odd: IPv4; next bit: IPv6 */
	MORE_PORTS,	/* which ports: of a session, a request, an answer, or as it says */
};

#define BITS_SEND 0x01	/* the bytes are what to send, not a packet */
#define BITS_LENGTH 0x02	/* put in the length of UDP that is right */

#define MAGIC SLB_BFD_MORE_RELAY
#define FRAME_LEN (24 + 64)

static struct net_device *const dev = &sim_dev;

static const u16 ports[][2] = {
	[SLB_PROBE_ASYNC] = { 49152, 3784 },
	[SLB_PROBE_REQUEST] = { 49152, 7784 },
	[SLB_PROBE_ANSWER] = { 7784, 49152 },
};

/* What two ports are those of, or -1. */
static int naive_kind(u16 sport, u16 dport)
{
	if (dport == 3784)
		return SLB_PROBE_ASYNC;
	if (dport == 7784)
		return SLB_PROBE_REQUEST;
	return sport == 7784 && dport == 49152 ? SLB_PROBE_ANSWER : -1;
}

/* The UDP header of a probe, or 0: by the bytes alone. IP has looked at its own header. */
static unsigned int naive_probe(const u8 *ip, unsigned int len, u8 family)
{
	static const u8 magic[] = { 0x53, 0x4c, 0x42, 0x22 };
	unsigned int udp = family == NFPROTO_IPV4 ? ip[0] % 16 * 4 : 40;

	if (ip[family == NFPROTO_IPV4 ? 9 : 6] != 17 || len < udp + 8 + FRAME_LEN)
		return 0;
	if (family == NFPROTO_IPV4 && naive_get16(ip + 6) & 0x3fff)
		return 0;
	if (naive_kind(naive_get16(ip + udp), naive_get16(ip + udp + 2)) < 0 ||
	    naive_get16(ip + udp + 4) != len - udp)
		return 0;
	return ip[udp + 8 + 3] == 24 && !memcmp(ip + udp + 8 + 24, magic, 4) ? udp : 0;
}

static bool parse_probe(const u8 *ip, unsigned int len, u8 family, unsigned int headlen)
{
	struct nf_hook_state state = { .pf = family, .in = dev };
	struct sk_buff *skb = skb_make(ip, len, 0, headlen);
	unsigned int udp = naive_probe(ip, len, family);
	unsigned int addr_len = family == NFPROTO_IPV4 ? 4 : 16;
	unsigned int src = family == NFPROTO_IPV4 ? 12 : 8;
	struct slb_bfd_frame frame = { 0 };
	struct slb_probe_in in = { 0 };
	bool probe = slb_probe_parse(skb, &state, MAGIC, &in);

	EXPECT_EQ(probe, udp != 0);
	if (probe && udp) {
		EXPECT(!memcmp(&in.from, ip + src, addr_len));
		EXPECT(!memcmp(&in.to, ip + src + addr_len, addr_len));
		EXPECT_EQ(in.af, family == NFPROTO_IPV6);
		EXPECT_EQ(in.ttl, ip[family == NFPROTO_IPV4 ? 8 : 7]);
		EXPECT_EQ(in.ifindex, dev->ifindex);
		EXPECT_EQ(in.udp, udp);
		EXPECT_EQ(in.len, len - udp - 8);
		EXPECT_EQ(ntohs(in.sport), naive_get16(ip + udp));
		EXPECT_EQ((int)in.kind,
			  naive_kind(naive_get16(ip + udp), naive_get16(ip + udp + 2)));
		/* whole words; of an older version there are fewer */
		memcpy(&frame, ip + udp + 8, min((len - udp - 8) / 4 * 4, sizeof(frame)));
		EXPECT(!memcmp(&in.frame, &frame, sizeof(frame)));
	}
	skb_free(skb);
	return probe;
}

/* As much of a packet as IP lets through to a hook: its header whole and in the first piece. */
static bool run_packet(const struct fuzz_packet *k)
{
	static u8 ip[FUZZ_INPUT_MAX];
	unsigned int least = k->family == NFPROTO_IPV4 ? 20 : 40, udp, headlen;

	if (k->len < least)
		return false;
	memcpy(ip, k->bytes, k->len);
	udp = k->family == NFPROTO_IPV4 ? ip[0] % 16 * 4 : 40;
	if (udp < least || k->len < udp)
		return false;
	if (k->how.more[MORE_BITS] & BITS_LENGTH && k->len >= udp + 6)
		naive_put16(ip + udp + 4, k->len - udp);
	headlen = max(udp, fuzz_headlen(&k->how, k->len));
	return parse_probe(ip, k->len, k->family, headlen);
}

/* What is sent is sound, and one of ours. */
static bool sent_sound(const struct slb_probe_out *out, u8 family)
{
	const u8 *ip = sim_sent->data;
	struct naive_result r;

	naive_parse(ip, sim_sent->len, 0, family, &r);
	EXPECT_EQ(r.kind, SLB_KIND_FLOW);
	EXPECT(naive_sums_right(ip, &r.p));
	EXPECT(naive_get16(ip + r.p.l4 + 6));
	EXPECT_EQ(ip[family == NFPROTO_IPV4 ? 8 : 7], 255);
	EXPECT_EQ(r.p.dport, ntohs(out->dport));
	EXPECT_EQ(r.p.sport, ntohs(out->sport));
	EXPECT_EQ(sim_sent->protocol, htons(family == NFPROTO_IPV4 ? ETH_P_IP : ETH_P_IPV6));
	EXPECT(!memcmp(r.p.dst, &out->to, family == NFPROTO_IPV4 ? 4 : 16));
	EXPECT(!memcmp(ip + r.p.l4 + 8, &out->frame, sizeof(out->frame)));
	return parse_probe(ip, sim_sent->len, family, sim_sent->len);
}

static void set_ports(struct slb_probe_out *out, const struct fuzz_how *how)
{
	unsigned int kind = how->more[MORE_PORTS] % 4;

	out->sport = htons(kind < 3 ? ports[kind][0] : naive_get16(how->sport));
	out->dport = htons(kind < 3 ? ports[kind][1] : naive_get16(how->dport));
}

static bool run_send(const struct fuzz_packet *k)
{
	struct slb_probe_out out = {
		.ifindex = dev->ifindex, .send = true, .len = sizeof(out.frame),
	};
	struct slb_probe_net pn = { 0 };
	bool probe, known;

	memcpy(&out.frame, k->bytes, min_t(size_t, k->len, sizeof(out.frame)));
	memcpy(&out.from, k->how.src, sizeof(k->how.src));
	memcpy(&out.to, k->how.dst, sizeof(k->how.dst));
	out.af = k->family == NFPROTO_IPV6;
	out.call[0] = k->how.more[MORE_CALL] & 1;
	out.call[1] = k->how.more[MORE_CALL] & 2;
	set_ports(&out, &k->how);
	known = naive_kind(ntohs(out.sport), ntohs(out.dport)) >= 0;
	arp_tbl.events = 0;
	nd_tbl.events = 0;
	slb_probe_put_out(&pn, &out);
	EXPECT_EQ(arp_tbl.events, out.call[0]);
	EXPECT_EQ(nd_tbl.events, out.call[1]);
	EXPECT(sim_sent);
	probe = sent_sound(&out, k->family);
	EXPECT_EQ(probe, known && out.frame.more.magic == htonl(MAGIC) && out.frame.pkt.len == 24);
	skb_free(sim_sent);
	sim_sent = NULL;
	return probe;
}

static unsigned int run_probe(const u8 *in, unsigned int len)
{
	struct fuzz_packet k;
	bool probe;

	if (!fuzz_take(&k, in, len, sizeof(k.how)))
		return FUZZ_NOTHING;
	probe = k.how.more[MORE_BITS] & BITS_SEND ? run_send(&k) : run_packet(&k);
	return FUZZ_KIND + (probe ? SLB_KIND_FLOW : SLB_KIND_OTHER);
}

static void make_frame(u8 *frame)
{
	rnd_bytes(frame, FRAME_LEN);
	if (rnd_one_in(16))
		return;
	frame[3] = 24;
	naive_put16(frame + 24, MAGIC >> 16);
	naive_put16(frame + 26, MAGIC & 0xffff);
}

static unsigned int make_probe(u8 *in)
{
	struct packet_want want = { .proto = IPPROTO_UDP, .options = rnd_one_in(8) };
	unsigned int kind = rnd_below(3);
	struct fuzz_how how;
	struct packet k;

	want.family = rnd_one_in(2) ? NFPROTO_IPV4 : NFPROTO_IPV6;
	want.payload = FRAME_LEN + (rnd_one_in(4) ? rnd_below(40) : 0);
	packet_build(&k, &want);
	if (kind == SLB_PROBE_ANSWER)
		naive_put16(k.bytes + k.is.l4, ports[kind][0]);
	naive_put16(k.bytes + k.is.l4 + 2, ports[kind][1]);
	make_frame(k.bytes + k.is.l4 + 8);
	if (rnd_one_in(2))
		fuzz_any_spoil(&k);
	how = fuzz_any_how(&k);
	how.more[MORE_BITS] = rnd_below(4);
	how.more[MORE_CALL] = rnd();
	how.more[MORE_PORTS] = rnd();
	if (how.more[MORE_BITS] & BITS_SEND)
		return fuzz_give(in, &how, sizeof(how), k.bytes + k.is.l4 + 8, FRAME_LEN);
	return fuzz_give(in, &how, sizeof(how), k.bytes + k.l3, k.len - k.l3);
}

const struct fuzz_target fuzz_probe = { "probe", run_probe, make_probe };
