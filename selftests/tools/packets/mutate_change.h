/* SPDX-License-Identifier: GPL-2.0-only */
/* What mutate.c does to packets: one layer of a sound one is changed, or what is said about it. */
#ifndef MUTATE_CHANGE_H
#define MUTATE_CHANGE_H

#include "mutate_judge.h"

/* A field of a header: its offset and size in bytes. */
struct field {
	uint8_t at;
	uint8_t size;
};

static const struct field ipv4_fields[] = {
	{ 0, 1 }, { 1, 1 }, { 2, 2 }, { 4, 2 }, { 6, 2 }, { 8, 1 }, { 9, 1 }, { 10, 2 }, { 12, 4 },
	{ 16, 4 }, {}
};

static const struct field ipv6_fields[] = {
	{ 0, 4 }, { 4, 2 }, { 6, 1 }, { 7, 1 }, { 8, 16 }, { 24, 16 }, {}
};

static const struct field tcp_fields[] = {
	{ 0, 2 }, { 2, 2 }, { 4, 4 }, { 8, 4 }, { 12, 1 }, { 13, 1 }, { 14, 2 }, { 16, 2 },
	{ 18, 2 }, {}
};

static const struct field udp_fields[] = { { 0, 2 }, { 2, 2 }, { 4, 2 }, { 6, 2 }, {} };

static const struct field sctp_fields[] = {
	{ 0, 2 }, { 2, 2 }, { 4, 4 }, { 8, 4 }, { 12, 1 }, { 13, 1 }, { 14, 2 }, {}
};

static const struct field icmp_fields[] = { { 0, 1 }, { 1, 1 }, { 2, 2 }, { 4, 2 }, { 6, 2 }, {} };

/* Family of which fragments are sent; the account of them is kept for one at a time. */
static int fragments = 4;

static const struct field *fields_of(uint8_t proto)
{
	return proto == TCP ? tcp_fields : proto == UDP ? udp_fields : proto == SCTP ? sctp_fields :
							  icmp_fields;
}

/* ---- values */

/* An address that somebody has, or nobody can have. */
static void change_addr(uint8_t *to, int v)
{
	static const char *const special[2][8] = {
		{ "127.0.0.1", "224.0.0.1", "255.255.255.255", "0.0.0.0", "198.51.100.254",
		  "10.1.1.1", "10.2.2.4", "203.0.113.81" },
		{ "::1", "ff02::1", "fe80::1", "::", "2001:db8:c::fe", "2001:db8:a:11::1",
		  "2001:db8:a:22::4", "::ffff:192.0.2.11" },
	};
	uint32_t n = any(8 + HOSTS);

	if (n < 8)
		inet_pton(v == 6 ? AF_INET6 : AF_INET, special[v == 6][n], to);
	else
		memcpy(to, host_addr(v, n - 8), v == 6 ? 16 : 4);
}

static void change_value(uint8_t *p, uint32_t size)
{
	static const uint8_t edges[] = { 0, 1, 0x7f, 0x80, 0xfe, 0xff };
	uint32_t bit = any(size * 8);

	switch (any(4)) {
	case 0:
		random_bytes(p, size);
		break;
	case 1:
		memset(p, edges[any(sizeof(edges))], size);
		break;
	default:
		p[bit / 8] ^= 1 << bit % 8;
	}
}

static void change_field(uint8_t *head, uint32_t room, const struct field *fields, int v)
{
	const struct field *f;
	uint32_t n = 0;

	while (fields[n].size)
		n++;
	f = &fields[any(n)];
	if (f->at + f->size > room)
		return;
	if (f->size == (v == 6 ? 16 : 4) && fields != tcp_fields && fields != sctp_fields &&
	    percent(50))
		change_addr(head + f->at, v);
	else
		change_value(head + f->at, f->size);
}

/* ---- layers */

/* The frame is for another host, or for all. */
static void change_ethernet(struct unit *u)
{
	static const uint8_t multicast[] = { 1, 0, 0x5e, 1, 2, 3 };

	switch (any(3)) {
	case 0:
		memset(u->frame, 0xff, 6);
		break;
	case 1:
		memcpy(u->frame, multicast, 6);
		break;
	default:
		u->frame[5] ^= 1 + any(255);
		if (u->at < AT_LINKS)
			count.otherhost_r++;
		else
			count.otherhost_b++;
	}
}

static void change_l3(uint8_t *ip, int v)
{
	if (v == 6) {
		change_field(ip, 40, ipv6_fields, 6);
		return;
	}
	change_field(ip, 20, ipv4_fields, 4);
	if (percent(85) && (ip[0] & 15) >= 5 && (ip[0] & 15) <= 6)
		put_ipv4_sum(ip);
}

