/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether what arrives is right, for mutate.c: it has to be a packet that was sent, with addresses,
 * ports, TTL and checksums as full NAT makes them; or what a router says of one.
 */
#ifndef MUTATE_JUDGE_H
#define MUTATE_JUDGE_H

#include "mutate_flow.h"

/* What balancers answer an echo request with, less the hop over the relay. */
#define ECHO_TTL 63

/* A packet that arrived. */
struct arrival {
	int at;
	const uint8_t *p;
	uint32_t len;
	bool split;
	struct virtio_net_hdr vnet;
	struct view view;
};

/* Fragments that arrive are in order, and those of one datagram follow each other. */
static struct assembly {
	struct view view;
	uint32_t have;
	uint8_t p[FRAME_MAX + 64];
} assemblies[LISTENERS];

static void hex(const char *what, const uint8_t *p, uint32_t len)
{
	uint32_t i;

	printf("%s, %u bytes:", what, len);
	for (i = 0; i < len && i < 256; i++)
		printf("%s%02x", i % 32 ? " " : "\n  ", p[i]);
	printf("\n");
}

static void wrong(const char *what, const struct unit *u, const struct arrival *a)
{
	printf("not right: %s\nseed %llu, packet %llu, from %s\n", what, (unsigned long long)seed,
	       (unsigned long long)u->n, port_names[u->at]);
	hex("sent", u->frame, u->len);
	if (a) {
		printf("arrived at %s\n", port_names[a->at]);
		hex("arrived", a->p, a->len);
	}
	exit(1);
}

static int hops(const struct unit *u)
{
	return u->at >= AT_LINKS ? 2 : 3;
}

/* What full NAT leaves alone in an IP header. Routers write into IPv4 options. */
static bool same_l3(const struct unit *u, const struct arrival *a)
{
	const uint8_t *from = u->frame + ETH_LEN, *to = a->p;

	if (a->view.ttl + hops(u) != u->view.ttl)
		return false;
	if (u->split)
		return a->split;
	if (a->view.v == 4)
		return a->view.l4 == u->view.l4 && from[1] == to[1] && !memcmp(from + 2, to + 2, 6);
	return a->view.l4 == u->view.l4 && !memcmp(from, to, 7) &&
	       !memcmp(from + 40, to + 40, u->view.l4 - 40);
}

/* All but the ports and the checksum. */
static bool same_payload(const struct unit *u, const struct arrival *a)
{
	uint32_t at = sum_at(u->view.proto), end = at + (u->view.proto == SCTP ? 4 : 2);
	const uint8_t *from = u->frame + ETH_LEN + u->view.l4, *to = a->p + a->view.l4;
	uint32_t len = u->view.len - u->view.l4;

	return len == a->view.len - a->view.l4 && !memcmp(from + 4, to + 4, at - 4) &&
	       !memcmp(from + end, to + end, len - end);
}

