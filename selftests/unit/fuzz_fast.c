// SPDX-License-Identifier: GPL-2.0-only
/* Fuzzer's target: the fast path's hook, with one session; what it sends is summed anew. */
#include "../../slb/fast.c"
#include "fuzz_plain.h"

unsigned long jiffies = 1000000;

siphash_key_t slb_session_key = { { 0x0123456789abcdefull, 0xfedcba9876543210ull } };

/* Bits of MORE_BITS beyond those of a packet: the session's other side of the fast path. */
#define BITS_REPLY 0x20
#define BITS_DEAD 0x40
#define BITS_NOT_PASSED 0x80

#define MTU 1500

/* One link leads in, the other one out. */
static struct neighbour neigh;
static struct dst_entry dst;
static struct slb_exit way_out = { .neigh = &neigh, .mtu = MTU };
static struct net_device device = { .ifindex = 7 };
static struct slb_link_acct acct;
static struct slb_traffic traffic;
static struct slb_server server = { .stats = &traffic };
static struct slb_vip vip = { .stats = &traffic };
static struct slb_link in_link = { .nh = { .ifindex = 7 }, .slot = 2, .acct = &acct };
static struct slb_link out_link = {
	.nh = { .ifindex = 8, .has = { true, true }, .dst = { &dst, &dst }, .exit = &way_out },
	.slot = 5, .acct = &acct,
};

static struct slb_links links = { .slot = { [2] = &in_link, [5] = &out_link } };

/**
 * slb_xmit_link() - stand-in: there is no other link
 * @links: links
 * @s: session
 * @dir: direction
 * @family: family
 */
struct slb_link *slb_xmit_link(const struct slb_links *links, const struct slb_session *s,
			       enum slb_dir dir, u8 family)
{
	return NULL;
}

/**
 * slb_session_walk() - stand-in: there are no sessions to walk over
 * @sn: namespace
 * @visit: called for each
 * @arg: for it
 */
u32 slb_session_walk(struct slb_net *sn,
		     bool (*visit)(struct slb_net *sn, struct slb_session *s, const void *arg),
		     const void *arg)
{
	return 0;
}

/* A namespace with one session, whose packets @from in a direction become packets @to. */
static void set_up(struct slb_net *sn, struct slb_session *s, const struct fuzz_packet *k,
		   const struct slb_tuple *from, const struct slb_tuple *to)
{
	enum slb_dir dir = k->how.more[MORE_BITS] & BITS_REPLY ? SLB_REPLY : SLB_REQUEST;

	memset(sn, 0, sizeof(*sn));
	memset(s, 0, sizeof(*s));
	acct.stats = &traffic;
	sn->links = &links;
	memset(sn->near, 0xff, sizeof(sn->near));
	sn->sessions.chain = &s->side[dir].node;
	s->server = &server;
	s->vip = &vip;
	s->used = jiffies;
	s->side[dir].tuple = *from;
	slb_tuple_reverse(&s->side[!dir].tuple, to);
	s->side[SLB_REQUEST].tuple.tag = SLB_REQUEST;
	s->side[SLB_REPLY].tuple.tag = SLB_REPLY;
	s->progress = k->how.more[MORE_OWN] % 16;
	s->flags = k->how.more[MORE_BITS] & BITS_DEAD ? BIT(SLB_SESSION_DEAD) : 0;
	s->ret = out_link.slot;
	s->ingress = out_link.slot;
	slb_fast_pass(s, dir, &in_link, &out_link, !(k->how.more[MORE_BITS] & BITS_NOT_PASSED));
}

/* What of a session says that this packet has to go the ordinary way. */
static bool unusual(const struct fuzz_packet *k, const struct naive_result *r, const u8 *bytes)
{
	unsigned int state = k->how.more[MORE_OWN] % 16, bits = k->how.more[MORE_BITS];

	if (bits & (BITS_DEAD | BITS_NOT_PASSED) || r->p.end > MTU)
		return true;
	if (state != SLB_SESSION_STATE_TCP_ESTABLISHED && state != SLB_SESSION_STATE_TCP_FIN &&
	    state != SLB_SESSION_STATE_TCP_TIME_WAIT && state != SLB_SESSION_STATE_UDP &&
	    (state != SLB_SESSION_STATE_UDP_NEW || bits & BITS_REPLY))
		return true;
	if (r->p.proto == IPPROTO_TCP)
		return r->flags & 7;	/* RST, SYN, FIN */
	return r->p.family == 6 && k->how.summed % 4 != CHECKSUM_PARTIAL &&
	       !naive_get16(bytes + r->p.l4 + 6);
}

