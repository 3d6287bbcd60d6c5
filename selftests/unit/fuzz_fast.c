// SPDX-License-Identifier: GPL-2.0-only
/* Fuzzer's target: the fast path's hook, with a session or a new one; what it sends is summed. */
#include "../../slb/packet/fast.c"
#include "../../slb/packet/fast_first.c"
#include "../../slb/packet/fast_fwmark.c"
#include "../../slb/packet/fast_shift.c"
#include "../../slb/state/sync_log.h"
#include "fuzz_plain.h"

unsigned long jiffies = 1000000;

siphash_key_t slb_session_key = { { 0x0123456789abcdefull, 0xfedcba9876543210ull } };

/* Bits of MORE_BITS beyond those of a packet: the session's other side of the fast path. */
#define BITS_REPLY 0x20
#define BITS_DEAD 0x40
#define BITS_NOT_PASSED 0x80

/* Of MORE_OWN: state of the session; and what is there before the packet comes. */
#define OWN_STATE 0x0f
#define OWN_BEFORE_US 0x10	/* a hook before our own at PREROUTING */
#define OWN_NO_SESSION 0x20
#define OWN_FWMARKED 0x40	/* the VIP has a firewall mark */

/* The firewall mark with which packets come, and the one that they get. */
#define CAME 0x1234
#define MARKED 0x1256

#define MTU 1500

/* One link leads in, the other one out. */
static struct neighbour neigh;
static struct dst_entry dst;
static struct slb_egress egress = { .neigh = &neigh, .mtu = MTU };
static struct net_device device = { .ifindex = 7 };
static struct slb_link_acct acct;
static struct slb_traffic traffic;
static struct slb_server server = { .stats = &traffic };
static struct slb_policy policy = { .conf = { .mark = 0x56, .mark_mask = 0xff } };
static struct slb_vip vip = { .stats = &traffic };
static struct slb_link in_link = { .nh = { .ifindex = 7 }, .slot = 2,
				   .mark = SLB_FAST_PASSED | 2 << SLB_FAST_BITS, .acct = &acct };
static struct slb_link out_link = {
	.nh = { .ifindex = 8, .has = { true, true }, .dst = { &dst, &dst }, .egress = &egress },
	.slot = 5, .acct = &acct,
};

static struct slb_portpart all_ports = { .n = 1, .seg = { { .owner = &vip } } };
static struct slb_portmap ports = { .n = 1, .at = { { .part = &all_ports } } };
static struct slb_vaddr vaddr;
static struct nf_hook_entries prerouting;
static struct net net = {
	.nf = { { [NF_INET_PRE_ROUTING] = &prerouting }, { [NF_INET_PRE_ROUTING] = &prerouting } },
};

/* The session that comes about, if one is asked for; and whether one was. */
static struct slb_session *fresh;
static u64 fresh_hash;

static struct slb_links links = { .end = 6, .slot = { [2] = &in_link, [5] = &out_link } };

/**
 * slb_next_hop_fast4() - stand-in: no link has several next hops
 * @sn: namespace
 * @skb: the packet
 * @proto: its protocol
 * @in: link that it came in by
 * @out: link that it leaves by
 * @s: session
 * @dir: direction
 * @how: SLB_NEXT_HOP_*
 *
 * Return: NF_ACCEPT.
 */
unsigned int slb_next_hop_fast4(struct slb_net *sn, struct sk_buff *skb, u8 proto,
				struct slb_link *in, struct slb_link *out, struct slb_session *s,
				enum slb_dir dir, u8 how)
{
	return NF_ACCEPT;
}

/**
 * slb_next_hop_fast6() - slb_next_hop_fast4() for IPv6
 * @sn: namespace
 * @skb: the packet
 * @proto: its protocol
 * @in: link that it came in by
 * @out: link that it leaves by
 * @s: session
 * @dir: direction
 * @how: SLB_NEXT_HOP_*
 *
 * Return: NF_ACCEPT.
 */