/* A right checksum is right, a wrong one as wrong as it was; one left to a device still is. */
static bool same_sum(const struct unit *u, const struct arrival *a)
{
	const uint8_t *from = u->frame + ETH_LEN, *to = a->p;
	uint32_t at = sum_at(u->view.proto);
	bool left = u->partial && !u->odd;

	if (left && a->vnet.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		return get16(to + a->view.l4 + at) == fold(pseudo_sum(&a->view));
	if (!u->partial && a->vnet.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		return false;
	if (u->view.proto == UDP && (left || get16(from + u->view.l4 + at) == 0 ||
				     get16(to + a->view.l4 + at) == 0))
		return !left && get16(from + u->view.l4 + at) == get16(to + a->view.l4 + at);
	return sum_error(to, &a->view) == (left ? 0 : sum_error(from, &u->view));
}

/* Of a client's packet: of the flow that this is of, and only of that one. */
static const char *judge_request(const struct unit *u, const struct arrival *a)
{
	struct flow *f = flow_of_client(&u->view), *owner;
	struct view back;

	/* a packet that became one of that flow on its way to a balancer that does not know it */
	if (f && u->at >= AT_LINKS && 1 + (u->at - AT_LINKS) / 2 != f->balancer)
		f = NULL;
	if (!at_server(a->at) || a->view.dport != SERVER_PORT)
		return "not to a server";
	if (!local_balancer(a->view.src, a->view.v))
		return "it comes from no local address";
	turn(&back, &a->view);
	owner = flow_of_server(&back);
	if (!f || !f->opening)
		return owner == f ? NULL : "it has not the local pair of its own flow";
	if (owner)
		return "a new flow has the local pair of another one";
	memcpy(f->local, a->view.src, sizeof(f->local));
	f->lport = a->view.sport;
	f->server = a->at;
	f->balancer = local_balancer(a->view.src, a->view.v);
	f->known = true;
	f->opening = false;
	return NULL;
}

/* Whoever has begun a flow is its client, by whatever address. */
static const char *judge_reply(const struct unit *u, const struct arrival *a)
{
	struct flow *f = flow_of_server(&u->view);
	struct view back;

	turn(&back, &a->view);
	if (a->view.sport != VIP_PORT ||
	    !is_addr(a->view.src, host_addr(a->view.v, VIP), a->view.v))
		return "not from the VIP";
	return flow_of_client(&back) == f ? NULL : "a reply to another flow";
}

static void count_segments(const struct unit *u)
{
	uint32_t head = u->view.proto == UDP ? 8 : u->frame[ETH_LEN + u->view.l4 + 12] / 16 * 4;
	uint32_t payload = u->view.len - u->view.l4 - head;
	uint32_t more = (payload + u->gso - 1) / u->gso - 1;

	count.segments += more;
	/* the relay counts it on its way to a balancer, and on its way from there */
	count.segments_r += u->at >= AT_LINKS ? more : 2 * more;
}

static const char *judge_plain(struct unit *u, const struct arrival *a)
{
	const char *what;

	if (!u->view.ports || u->view.v != a->view.v || u->view.proto != a->view.proto)
		return "not what was sent";
	if (!same_payload(u, a))
		return "its payload was not sent";
	if (!same_l3(u, a))
		return "its IP header was not sent";
	what = at_server(u->at) ? judge_reply(u, a) : judge_request(u, a);
	if (what)
		return what;
	if (!same_sum(u, a))
		return "its checksum";
	if (a->vnet.gso_type ? a->vnet.gso_size != u->gso : u->gso)
		return "its segments";
	if (u->gso)
		count_segments(u);
	return NULL;
}

/* ---- ICMP */

static bool is_error(const uint8_t *l4, uint8_t proto)
{
	return proto == ICMP6 ? *l4 >= 1 && *l4 <= 4 : *l4 == 3 || *l4 == 11 || *l4 == 12;
}

/* What an ICMP error quotes, of which only the beginning need be there. */
static bool read_quoted(const uint8_t *p, uint32_t len, struct view *v)
{
	memset(v, 0, sizeof(*v));
	if (len < 20 || (p[0] >> 4 == 6 && len < 40))
		return false;
	v->v = p[0] >> 4;
	v->len = len;
	v->alen = v->v == 6 ? 16 : 4;
	v->proto = p[v->v == 6 ? 6 : 9];
	v->l4 = v->v == 6 ? 40 : (p[0] & 15) * 4;
	memcpy(v->src, p + (v->v == 6 ? 8 : 12), v->alen);
	memcpy(v->dst, p + (v->v == 6 ? 24 : 16), v->alen);
	v->off = v->v == 4 ? get16(p + 6) & 0x1fff : 0;
	if (v->v == 6 && !read_extensions(p, v))
		return false;
	v->ports = !v->off && has_ports(v->proto) && v->l4 + 8 <= len;
	if (v->ports) {
		v->sport = get16(p + v->l4);
		v->dport = get16(p + v->l4 + 2);
	}
	return true;
}

/* Does the error tell of this packet? */
static bool tells_of(const struct unit *u, const struct arrival *a, const uint8_t *q, uint32_t len)
{
	const uint8_t *sent = u->frame + ETH_LEN;
	uint32_t at = a->view.v == 6 ? 8 : 12, alen = a->view.alen;

	if (len < at + 2 * alen || u->len < ETH_LEN + at + 2 * alen || q[0] >> 4 != a->view.v ||
	    memcmp(q + at, sent + at, 2 * alen) || memcmp(a->view.dst, sent + at, alen))
		return false;
	if (!u->sound || u->split || len < u->view.l4 + 8)
		return true;
	return !memcmp(q + u->view.l4, sent + u->view.l4, u->view.ports ? 4 : 2);
}

/* An error that a client or server has sent, on the other side. */
static const char *judge_quote(const struct unit *u, const struct arrival *a,
			       const struct view *quoted)
{
	const uint8_t *from = u->frame + ETH_LEN + u->view.l4, *to = a->p + a->view.l4;
	struct view was = u->quoted, sent;
	struct flow *f, *owner;

	if (!u->quoted.ports || !quoted->ports || u->view.proto != a->view.proto ||
	    u->view.len - u->view.l4 != a->view.len - a->view.l4 || memcmp(from, to, 2) ||
	    memcmp(from + 4, to + 4, 4) || quoted->l4 != was.l4 || quoted->proto != was.proto ||
	    a->view.ttl + hops(u) != u->view.ttl)
		return "not an error that was sent";
	if (sum_error(from - u->view.l4, &u->view))
		return "an error with a wrong checksum";
	turn(&sent, &was);
	f = at_server(u->at) ? flow_of_server(&sent) : flow_of_client(&sent);
	owner = at_server(u->at) ? flow_of_client(quoted) : flow_of_server(quoted);
	if (owner != f)
		return "an error about another flow";
	if (!is_addr(a->view.src, quoted->dst, a->view.v) ||
	    !is_addr(a->view.dst, quoted->src, a->view.v))
		return "an error between others than the quoted packet was";
	if (was.l4 + 8 < quoted->len && was.proto != UDP && was.proto != SCTP &&
	    memcmp(from + 8 + was.l4 + 4, to + 8 + was.l4 + 4, 4))
		return "an error that quotes something else";
	return NULL;
}

static const char *judge_icmp(const struct unit *u, const struct arrival *a)
{
	const uint8_t *l4 = a->p + a->view.l4, *from = u->frame + ETH_LEN + u->view.l4;
	uint32_t len = a->view.len - a->view.l4;
	struct view quoted;

	if (len < 8)
		return "a short ICMP message";
	if (!is_error(l4, a->view.proto)) {
		uint32_t sent = u->view.len - u->view.l4;

		if (*l4 != (a->view.proto == ICMP ? 0 : 129) || !u->sound ||
		    u->view.proto != a->view.proto || sent != len ||
		    *from != (a->view.proto == ICMP ? 8 : 128) || from[1] != l4[1] ||
		    memcmp(from + 4, l4 + 4, len - 4) || a->view.ttl != ECHO_TTL ||
		    !is_addr(a->view.src, u->view.dst, a->view.v) ||
		    !is_addr(a->view.dst, u->view.src, a->view.v))
			return "not the answer to an echo request";
		return sum_error(a->p, &a->view) == sum_error(u->frame + ETH_LEN, &u->view) ?
		       NULL : "the checksum of an answer";
	}
	if (sum_error(a->p, &a->view))
		return "the checksum of an ICMP error";
	/* reassembly has given up, long after what it had got of a datagram */
	if (l4[0] == (a->view.proto == ICMP ? 11 : 3) && l4[1] == 1)
		return NULL;
	if (tells_of(u, a, l4 + 8, len - 8))
		return NULL;
	if (!u->sound || !is_error(from, u->view.proto) || !read_quoted(l4 + 8, len - 8, &quoted))
		return "an ICMP error about nothing that was sent";
	return judge_quote(u, a, &quoted);
}

/* ---- */

static const char *judge(struct unit *u, const struct arrival *a)
{
	if (a->view.proto == ICMP || a->view.proto == ICMP6)
		return judge_icmp(u, a);
	return u->sound ? judge_plain(u, a) : "not what was sent";
}

/* The latest packet sent that it can be. */
static void arrived(struct arrival *a)
{
	const char *first = NULL, *what;
	unsigned int i;

	for (i = 1; i <= HISTORY; i++) {
		struct unit *u = &history[(history_next - i) % HISTORY];

		what = u->len ? judge(u, a) : "";
		if (!what) {
			u->arrived = true;
			count.arrived++;
			count.errors += a->view.proto == ICMP || a->view.proto == ICMP6;
			return;
		}
		first = first ? first : what;
	}
	wrong(first, unit_latest(), a);
}

/* Return: true when the datagram is whole; it is in as->p then. */
static bool assemble(struct assembly *as, struct arrival *a)
{
	uint32_t len = a->view.len - a->view.part;

	if (!a->view.off) {
		memcpy(as->p, a->p, a->view.part);
		as->view = a->view;
		as->have = 0;
	}
	if (as->view.id != a->view.id || as->have != a->view.off ||
	    as->have + len > FRAME_MAX - ETH_LEN)
		wrong("fragments out of order", unit_latest(), a);
	/* of IPv6, only the header of the fragment is there besides the first one */
	memcpy(as->p + (a->view.v == 6 ? 40 : as->view.part) + as->have, a->p + a->view.part, len);
	as->have += len;
	if (a->view.more)
		return false;
	if (a->view.v == 6) {
		as->p[6] = as->view.proto;
		put16(as->p + 4, as->have);
		a->len = 40 + as->have;
	} else {
		put16(as->p + 6, 0);
		put16(as->p + 2, as->view.part + as->have);
		put_ipv4_sum(as->p);
		a->len = as->view.part + as->have;
	}
	a->p = as->p;
	a->split = true;
	return true;
}

static void hear_frame(int at, const struct heard *h)
{
	struct arrival a = {
		.at = at, .p = h->p + ETH_LEN, .len = h->len - ETH_LEN, .vnet = h->vnet
	};
	uint16_t type = get16(h->p + 12);

	/* what neighbours say to each other */
	if (type == ETH_P_ARP || (type == ETH_P_IPV6 && a.len > 24 && a.p[24] == 0xff))
		return;
	if (!read_packet(a.p, a.len, &a.view) || type != (a.view.v == 6 ? ETH_P_IPV6 : ETH_P_IP))
		wrong("no sound packet", unit_latest(), &a);
	if (!is_addr(a.view.dst, host_addr(a.view.v, at), a.view.v))
		wrong("it is for another host", unit_latest(), &a);
	if (a.view.frag) {
		if (!assemble(&assemblies[at], &a))
			return;
		if (!read_packet(a.p, a.len, &a.view))
			wrong("no sound datagram", unit_latest(), &a);
	}
	arrived(&a);
}

static bool hear(void)
{
	struct heard h;
	bool any_heard = false;
	int at;

	for (at = 0; at < LISTENERS; at++) {
		while (ring_get(&ports[at], &h)) {
			hear_frame(at, &h);
			ring_done(&ports[at]);
			any_heard = true;
		}
	}
	return any_heard;
}

#endif /* MUTATE_JUDGE_H */