static void change_l4(struct unit *u, const struct view *v)
{
	uint8_t *ip = u->frame + ETH_LEN;

	change_field(ip + v->l4, v->len - v->l4, fields_of(v->proto), v->v);
	if (percent(60))
		put_sum(ip, v, false);
}

/* IPv4 options, sound or not; what is behind the header moves. */
static void change_options(struct unit *u, const struct view *v)
{
	static const uint8_t kinds[] = { 0, 1, 7, 68, 130, 131, 134, 137, 148 };
	uint32_t size = 4 + 4 * any(10), at = 20;
	uint8_t *ip = u->frame + ETH_LEN;

	memmove(ip + 20 + size, ip + 20, v->len - 20);
	u->len += size;
	memset(ip + 20, 1, size);
	while (at < 20 + size) {
		uint32_t room = 20 + size - at, kind = any(sizeof(kinds) + 1);

		ip[at] = kind < sizeof(kinds) ? kinds[kind] : any(256);
		if (ip[at] < 2 || room < 3) {
			at++;
			continue;
		}
		ip[at + 1] = percent(85) ? 3 + any(room - 2) : any(256);
		if (room > 3)
			random_bytes(ip + at + 2, room - 2);
		if (ip[at] == 7 || ip[at] == 68)
			ip[at + 2] = percent(85) ? ip[at] == 7 ? 4 : 5 : any(256);
		at += ip[at + 1] < 2 ? 2 : ip[at + 1];
	}
	ip[0] = 0x45 + size / 4;
	put16(ip + 2, v->len + size);
	put_ipv4_sum(ip);
}

/* One extension header; no jumbo option, of which the kernel would count a wrong one twice. */
static uint32_t put_extension(uint8_t *p, uint8_t kind)
{
	uint32_t size = 8 + 8 * any(3), i;

	memset(p, 0, size);
	if (percent(30)) {
		random_bytes(p, size);
		for (i = 0; i < size; i++)
			p[i] = p[i] == 0xc2 ? 0 : p[i];
	} else {
		/* seven bytes of padding at most in a row; an option of some other kind between */
		p[2] = 1;
		p[3] = 4;
		for (i = 8; i < size; i += 8) {
			p[i] = 0x1e;
			p[i + 1] = 6;
		}
	}
	p[1] = kind == 51 ? size / 4 - 2 : size / 8 - 1;
	if (kind == 43) {
		p[2] = 4;
		p[3] = percent(80) ? 0 : 1;
	}
	return size;
}

static void change_extensions(struct unit *u, const struct view *v)
{
	static const uint8_t kinds[] = { 60, 60, 43, 60, 43, 0, 51, 135, 59 };
	uint32_t n = 1 + any(percent(80) ? 4 : 11), at = 0;
	uint8_t chain[11 * 32], *next = NULL, *ip = u->frame + ETH_LEN;
	bool hop = percent(20);

	while (n--) {
		uint8_t kind = hop ? 0 : kinds[any(percent(80) ? 5 : sizeof(kinds))];

		if (next)
			*next = kind;
		else
			ip[6] = kind;
		hop = false;
		next = chain + at;
		at += put_extension(next, kind);
	}
	*next = v->proto;
	memmove(ip + 40 + at, ip + 40, v->len - 40);
	memcpy(ip + 40, chain, at);
	put16(ip + 4, v->len - 40 + at);
	u->len += at;
}

/* The frame ends early or late, or the length that the packet tells is another. */
static void change_length(struct unit *u, const struct view *v)
{
	uint8_t *ip = u->frame + ETH_LEN;
	uint32_t more = 1 + any(64);

	switch (any(3)) {
	case 0:
		u->len = ETH_LEN + 1 + any(percent(50) ? 80 : v->len);
		if (u->len > ETH_LEN + v->len)
			u->len = ETH_LEN + v->len;
		break;
	case 1:
		random_bytes(u->frame + u->len, more);
		u->len += more;
		break;
	default:
		put16(ip + (v->v == 6 ? 4 : 2), v->len - (v->v == 6 ? 40 : 0) - more);
		if (v->v == 4)
			put_ipv4_sum(ip);
	}
}

static void change_bits(struct unit *u)
{
	uint32_t n = 1 + any(8), room = u->len - ETH_LEN, bit;

	while (n--) {
		bit = any((percent(70) && room > 60 ? 60 : room) * 8);
		u->frame[ETH_LEN + bit / 8] ^= 1 << bit % 8;
	}
	if (percent(80) && u->frame[ETH_LEN] == 0x45 && room >= 20)
		put_ipv4_sum(u->frame + ETH_LEN);
}