unsigned int slb_next_hop_fast6(struct slb_net *sn, struct sk_buff *skb, u8 proto,
				struct slb_link *in, struct slb_link *out, struct slb_session *s,
				enum slb_dir dir, u8 how)
{
	return slb_next_hop_fast4(sn, skb, proto, in, out, s, dir, how);
}

/**
 * slb_fwmark_link() - stand-in: there are no rules of policy routing
 * @sn: namespace
 * @skb: the packet
 * @s: session
 * @dir: direction
 * @out: link that it leaves by
 *
 * Return: @out.
 */
struct slb_link *slb_fwmark_link(const struct slb_net *sn, const struct sk_buff *skb,
				 const struct slb_session *s, enum slb_dir dir,
				 struct slb_link *out)
{
	return out;
}

/**
 * slb_server_failed() - stand-in: nobody counts failures
 * @sn: namespace
 * @server: server
 * @fault: kind of failure
 */
void slb_server_failed(struct slb_net *sn, struct slb_server *server,
		       struct slb_server_fault *fault)
{
}

/**
 * slb_persist_established() - stand-in: no client returns
 * @sn: namespace
 * @s: session
 */
void slb_persist_established(struct slb_net *sn, const struct slb_session *s)
{
}

/**
 * slb_sync_expired() - stand-in: there are no copies of sessions
 * @sn: namespace
 * @s: session
 *
 * Return: false.
 */
bool slb_sync_expired(const struct slb_net *sn, const struct slb_session *s)
{
	return false;
}

/**
 * slb_sync_log_write() - stand-in: there is no log of sessions
 * @log: the log
 * @reply: a key
 * @ended: whether its session has ended
 */
void slb_sync_log_write(struct slb_sync_log *log, const struct slb_tuple *reply, bool ended)
{
}

/**
 * slb_room_update() - stand-in: no session makes room
 * @drops: counters
 * @s: session
 */
void slb_room_update(struct slb_net *sn, struct slb_session *s)
{
}

/**
 * slb_session_orphaned() - stand-in: the configuration ends no session
 * @links: links
 * @s: session
 */
bool slb_session_orphaned(const struct slb_links *links, const struct slb_session *s)
{
	return false;
}

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
 * @drops: counters
 * @visit: called for each
 * @arg: for it
 */
u32 slb_session_walk(struct slb_net *sn,
		     bool (*visit)(struct slb_net *sn, struct slb_session *s, const void *arg),
		     const void *arg)
{
	return 0;
}

/**
 * slb_vaddr_lookup() - stand-in: the packet is aimed at a virtual address, all its ports are shared
 * @drops: counters
 * @addr: address
 * @family: family
 */
struct slb_vaddr *slb_vaddr_lookup(struct slb_net *sn, const union nf_inet_addr *addr, u8 family)
{
	if (!slb_addr_equal(addr, &fresh->side[SLB_REQUEST].tuple.dst))
		return NULL;
	vaddr.claims.map[slb_proto_index(IPPROTO_TCP)] = &ports;
	vaddr.claims.map[slb_proto_index(IPPROTO_UDP)] = &ports;
	return &vaddr;
}

/**
 * slb_session_new() - stand-in: there is a session, and it is the packet's
 * @drops: counters
 * @links: links
 * @ingress: link
 * @vip: VIP
 * @flow: key
 * @hash: its hash
 * @why: the reason when there is none
 */
struct slb_session *slb_session_new(struct slb_net *sn, const struct slb_links *links,
				    const struct slb_link *ingress, struct slb_vip *vip,
				    const struct slb_tuple *flow, u64 hash, enum slb_drop *why)
{
	EXPECT(slb_tuple_equal(flow, &fresh->side[SLB_REQUEST].tuple));
	EXPECT_EQ(flow->tag, 0);
	EXPECT(ingress == &in_link);
	fresh_hash = hash;
	return fresh;
}

