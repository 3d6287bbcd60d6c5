/* SPDX-License-Identifier: GPL-2.0-only */
/* The live flows of mutate.c, and what is remembered of each packet that was sent. */
#ifndef MUTATE_FLOW_H
#define MUTATE_FLOW_H

#include "mutate_port.h"

/* Flows of each protocol and family. */
#define FLOWS_EACH 8
#define FLOWS (6 * FLOWS_EACH)
#define CLIENT_PORT 20000
#define VIP_PORT 80
#define SERVER_PORT 8080
/* Packets that may still arrive after later ones. */
#define HISTORY 64

#define FIN 1
#define SYN 2
#define RST 4
#define PSH 8
#define ACK 16
/* Chunks of SCTP. */
#define DATA 0
#define INIT 1
#define INIT_ACK 2
#define ABORT 6
#define COOKIE_ECHO 10
#define COOKIE_ACK 11
#define SHUTDOWN_COMPLETE 14

/* Addresses of c1, s1, s2 and of the VIP, by family. */
enum { CLIENT, SERVER1, SERVER2, VIP, HOSTS };

static const char *const host_text[2][HOSTS] = {
	{ "198.51.100.11", "192.0.2.11", "192.0.2.12", "203.0.113.80" },
	{ "2001:db8:c::11", "2001:db8:5::11", "2001:db8:5::12", "2001:db8:f::80" },
};

static uint8_t hosts[2][HOSTS][16];

/**
 * struct flow - one flow that is alive
 * @opening: its server and local pair are to be learned from what arrives
 * @known: they are known
 * @dirty: a packet may have changed its state: it is to be opened anew
 * @server: AT_SERVER1 or AT_SERVER2
 * @local: address of its pair, of balancer @balancer
 */
struct flow {
	uint8_t v;
	uint8_t proto;
	bool opening;
	bool known;
	bool dirty;
	uint8_t server;
	uint8_t balancer;
	uint16_t cport;
	uint16_t lport;
	uint8_t local[16];
};

static struct flow flows[FLOWS];

/**
 * struct unit - a packet that was sent, in one piece or in fragments
 * @n: its number
 * @at: port that it was sent from
 * @must: it is sound: it has to arrive
 * @arrived: it has
 * @sound: @view holds
 * @partial: its checksum is left to a device
 * @odd: at another place: its own is as it is
 * @split: it was sent in fragments
 * @broken: which do not make it
 * @gso: bytes of payload in a segment, or 0
 * @len: of its frame
 */
struct unit {
	uint64_t n;
	uint8_t at;
	bool must;
	bool arrived;
	bool sound;
	bool partial;
	bool odd;
	bool split;
	bool broken;
	uint32_t gso;
	uint32_t len;
	struct view view;
	struct view quoted;
	uint8_t frame[FRAME_MAX + 64];
};

static struct unit history[HISTORY];
static unsigned int history_next;

static struct {
	uint64_t sent, refused, arrived, must, errors, segments, segments_r;
	uint64_t otherhost_r, otherhost_b, links;
} count;

static uint64_t number, seed;
static int slowness = 1;

static uint8_t *host_addr(int v, int host)
{
	return hosts[v == 6][host];
}

static void hosts_init(void)
{
	int i;

	for (i = 0; i < HOSTS; i++) {
		inet_pton(AF_INET, host_text[0][i], hosts[0][i]);
		inet_pton(AF_INET6, host_text[1][i], hosts[1][i]);
	}
}

static bool at_server(int at)
{
	return at == AT_SERVER1 || at == AT_SERVER2;
}

static uint8_t *flow_server(const struct flow *f)
{
	return host_addr(f->v, f->server == AT_SERVER1 ? SERVER1 : SERVER2);
}

static bool is_addr(const uint8_t *a, const uint8_t *b, int v)
{
	return !memcmp(a, b, v == 6 ? 16 : 4);
}

/* The flow that a client's packet is of. */
static struct flow *flow_of_client(const struct view *v)
{
	unsigned int i = v->sport - CLIENT_PORT;
	struct flow *f = i < FLOWS ? &flows[i] : NULL;

	return f && v->ports && f->v == v->v && f->proto == v->proto && v->dport == VIP_PORT &&
	       is_addr(v->src, host_addr(v->v, CLIENT), v->v) &&
	       is_addr(v->dst, host_addr(v->v, VIP), v->v) ? f : NULL;
}

/* The flow that has the pair which a packet of a server is aimed at. */
static struct flow *flow_of_server(const struct view *v)
{
	struct flow *f;

	for (f = flows; f < flows + FLOWS; f++)
		if (f->known && v->ports && f->v == v->v && f->proto == v->proto &&
		    f->lport == v->dport && v->sport == SERVER_PORT &&
		    is_addr(v->dst, f->local, v->v) && is_addr(v->src, flow_server(f), v->v))
			return f;
	return NULL;
}

static void turn(struct view *to, const struct view *v)
{
	*to = *v;
	memcpy(to->src, v->dst, 16);
	memcpy(to->dst, v->src, 16);
	to->sport = v->dport;
	to->dport = v->sport;
}

/* Is it an address of the ranges of b1 and b2? Then its balancer is returned. */
static int local_balancer(const uint8_t *addr, int v)
{
	uint8_t b, l, host;

	if (v == 4) {
		if (addr[0] != 10)
			return 0;
		b = addr[1];
		l = addr[2];
		host = addr[3];
	} else {
		if (memcmp(addr, "\x20\x01\x0d\xb8\0\x0a\0", 7) ||
		    memcmp(addr + 8, "\0\0\0\0\0\0\0", 7))
			return 0;
		b = addr[7] >> 4;
		l = addr[7] & 15;
		host = addr[15];
	}
	return (b == 1 || b == 2) && (l == 1 || l == 2) && host >= 1 && host <= 4 ? b : 0;
}

/* A new unit, the oldest one is forgotten. */
static struct unit *unit_new(int at)
{
	struct unit *u = &history[history_next++ % HISTORY];

	memset(u, 0, offsetof(struct unit, frame));
	u->n = number;
	u->at = at;
	return u;
}

static struct unit *unit_latest(void)
{
	return &history[(history_next - 1) % HISTORY];
}

/* A packet of a flow with @payload bytes, its sums right. */
static void unit_plain(struct unit *u, const struct flow *f, uint32_t kind, uint32_t payload)
{
	bool reply = at_server(u->at);
	const uint8_t *src = reply ? flow_server(f) : host_addr(f->v, CLIENT);
	const uint8_t *dst = reply ? f->local : host_addr(f->v, VIP);
	uint8_t *ip = u->frame + ETH_LEN, l4[FRAME_MAX];
	uint32_t len, head;

	len = put_l4(l4, f->proto, reply ? SERVER_PORT : f->cport,
		     reply ? f->lport : VIP_PORT, kind, payload);
	head = put_ip(ip, f->v, src, dst, f->proto, len, u->n);
	memcpy(ip + head, l4, len);
	u->len = ETH_LEN + head + len;
	u->sound = read_packet(ip, head + len, &u->view);
	put_sum(ip, &u->view, false);
}

static void count_sent(const struct unit *u)
{
	count.sent++;
	count.links += u->at >= AT_LINKS;
}

static void put_ethernet(struct unit *u, int v)
{
	memcpy(u->frame, ports[u->at].peer, 6);
	memcpy(u->frame + 6, ports[u->at].mac, 6);
	put16(u->frame + 12, v == 6 ? ETH_P_IPV6 : ETH_P_IP);
}

#endif /* MUTATE_FLOW_H */