/* One hop less, with a right checksum: @bytes become what the rewritten packet was made from. */
static void take_hop(u8 *bytes, const struct naive_packet *p)
{
	bytes[p->family == 4 ? 8 : 7]--;
	if (p->family == 4) {
		naive_put16(bytes + 10, 0);
		naive_put16(bytes + 10, 0xffff - naive_sum(bytes, 20, 0));
	}
}

/* It is TCP or UDP that the fast path can read: send it, or leave it alone. */
static bool send_or_leave(struct sk_buff *skb, u8 *bytes, const struct fuzz_packet *k,
			  const struct naive_result *r)
{
	static u8 after[FUZZ_PLAIN_MAX];
	struct slb_tuple to = fuzz_tuple(k, r->p.proto), from;
	struct slb_session s;
	struct slb_net sn;
	struct slb_port port = { .owner = &sn };
	bool stolen;

	from = oracle_tuple(&r->p);
	set_up(&sn, &s, k, &from, &to);
	skb->dev = &device;
	stolen = slb_fast_hook(&port, skb, NULL) == NF_STOLEN;
	skb_copy(skb, after);
	EXPECT_EQ(sn.sessions.hash, slb_flow_hash(&from, &slb_session_key));
	EXPECT_EQ(stolen, !unusual(k, r, bytes));
	if (stolen) {
		take_hop(bytes, &r->p);
		oracle_nat_result(bytes, &r->p, after, &to, skb->ip_summed == CHECKSUM_PARTIAL);
	} else {
		EXPECT(!memcmp(bytes, after, r->p.end));
	}
	return stolen;
}

static unsigned int run_fast(const u8 *in, unsigned int len)
{
	static u8 bytes[FUZZ_PLAIN_MAX];
	struct naive_result r;
	struct fuzz_packet k;
	struct sk_buff *skb;
	bool stolen = false;
	unsigned int end;

	if (!fuzz_take(&k, in, len, sizeof(k.how)))
		return FUZZ_NOTHING;
	skb = fuzz_plain_skb(&k, bytes);
	end = fuzz_naive_plain(bytes, skb->len, &k, skb->headlen);
	if (end) {
		naive_parse(bytes, end, 0, k.family, &r);
		EXPECT_EQ(r.why, SLB_OK);
		EXPECT_EQ(r.kind, SLB_KIND_FLOW);
		if (!unit_failing())
			stolen = send_or_leave(skb, bytes, &k, &r);
	}
	skb_free(skb);
	return FUZZ_KIND + (stolen ? SLB_KIND_FLOW : SLB_KIND_OTHER);
}

static unsigned int make_fast(u8 *in)
{
	static const u8 states[] = {
		SLB_SESSION_STATE_TCP_ESTABLISHED, SLB_SESSION_STATE_TCP_FIN,
		SLB_SESSION_STATE_TCP_TIME_WAIT, SLB_SESSION_STATE_UDP, SLB_SESSION_STATE_UDP_NEW,
	};
	struct packet k;
	struct fuzz_how how = fuzz_any_plain(&k);
	struct fuzz_packet taken = { .how = how, .family = k.family };
	struct slb_tuple to = fuzz_tuple(&taken, k.is.proto);

	if (k.is.proto == IPPROTO_UDP && k.is.end > k.is.l4 + 10 && rnd_one_in(4))
		packet_aim_at_zero(&k, &to);
	if (!rnd_one_in(8)) {
		how.more[MORE_BITS] |= BITS_SOUND;
		how.more[MORE_OWN] = states[rnd_below(sizeof(states))];
		/* of random flags of TCP few are without SYN, FIN and RST */
		if (k.is.proto == IPPROTO_TCP)
			k.bytes[k.is.l4 + 13] &= ~7;
	}
	how.more[MORE_BITS] |= rnd() & BITS_REPLY;
	if (rnd_one_in(16))
		how.more[MORE_BITS] |= rnd() & (BITS_DEAD | BITS_NOT_PASSED);
	return fuzz_give(in, &how, sizeof(how), k.bytes + k.l3, k.len - k.l3);
}

const struct fuzz_target fuzz_fast = { "fast", run_fast, make_fast };