/**
 * slb_drop() - stand-in: nothing is dropped
 * @drops: counters
 * @skb: packet
 * @why: reason
 */
unsigned int slb_drop(struct slb_drops __percpu *drops, struct sk_buff *skb, enum slb_drop why)
{
	EXPECT(false);
	return NF_STOLEN;
}

/**
 * slb_vip_dropped() - stand-in: nothing is dropped
 * @drops: unused
 * @why: unused
 */
void slb_vip_dropped(struct slb_vip_drops **drops, enum slb_drop why)
{
	EXPECT(false);
}

/**
 * slb_drop_of_vip() - stand-in: nothing is dropped
 * @all: unused
 * @drops: unused
 * @skb: unused
 * @why: unused
 *
 * Return: NF_STOLEN.
 */
unsigned int slb_drop_of_vip(struct slb_drops __percpu *all, struct slb_vip_drops **drops,
			     struct sk_buff *skb, enum slb_drop why)
{
	return slb_drop(all, skb, why);
}

/**
 * slb_drop_sent() - stand-in: chains let everything pass
 * @drops: counters
 * @skb: packet
 * @sent: what became of it
 */
void slb_drop_sent(struct slb_drops __percpu *drops, struct sk_buff *skb, const struct slb_tuple *t,
		   enum slb_sent sent)
{
	EXPECT_EQ(sent, SLB_SENT_PASSED);
}

static enum slb_dir direction(const struct fuzz_packet *k)
{
	return k->how.more[MORE_BITS] & BITS_REPLY && !(k->how.more[MORE_OWN] & OWN_NO_SESSION) ?
	       SLB_REPLY : SLB_REQUEST;
}

/* A namespace with one session, whose packets @from in a direction become packets @to. */
static void set_up(struct slb_net *sn, struct slb_session *s, const struct fuzz_packet *k,
		   const struct slb_tuple *from, const struct slb_tuple *to)
{
	unsigned int own = k->how.more[MORE_OWN];
	enum slb_dir dir = direction(k);

	memset(sn, 0, sizeof(*sn));
	memset(s, 0, sizeof(*s));
	acct.stats = &traffic;
	sn->links = &links;
	memset(sn->prefilter, 0xff, sizeof(sn->prefilter));
	sn->net = &net;
	prerouting.hooks[0].priv = own & OWN_BEFORE_US ? NULL : sn;
	fresh = s;
	fresh_hash = 0;
	if (!(own & OWN_NO_SESSION))
		sn->sessions.chain = &s->side[dir].node;
	s->server = &server;
	s->vip = &vip;
	vip.policy = own & OWN_FWMARKED ? &policy : NULL;
	s->used = jiffies;
	s->side[dir].tuple = *from;
	slb_tuple_reverse(&s->side[!dir].tuple, to);
	s->side[SLB_REQUEST].tuple.tag = SLB_REQUEST;
	s->side[SLB_REPLY].tuple.tag = SLB_REPLY;
	s->progress = own & OWN_STATE;
	if (own & OWN_NO_SESSION)
		s->progress = from->proto == IPPROTO_TCP ? SLB_SESSION_STATE_TCP_SYN :
							   SLB_SESSION_STATE_UDP_NEW;
	s->flags = SLB_SESSION_SOUND | slb_fwmark_flags(&vip);
	if (k->how.more[MORE_BITS] & BITS_DEAD)
		s->flags |= BIT(SLB_SESSION_DEAD);
	s->ret = out_link.slot;
	s->ingress = dir == SLB_REPLY ? out_link.slot : in_link.slot;
	if (!(k->how.more[MORE_BITS] & BITS_NOT_PASSED || own & OWN_NO_SESSION)) {
		slb_fast_learn(s, s->side[SLB_REQUEST].tuple.family);
		slb_fast_mark(s, dir, &in_link, &out_link, true);
	}
}