/* Does a chain of extension headers, as sound as it may be, name a fragment header? */
static bool has_fragment_header(const uint8_t *ip, uint32_t len)
{
	uint32_t at = 40, n;
	uint8_t kind;

	if (len < 40)
		return false;
	kind = ip[6];
	for (n = 0; n < 12; n++) {
		if (kind == 44)
			return true;
		if ((kind != 0 && kind != 43 && kind != 60 && kind != 51 && kind != 135) ||
		    at + 2 > len)
			return false;
		kind = ip[at];
		at += kind == 51 ? (ip[at + 1] + 2) * 4 : (ip[at + 1] + 1) * 8;
	}
	return true;
}

/* What has become a fragment where there shall be none is not sent. */
static bool unwanted(const struct unit *u, int v)
{
	const uint8_t *ip = u->frame + ETH_LEN;

	if (v == 6)
		return has_fragment_header(ip, u->len - ETH_LEN);
	return fragments != 4 && u->len >= ETH_LEN + 8 && get16(ip + 6) & 0x3fff;
}

/* ---- packets */

static uint32_t any_payload(int at)
{
	uint32_t n = any(100);

	return n < 70 ? any(200) : n < 95 || at == AT_TAP ? 1 + any(1400) : any(8500);
}

static void change(struct unit *u, int v)
{
	struct view sound = u->view;
	uint32_t n = any(100);

	if (n < 8)
		change_ethernet(u);
	else if (n < 35)
		change_l3(u->frame + ETH_LEN, v);
	else if (n < 62)
		change_l4(u, &sound);
	else if (n < 82)
		(v == 4 ? change_options : change_extensions)(u, &sound);
	else if (n < 92)
		change_length(u, &sound);
	else
		change_bits(u);
	u->sound = read_packet(u->frame + ETH_LEN, u->len - ETH_LEN, &u->view);
}

/* The packet about which an end complains, as it had received it, with @payload bytes. */
static uint32_t put_quoted(uint8_t *p, const struct flow *f, bool reply, uint32_t payload)
{
	const uint8_t *near = reply ? flow_server(f) : host_addr(f->v, CLIENT);
	const uint8_t *far = reply ? f->local : host_addr(f->v, VIP);
	uint16_t nport = reply ? SERVER_PORT : f->cport, fport = reply ? f->lport : VIP_PORT;
	uint8_t l4[2048];
	struct view v;
	uint32_t len = put_l4(l4, f->proto, fport, nport, f->proto == TCP ? ACK : DATA, payload);
	uint32_t head = put_ip(p, f->v, far, near, f->proto, len, number);

	memcpy(p + head, l4, len);
	if (read_packet(p, head + len, &v))
		put_sum(p, &v, false);
	return head + len;
}

/* An ICMP error; unless @sound, changed in what it quotes or in its own header. */
static void make_quote(struct unit *u, const struct flow *f, bool sound)
{
	static const uint8_t kinds[] = { 3, 11, 12 };
	bool reply = at_server(u->at);
	uint8_t message[2300], *quoted = message + 8, *ip = u->frame + ETH_LEN;
	uint32_t least = (f->v == 6 ? 40 : 20) + 8, len, head;

	len = put_quoted(quoted, f, reply, any(400));
	message[0] = f->v == 6 ? 1 + any(4) : kinds[any(3)];
	message[1] = any(f->v == 6 ? 5 : 14);
	message[2] = 0;
	message[3] = 0;
	/* codes of these say that reassembly has timed out, which is told of later packets, too */
	if (message[0] == (f->v == 6 ? 3 : 11))
		message[1] = 0;
	put32(message + 4, any(2) ? 0 : 1280 + any(7000));
	len = percent(60) ? least + any(len - least + 1) : len;
	if (!sound && percent(50))
		len = any(least + 12);
	else if (!sound && percent(70))
		change_field(quoted, len, f->v == 6 ? ipv6_fields : ipv4_fields, f->v);
	else if (!sound)
		change_field(quoted + least - 8, len - least + 8, fields_of(f->proto), 0);
	head = put_ip(ip, f->v, reply ? flow_server(f) : host_addr(f->v, CLIENT),
		      reply ? f->local : host_addr(f->v, VIP), f->v == 6 ? ICMP6 : ICMP, 8 + len,
		      number);
	memcpy(ip + head, message, 8 + len);
	u->len = ETH_LEN + head + 8 + len;
	u->sound = read_packet(ip, head + 8 + len, &u->view);
	put_sum(ip, &u->view, false);
	if (!sound && percent(15))
		change_value(ip + head, 8);
	read_quoted(ip + head + 8, len, &u->quoted);
	u->must = sound;
}

