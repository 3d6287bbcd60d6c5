// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sends single packets made to measure: any protocol, ICMP errors, fragments, broken headers.
 * Packets are built from their description in words, each field into a buffer in network order.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "inet_sum.h"

#define WORDS_MAX 64
#define LIST_MAX 32
#define INPUT_MAX (1 << 20)
#define PACKET_MAX 65535
#ifndef IPV6_HDRINCL
#define IPV6_HDRINCL 36
#endif

static const char usage[] =
	"Usage: packets PACKET [';' PACKET]...\n"
	"       packets                          one PACKET on each line of the input\n"
	"\n"
	"  PACKET  PROTO SRC DST [KEY=VALUE]... [quote PACKET]\n"
	"  PROTO   tcp udp sctp echo reply error, or a protocol number\n"
	"  SRC     ADDR[@PORT]; the port of an echo is its identifier\n"
	"\n"
	"  ttl=N  len=BYTES of payload  flags=LETTERS of FSRPA, or - (tcp)  df=1  id=N\n"
	"  seq=N ack=N win=N  of tcp\n"
	"  spoil=N  of tcp and ICMP: N is put into the checksum by XOR\n"
	"  type=N code=N mtu=BYTES  of an ICMP error, which quotes the PACKET after \"quote\"\n"
	"  quoted=BYTES   so much of the quoted packet (default: its headers and 8 bytes)\n"
	"  cut=BYTES      only so much of the packet, IP header included\n"
	"  frag=A,B...    send fragments that begin at these bytes after the IP header, in this order;\n"
	"                 0 must be one of them\n"
	"  sent=N         send only the first N of these fragments\n"
	"  options=HEX    IPv4 options, padded to 4 bytes\n"
	"  ext=N[,N]...   IPv6 extension headers: 0 hop-by-hop, 60 destination, 43 routing type 0\n"
	"\n"
	"Packets leave by raw sockets: by the host's routes, but not from its addresses.\n";

/* The keys whose values are numbers, with their defaults. */
enum { TTL, LEN, DF, ID, SEQ, ACK, WIN, SPOIL, TYPE, CODE, MTU, QUOTED, CUT, SENT, NUMBERS };

static const struct {
	const char *name;
	unsigned long value;
} defaults[NUMBERS] = {
	[TTL] = { "ttl", 64 }, [LEN] = { "len", 0 }, [DF] = { "df", 0 }, [ID] = { "id", 0x5151 },
	[SEQ] = { "seq", 1 }, [ACK] = { "ack", 0 }, [WIN] = { "win", 1024 },
	[SPOIL] = { "spoil", 0 }, [TYPE] = { "type", 3 }, [CODE] = { "code", 0 },
	[MTU] = { "mtu", 0 }, [QUOTED] = { "quoted", PACKET_MAX }, [CUT] = { "cut", PACKET_MAX },
	[SENT] = { "sent", LIST_MAX },
};

struct list {
	unsigned int n;
	unsigned int value[LIST_MAX];
};

struct packet {
	const char *proto;
	int family;
	uint8_t src[16], dst[16];
	unsigned int sport, dport;
	unsigned long number[NUMBERS];
	uint8_t flags;
	struct list frag, ext;
	uint8_t options[40];
	unsigned int options_len;
	bool quoted_given;
	char **inner;		/* words of the quoted packet, or NULL */
	unsigned int n_inner;
};

struct bytes {
	size_t len;
	uint8_t data[PACKET_MAX + 64];
};

static void put(struct bytes *to, const void *data, size_t len)
{
	if (to->len + len > sizeof(to->data))
		errx(2, "a packet is too long");
	memcpy(to->data + to->len, data, len);
	to->len += len;
}

static void put8(struct bytes *to, uint8_t value)
{
	put(to, &value, 1);
}

static void put16(struct bytes *to, uint16_t value)
{
	value = htons(value);
	put(to, &value, 2);
}

static void put32(struct bytes *to, uint32_t value)
{
	value = htonl(value);
	put(to, &value, 4);
}

static size_t addr_len(const struct packet *p)
{
	return p->family == AF_INET ? 4 : 16;
}

