// SPDX-License-Identifier: GPL-2.0-only
/* The naive parser: reads a packet byte by byte, each with a look at where the packet ends. */
#include "naive.h"

/**
 * struct reader - bytes, and whether one was asked for that is not there
 * @bytes: the packet
 * @len: its length
 * @over: somebody read behind its end
 */
struct reader {
	const u8 *bytes;
	unsigned int len;
	bool over;
};

static unsigned int byte(struct reader *in, unsigned int at)
{
	if (at < in->len)
		return in->bytes[at];
	in->over = true;
	return 0;
}

static unsigned int word(struct reader *in, unsigned int at)
{
	unsigned int high = byte(in, at);

	return high * 256 + byte(in, at + 1);
}

static bool there(const struct reader *in, unsigned int at, unsigned int len)
{
	return at <= in->len && len <= in->len - at;
}

static void read_chunks(struct reader *in, struct naive_result *r)
{
	unsigned int n, len, at = r->p.l4 + 12;

	r->chunk = byte(in, at);
	for (n = 0; n < 32 && there(in, at, 1); n++) {
		r->has_chunk[byte(in, at)] = true;
		if (!there(in, at, 4))
			return;
		len = word(in, at + 2);
		if (len < 4)
			return;
		at += (len + 3) / 4 * 4;
	}
}

static enum slb_drop read_ip4(struct reader *in, struct naive_packet *p)
{
	unsigned int i, words;

	if (!there(in, p->l3, 20) || byte(in, p->l3) / 16 != 4)
		return SLB_DROP_SHORT;
	words = byte(in, p->l3) % 16;
	if (words < 5)
		return SLB_DROP_SHORT;
	for (i = 0; i < 4; i++) {
		p->src[i] = byte(in, p->l3 + 12 + i);
		p->dst[i] = byte(in, p->l3 + 16 + i);
	}
	p->family = 4;
	p->proto = byte(in, p->l3 + 9);
	p->l4 = p->l3 + 4 * words;
	p->options = words != 5;
	p->later = word(in, p->l3 + 6) % 0x2000 != 0;
	p->frag = p->later || word(in, p->l3 + 6) / 0x2000 % 2;
	return SLB_OK;
}

static enum slb_drop read_ip6(struct reader *in, struct naive_packet *p)
{
	unsigned int i;

	if (!there(in, p->l3, 40) || byte(in, p->l3) / 16 != 6)
		return SLB_DROP_SHORT;
	for (i = 0; i < 16; i++) {
		p->src[i] = byte(in, p->l3 + 8 + i);
		p->dst[i] = byte(in, p->l3 + 24 + i);
	}
	p->family = 6;
	p->proto = byte(in, p->l3 + 6);
	p->l4 = p->l3 + 40;
	return SLB_OK;
}

/* Options of IPv4 from @at on; @end is behind the last one. */
static enum slb_drop read_options(struct reader *in, unsigned int at, unsigned int end)
{
	unsigned int type, len;

	if (at >= end)
		return SLB_OK;
	type = byte(in, at);
	if (type == 0)
		return SLB_OK;
	if (type == 1)
		return read_options(in, at + 1, end);
	if (type == 131 || type == 137)
		return SLB_DROP_SOURCE_ROUTE;
	if (at + 1 == end)
		return SLB_DROP_SHORT;
	len = byte(in, at + 1);
	return len < 2 ? SLB_DROP_SHORT : read_options(in, at + len, end);
}

/* Extension headers of IPv6; @left may yet come. */
static enum slb_drop read_ext(struct reader *in, struct naive_packet *p, int left)
{
	unsigned int len;

	if (p->proto == 51 || p->proto == 135)
		return SLB_DROP_EXT_HEADER;
	if (p->proto != 0 && p->proto != 43 && p->proto != 44 && p->proto != 60)
		return SLB_OK;
	if (!there(in, p->l4, 4))
		return SLB_DROP_SHORT;
	p->options = true;
	len = 8 + 8 * byte(in, p->l4 + 1);
	if (p->proto == 43 && byte(in, p->l4 + 3) > 0)
		return SLB_DROP_SOURCE_ROUTE;
	if (p->proto == 44) {
		p->frag = true;
		p->later = word(in, p->l4 + 2) / 8 != 0;
		if (p->later)
			return SLB_OK;
		len = 8;
	}
	if (!left)
		return SLB_DROP_EXT_HEADER;
	p->proto = byte(in, p->l4);
	p->l4 += len;
	return read_ext(in, p, left - 1);
}