static void make_echo(struct unit *u, const struct flow *f, uint32_t payload)
{
	uint8_t *ip = u->frame + ETH_LEN;
	uint32_t head = put_ip(ip, f->v, host_addr(f->v, CLIENT), host_addr(f->v, VIP),
			       f->v == 6 ? ICMP6 : ICMP, 8 + payload, number);

	random_bytes(ip + head, 8 + payload);
	ip[head] = f->v == 6 ? 128 : 8;
	ip[head + 1] = 0;
	u->len = ETH_LEN + head + 8 + payload;
	u->sound = read_packet(ip, head + 8 + payload, &u->view);
	put_sum(ip, &u->view, false);
}

/* What a device is left to do: the sum, or segments; or a sum where the packet has none. */
static void leave_to_device(struct unit *u, struct virtio_net_hdr *vnet, uint32_t gso)
{
	uint8_t *ip = u->frame + ETH_LEN;
	uint32_t head = u->view.proto == TCP ? 20 : 8;

	u->partial = true;
	put_sum(ip, &u->view, true);
	vnet->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	vnet->csum_start = ETH_LEN + u->view.l4;
	vnet->csum_offset = sum_at(u->view.proto);
	if (!gso) {
		u->odd = percent(20);
		if (!u->odd)
			return;
		vnet->csum_start += 1 + any(u->len - vnet->csum_start - 2);
		if (u->view.proto == UDP && u->view.v == 4 && percent(50))
			put16(ip + u->view.l4 + sum_at(UDP), 0);
		return;
	}
	u->gso = gso;
	vnet->gso_size = gso;
	vnet->hdr_len = ETH_LEN + u->view.l4 + head;
	vnet->gso_type = u->view.proto == UDP ? VIRTIO_NET_HDR_GSO_UDP_L4 :
			 u->view.v == 6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4;
}

/* ---- fragments */

/* One fragment of the unit's datagram, of @len bytes from @off on. */
static void send_piece(struct unit *u, uint32_t off, uint32_t len, bool more)
{
	static uint8_t frame[FRAME_MAX];
	uint8_t *ip = frame + ETH_LEN;
	const uint8_t *l4 = u->frame + ETH_LEN + u->view.l4;
	struct virtio_net_hdr vnet = {};
	uint32_t head = u->view.l4;

	memcpy(frame, u->frame, ETH_LEN + head);
	if (u->view.v == 4) {
		put16(ip + 2, head + len);
		put16(ip + 6, off / 8 | (more ? 0x2000 : 0));
		put_ipv4_sum(ip);
	} else {
		put16(ip + 4, 8 + len);
		ip[6] = 44;
		ip[40] = u->view.proto;
		ip[41] = 0;
		put16(ip + 42, off | more);
		put32(ip + 44, u->n);
		head = 48;
	}
	memcpy(ip + head, l4 + off, len);
	if (port_send(u->at, frame, ETH_LEN + head + len, &vnet))
		count_sent(u);
	else
		count.refused++;
}

/* A datagram in fragments, in any order; some of them twice, missing or overlapping. */
static void send_fragments(struct unit *u)
{
	/* IPv6 takes none but the last that is smaller than 1280 bytes */
	uint32_t least = u->view.v == 6 ? 1232 : percent(30) ? 8 : 400, n = 0, off = 0, i;
	uint32_t at[16], size[16], len = u->view.len - u->view.l4, missing = 16, fault = any(8);

	for (; n < 8 && len - off > least + 40; off += size[n++]) {
		at[n] = off;
		i = len - off - least - 24;
		size[n] = (least + any(i > 2000 ? 2000 : i)) & ~7;
	}
	at[n] = off;
	size[n++] = len - off;
	u->split = true;
	if (fault == 1) {
		i = any(n);
		at[n] = at[i];
		size[n++] = size[i];
	} else if (fault == 2 && n > 2) {
		at[n] = at[1] - 8;
		i = u->view.v == 6 ? least + 8 : 16;
		size[n++] = i < len - at[1] ? i : len - at[1];
	}
	if (fault == 0)
		missing = any(n);
	u->must = fault == 1 || fault > 2;
	for (i = n; i--;) {
		uint32_t j = any(i + 1), a = at[j], s = size[j];

		at[j] = at[i];
		size[j] = size[i];
		if (missing != i)
			send_piece(u, a, s, a + s < len);
	}
}

#endif /* MUTATE_CHANGE_H */