static unsigned int protocol(const struct packet *p)
{
	static const struct {
		const char *name;
		unsigned int v4, v6;
	} known[] = {
		{ "tcp", 6, 6 }, { "udp", 17, 17 }, { "sctp", 132, 132 },
		{ "echo", 1, 58 }, { "reply", 1, 58 }, { "error", 1, 58 },
	};
	unsigned int i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(p->proto, known[i].name))
			return p->family == AF_INET ? known[i].v4 : known[i].v6;
	return strtoul(p->proto, NULL, 0);
}

static bool is(const struct packet *p, const char *proto)
{
	return !strcmp(p->proto, proto);
}

/* ---- from words */

static unsigned long read_number(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 0);

	if (!*text || *end)
		errx(2, "invalid number \"%s\"", text);
	return value;
}

static void read_list(char *text, struct list *list)
{
	char *left, *word;

	for (word = strtok_r(text, ",", &left); word; word = strtok_r(NULL, ",", &left)) {
		if (list->n == LIST_MAX)
			errx(2, "a list is too long");
		list->value[list->n++] = read_number(word);
	}
}

static void read_end(const char *word, int family, uint8_t *addr, unsigned int *port)
{
	char text[INET6_ADDRSTRLEN + 8];
	char *at;

	snprintf(text, sizeof(text), "%s", word);
	at = strchr(text, '@');
	if (at)
		*at++ = 0;
	*port = at ? read_number(at) : 0;
	if (inet_pton(family, text, addr) != 1)
		errx(2, "invalid address \"%s\"", word);
}

static void read_flags(const char *text, uint8_t *flags)
{
	static const char letters[] = "FSRPA";

	for (*flags = 0; *text; text++) {
		const char *letter = strchr(letters, *text);

		if (!letter && *text != '-')
			errx(2, "invalid flag \"%c\" (valid: %s, -)", *text, letters);
		*flags |= letter ? 1 << (letter - letters) : 0;
	}
}

static void read_options(const char *hex, struct packet *p)
{
	unsigned int byte;

	for (; *hex; hex += 2) {
		if (p->options_len == sizeof(p->options) || sscanf(hex, "%2x", &byte) != 1)
			errx(2, "invalid options");
		p->options[p->options_len++] = byte;
	}
	/* padded by zeros */
	p->options_len = (p->options_len + 3) & ~3U;
}

static void read_key(char *word, struct packet *p)
{
	char *value = strchr(word, '=');
	unsigned int i;

	if (!value)
		errx(2, "invalid word \"%s\"", word);
	*value++ = 0;
	for (i = 0; i < NUMBERS; i++) {
		if (!strcmp(word, defaults[i].name)) {
			p->number[i] = read_number(value);
			p->quoted_given |= i == QUOTED;
			return;
		}
	}
	if (!strcmp(word, "flags"))
		read_flags(value, &p->flags);
	else if (!strcmp(word, "frag"))
		read_list(value, &p->frag);
	else if (!strcmp(word, "ext"))
		read_list(value, &p->ext);
	else if (!strcmp(word, "options"))
		read_options(value, p);
	else
		errx(2, "invalid keyword \"%s\"", word);
}

static void read_packet(char **words, unsigned int n, struct packet *p)
{
	unsigned int i;

	if (n < 3)
		errx(2, "a packet needs PROTO SRC DST");
	memset(p, 0, sizeof(*p));
	for (i = 0; i < NUMBERS; i++)
		p->number[i] = defaults[i].value;
	read_flags("S", &p->flags);
	p->proto = words[0];
	p->family = strchr(words[1], ':') ? AF_INET6 : AF_INET;
	read_end(words[1], p->family, p->src, &p->sport);
	read_end(words[2], p->family, p->dst, &p->dport);
	for (i = 3; i < n; i++) {
		if (!strcmp(words[i], "quote")) {
			p->inner = words + i + 1;
			p->n_inner = n - i - 1;
			break;
		}
		read_key(words[i], p);
	}
}

/* ---- to bytes */