/* Would the packet change the state of its session, or is it not fit to begin one? */
static bool eventful(const struct fuzz_packet *k, const struct naive_result *r)
{
	unsigned int state = k->how.more[MORE_OWN] & OWN_STATE;

	if (k->how.more[MORE_OWN] & OWN_NO_SESSION)
		/* SYN, without ACK, RST and FIN */
		return r->p.proto == IPPROTO_TCP && (r->flags & 0x17) != 2;
	if (k->how.more[MORE_BITS] & BITS_DEAD)
		return true;
	if (state != SLB_SESSION_STATE_TCP_ESTABLISHED && state != SLB_SESSION_STATE_TCP_FIN &&
	    state != SLB_SESSION_STATE_TCP_TIME_WAIT && state != SLB_SESSION_STATE_UDP &&
	    (state != SLB_SESSION_STATE_UDP_NEW || direction(k) == SLB_REPLY))
		return true;
	return r->p.proto == IPPROTO_TCP && r->flags & 7;	/* RST, SYN, FIN */
}

/* What of a session says that this packet has to take the ordinary path. */
static bool unusual(const struct fuzz_packet *k, const struct naive_result *r, const u8 *bytes)
{
	unsigned int bits = k->how.more[MORE_BITS], own = k->how.more[MORE_OWN];

	if (r->p.end > MTU || eventful(k, r))
		return true;
	/* a virtual address begins no session */
	if (own & OWN_NO_SESSION && !memcmp(r->p.src, r->p.dst, sizeof(r->p.src)))
		return true;
	/* there are chains that it has to pass, and cannot be asked for here */
	if ((own & OWN_BEFORE_US || bits & BITS_SHARED) &&
	    (bits & BITS_NOT_PASSED || own & OWN_NO_SESSION))
		return true;
	/* what is to be summed is inside */
	if (k->how.summed % 4 == CHECKSUM_PARTIAL && k->how.summed & ORACLE_INSIDE)
		return true;
	return r->p.proto == IPPROTO_UDP && r->p.family == 6 && !naive_get16(bytes + r->p.l4 + 6);
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
	skb->mark = CAME;
	stolen = slb_fast_hook(&port, skb, NULL) == NF_STOLEN;
	skb_copy(skb, after);
	EXPECT_EQ(sn.sessions.hash, slb_flow_hash(&from, &slb_session_key));
	EXPECT_EQ(stolen, !unusual(k, r, bytes));
	EXPECT_EQ(skb->mark, stolen && k->how.more[MORE_OWN] & OWN_FWMARKED ? MARKED : CAME);
	if (stolen && k->how.more[MORE_OWN] & OWN_NO_SESSION)
		EXPECT_EQ(fresh_hash, slb_flow_hash(&from, &slb_session_key));
	if (stolen)
		EXPECT_EQ(s.fast[direction(k)], slb_session_passed(in_link.mark, out_link.slot));
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
		how.more[MORE_OWN] |= rnd_one_in(8) ? OWN_BEFORE_US : 0;
		how.more[MORE_OWN] |= rnd_one_in(4) ? OWN_NO_SESSION : 0;
		how.more[MORE_OWN] |= rnd_one_in(4) ? OWN_FWMARKED : 0;
		/* of random flags of TCP few are without SYN, FIN and RST, or with SYN alone */
		if (k.is.proto == IPPROTO_TCP)
			k.bytes[k.is.l4 + 13] &= ~7;
		if (k.is.proto == IPPROTO_TCP && how.more[MORE_OWN] & OWN_NO_SESSION)
			k.bytes[k.is.l4 + 13] = 2;
	}
	how.more[MORE_BITS] |= rnd() & BITS_REPLY;
	if (rnd_one_in(8))
		how.more[MORE_BITS] |= rnd() & (BITS_DEAD | BITS_NOT_PASSED);
	return fuzz_give(in, &how, sizeof(how), k.bytes + k.l3, k.len - k.l3);
}

const struct fuzz_target fuzz_fast = { "fast", run_fast, make_fast };