static bool has_ports(int proto)
{
	return proto == 6 || proto == 17 || proto == 132;
}

static enum slb_drop read_quoted(struct reader *in, struct naive_result *r)
{
	struct naive_packet *q = &r->q;
	enum slb_drop why;

	q->l3 = r->p.l4 + 8;
	q->end = in->len;
	why = r->p.family == 4 ? read_ip4(in, q) : read_ip6(in, q);
	if (!why && q->family == 6)
		why = read_ext(in, q, 8);
	if (why)
		return why;
	if (q->later || !has_ports(q->proto))
		return SLB_DROP_ICMP_UNRELATED;
	if (!there(in, q->l4, 8))
		return SLB_DROP_SHORT;
	q->sport = word(in, q->l4);
	q->dport = word(in, q->l4 + 2);
	r->kind = SLB_KIND_ERROR;
	return SLB_OK;
}

static enum slb_drop read_icmp(struct reader *in, struct naive_result *r)
{
	bool v4 = r->p.family == 4;

	if (!there(in, r->p.l4, 8))
		return SLB_DROP_SHORT;
	r->type = byte(in, r->p.l4);
	r->code = byte(in, r->p.l4 + 1);
	if (v4 ? r->type == 3 || r->type == 11 || r->type == 12 : r->type >= 1 && r->type <= 4)
		return read_quoted(in, r);
	if (r->type == (v4 ? 8 : 128)) {
		r->kind = SLB_KIND_ECHO;
		r->p.sport = word(in, r->p.l4 + 4);
	}
	return SLB_OK;
}

static enum slb_drop read_flow(struct reader *in, struct naive_result *r)
{
	struct naive_packet *p = &r->p;
	static const unsigned int least[256] = { [6] = 20, [17] = 8, [132] = 13 };
	enum slb_drop why;

	if (p->family == 6)
		why = read_ext(in, p, 8);
	else if (!there(in, p->l3 + 20, p->l4 - p->l3 - 20))
		why = SLB_DROP_SHORT;
	else
		why = read_options(in, p->l3 + 20, p->l4);
	if (why || p->frag)
		return why;
	if (p->proto == (p->family == 4 ? 1 : 58))
		return read_icmp(in, r);
	if (!has_ports(p->proto))
		return SLB_OK;
	if (!there(in, p->l4, least[p->proto]))
		return SLB_DROP_SHORT;
	p->sport = word(in, p->l4);
	p->dport = word(in, p->l4 + 2);
	r->kind = SLB_KIND_FLOW;
	if (p->proto == 6) {
		r->flags = byte(in, p->l4 + 13);
		r->seq = (unsigned int)word(in, p->l4 + 4) << 16 | word(in, p->l4 + 6);
		r->ack = (unsigned int)word(in, p->l4 + 8) << 16 | word(in, p->l4 + 10);
		r->data = in->len > p->l4 + byte(in, p->l4 + 12) / 16 * 4;
	}
	if (p->proto == 132)
		read_chunks(in, r);
	return SLB_OK;
}

/**
 * naive_parse() - what is this packet?
 * @bytes: a packet
 * @len: its length
 * @l3: where its IP header begins
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @r: filled
 */
void naive_parse(const u8 *bytes, unsigned int len, unsigned int l3, u8 family,
		 struct naive_result *r)
{
	struct reader in = { .bytes = bytes, .len = len };

	memset(r, 0, sizeof(*r));
	r->p.l3 = l3;
	r->p.end = len;
	r->kind = SLB_KIND_OTHER;
	r->why_addr = family == NFPROTO_IPV4 ? read_ip4(&in, &r->p) : read_ip6(&in, &r->p);
	r->why = r->why_addr ? r->why_addr : read_flow(&in, r);
	assert(!in.over);
}