/* Set the checksum at @offset of all of @to, with a pseudo header or without. */
static void put_sum(const struct packet *p, struct bytes *to, size_t offset, bool pseudo)
{
	uint32_t value = inet_add(to->data, to->len, 0);
	uint16_t folded;

	if (pseudo) {
		value = inet_add(p->src, addr_len(p), value);
		value = inet_add(p->dst, addr_len(p), value);
		value += to->len + protocol(p);
	}
	folded = inet_fold(value);
	set16(to->data + offset, !folded && is(p, "udp") ? 0xffff : folded);
}

static void put_payload(const struct packet *p, struct bytes *to)
{
	unsigned long i;

	for (i = 0; i < p->number[LEN]; i++)
		put8(to, i);
}

static void put_tcp(const struct packet *p, struct bytes *to)
{
	put32(to, p->number[SEQ]);
	put32(to, p->number[ACK]);
	put8(to, 0x50);
	put8(to, p->flags);
	put16(to, p->number[WIN]);
	put32(to, 0);
	put_payload(p, to);
	put_sum(p, to, 16, true);
	to->data[16] ^= p->number[SPOIL];
}

static void put_whole(const struct packet *p, struct bytes *to);

static void put_icmp(const struct packet *p, struct bytes *to)
{
	static struct bytes quote;
	struct packet inner;
	size_t len;

	if (is(p, "error")) {
		put8(to, p->number[TYPE]);
		put8(to, p->number[CODE]);
		put16(to, 0);
		put32(to, p->number[MTU]);
		read_packet(p->inner, p->n_inner, &inner);
		if (is(&inner, "error"))
			errx(2, "an error cannot be quoted");
		quote.len = 0;
		put_whole(&inner, &quote);
		len = inner.family == AF_INET ? 20 + inner.options_len + 8 : 48;
		len = p->quoted_given ? p->number[QUOTED] : len;
		put(to, quote.data, len < quote.len ? len : quote.len);
	} else {
		if (p->family == AF_INET)
			put8(to, is(p, "echo") ? ICMP_ECHO : ICMP_ECHOREPLY);
		else
			put8(to, is(p, "echo") ? ICMP6_ECHO_REQUEST : ICMP6_ECHO_REPLY);
		put8(to, 0);
		put16(to, 0);
		put16(to, p->sport);
		put16(to, 1);
		put_payload(p, to);
	}
	put_sum(p, to, 2, p->family == AF_INET6);
	to->data[2] ^= p->number[SPOIL];
}

/* What follows the IP header. */
static void put_transport(const struct packet *p, struct bytes *to)
{
	to->len = 0;
	if (is(p, "echo") || is(p, "reply") || is(p, "error")) {
		put_icmp(p, to);
		return;
	}
	if (is(p, "tcp") || is(p, "udp") || is(p, "sctp")) {
		put16(to, p->sport);
		put16(to, p->dport);
	}
	if (is(p, "tcp")) {
		put_tcp(p, to);
	} else if (is(p, "udp")) {
		put16(to, 8 + p->number[LEN]);
		put16(to, 0);
		put_payload(p, to);
		put_sum(p, to, 6, true);
	} else if (is(p, "sctp")) {
		/* a chunk of INIT; the relay does not check the CRC */
		put32(to, 0);
		put32(to, 0);
		put16(to, 0x100);
		put16(to, 4 + p->number[LEN]);
		put_payload(p, to);
	} else {
		put_payload(p, to);
	}
}

static void put_header4(const struct packet *p, struct bytes *to, size_t len, unsigned int frag)
{
	size_t begin = to->len, header = 20 + p->options_len;

	put8(to, 0x40 + header / 4);
	put8(to, 0);
	put16(to, header + len);
	put16(to, p->number[ID]);
	put16(to, frag | p->number[DF] << 14);
	put8(to, p->number[TTL]);
	put8(to, protocol(p));
	put16(to, 0);
	put(to, p->src, 4);
	put(to, p->dst, 4);
	put(to, p->options, p->options_len);
	set16(to->data + begin + 10, inet_fold(inet_add(to->data + begin, header, 0)));
}

static void put_header6(const struct packet *p, struct bytes *to, size_t len, uint8_t following)
{
	put32(to, 6U << 28);
	put16(to, len);
	put8(to, following);
	put8(to, p->number[TTL]);
	put(to, p->src, 16);
	put(to, p->dst, 16);
}

static void put_whole(const struct packet *p, struct bytes *to)
{
	/* padding; or a routing header with one segment left */
	static const uint8_t padding[] = { 1, 4, 0, 0, 0, 0 }, routing[] = { 0, 1, 0, 0, 0, 0 };
	static struct bytes transports[2];
	struct bytes *t = &transports[!is(p, "error")];
	unsigned int i;

	put_transport(p, t);
	if (p->family == AF_INET) {
		put_header4(p, to, t->len, 0);
	} else {
		put_header6(p, to, 8 * p->ext.n + t->len, p->ext.n ? p->ext.value[0] : protocol(p));
		for (i = 0; i < p->ext.n; i++) {
			put8(to, i + 1 < p->ext.n ? p->ext.value[i + 1] : protocol(p));
			put8(to, 0);
			put(to, p->ext.value[i] == 43 ? routing : padding, 6);
		}
	}
	put(to, t->data, t->len);
}

/* ---- sending */

static int sockets[2];

static void transmit(const struct packet *p, const struct bytes *packet, size_t len)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	bool v4 = p->family == AF_INET;

	memcpy(&in.sin_addr, p->dst, 4);
	memcpy(&in6.sin6_addr, p->dst, 16);
	if (sendto(sockets[!v4], packet->data, len, 0, v4 ? (void *)&in : (void *)&in6,
		   v4 ? sizeof(in) : sizeof(in6)) < 0)
		err(1, "cannot send");
}

static void send_fragments(const struct packet *p)
{
	static struct bytes transport, packet;
	unsigned int i, j;

	put_transport(p, &transport);
	for (i = 0; i < p->frag.n && i < p->number[SENT]; i++) {
		size_t start = p->frag.value[i], end = transport.len;
		bool more;

		for (j = 0; j < p->frag.n; j++)
			if (p->frag.value[j] > start && p->frag.value[j] < end)
				end = p->frag.value[j];
		if (start > end)
			errx(2, "a fragment begins after the end of the packet");
		more = end < transport.len;
		packet.len = 0;
		if (p->family == AF_INET) {
			put_header4(p, &packet, end - start, start / 8 | more << 13);
		} else {
			put_header6(p, &packet, 8 + end - start, 44);
			put8(&packet, protocol(p));
			put8(&packet, 0);
			put16(&packet, start | more);
			put32(&packet, p->number[ID]);
		}
		put(&packet, transport.data + start, end - start);
		transmit(p, &packet, packet.len);
	}
}

static void send_line(char *line)
{
	static struct bytes packet;
	char *words[WORDS_MAX], *left, *word;
	unsigned int n = 0;
	struct packet p;

	for (word = strtok_r(line, " \t", &left); word; word = strtok_r(NULL, " \t", &left)) {
		if (n == WORDS_MAX)
			errx(2, "a packet has too many words");
		words[n++] = word;
	}
	if (!n)
		return;
	read_packet(words, n, &p);
	if (p.frag.n) {
		send_fragments(&p);
		return;
	}
	packet.len = 0;
	put_whole(&p, &packet);
	transmit(&p, &packet, p.number[CUT] < packet.len ? p.number[CUT] : packet.len);
}

static void open_sockets(void)
{
	int on = 1;

	sockets[0] = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	sockets[1] = socket(AF_INET6, SOCK_RAW, IPPROTO_RAW);
	if (sockets[0] < 0 || sockets[1] < 0 ||
	    setsockopt(sockets[1], IPPROTO_IPV6, IPV6_HDRINCL, &on, sizeof(on)))
		err(1, "cannot open a raw socket");
}

int main(int argc, char **argv)
{
	static char text[INPUT_MAX];
	char *left, *line;
	size_t len = 0;
	int i;

	if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		fputs(usage, stdout);
		return 0;
	}
	for (i = 1; i < argc; i++)
		len += snprintf(text + len, sizeof(text) - len, "%s ", argv[i]);
	if (argc == 1)
		len = fread(text, 1, sizeof(text) - 1, stdin);
	if (len >= sizeof(text) - 1)
		errx(2, "the input is too long");
	open_sockets();
	for (line = strtok_r(text, ";\n", &left); line; line = strtok_r(NULL, ";\n", &left))
		send_line(line);
	return 0;
}
