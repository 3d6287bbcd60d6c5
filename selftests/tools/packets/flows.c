// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sends the packets of many flows, fast: from addresses and ports that need not be this host's own.
 *
 * Packets are made here, checksums included, and sent by raw sockets, so that the host's routes and
 * neighbours are used. Flow K, of N, comes from the K-th pair of address and port of the source,
 * with the address varying first; with a seed, from pairs drawn at random, none of them twice. It
 * goes to one destination after the other.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crc32c.h"

#define DESTINATIONS_MAX 1024
#define PACKET_MAX 1280
#define BATCH 32
/* Some 50 packets under way: no queue between here and the far end overflows. */
#define SEND_BUFFER 20000
#define TTL 64

/* TCP flags and SCTP chunk types, as they stand in the packet. */
#define FLAG_SYN 0x02
#define FLAG_ACK 0x10
/* Both ends begin with this sequence number. */
#define ISN 1000
#define CHUNK_INIT 1

static const char usage[] =
	"Usage: flows [OPTIONS] PROTO SOURCE DESTINATION...\n"
	"Sends packets of many flows. PROTO is udp, tcp or sctp.\n"
	"SOURCE is ADDR[/BITS]@PORT[-PORT]: with /BITS every address of the network.\n"
	"DESTINATION is ADDR@PORT[-PORT].\n"
	"  -n N       flows (default 1)\n"
	"  -m N       packets of each flow: so many rounds (default 1)\n"
	"  -s SEED    draw the sources at random\n"
	"  -f FLAGS   TCP flags, letters of FSRPA (default S)\n"
	"  -a N       what a TCP segment with A acknowledges (default 1001, as after a handshake)\n"
	"  -q N       sequence number of a TCP segment (default 1000, 1001 without S)\n"
	"  -b         the TCP checksum is wrong\n"
	"  -c TYPE    type of the SCTP chunk, a number (default 1, INIT)\n"
	"  -e TYPE    an SCTP chunk of that type, its header alone, comes behind the first one\n"
	"  -l BYTES   of payload (default 0, or as the SCTP chunk wants it)\n";

/* A range of addresses, ascending from @addr, and of ports. */
struct range {
	uint8_t addr[16];
	uint32_t hosts;
	uint32_t port;
	uint32_t ports;
};

struct options {
	uint8_t proto;
	uint8_t flags;
	uint8_t chunk;
	bool random;
	bool damaged;
	bool bundle;
	uint8_t second;
	uint32_t seq;
	uint32_t ack;
	uint32_t seed;
	uint32_t flows;
	uint32_t rounds;
	uint32_t payload;
	int family;
	struct range source;
	struct range destination[DESTINATIONS_MAX];
	uint32_t destinations;
};

struct packet {
	uint32_t len;
	uint8_t bytes[PACKET_MAX] __attribute__((aligned(8)));
};

static uint32_t crc32c(const uint8_t *data, uint32_t len)
{
	uint32_t crc = ~0u;

	while (len--)
		crc = crc >> 8 ^ crc32c_table[(crc ^ *data++) & 0xff];
	return ~crc;
}

/* Sum of 16-bit words, for the Internet checksum; @len is even but for the last piece. */
static uint64_t sum_words(const uint8_t *data, uint32_t len, uint64_t sum)
{
	uint32_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)data[i] << 8 | data[i + 1];
	if (len & 1)
		sum += (uint32_t)data[len - 1] << 8;
	return sum;
}

static uint16_t sum_fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum & 0xffff);
}

static uint32_t addr_len(int family)
{
	return family == AF_INET ? 4 : 16;
}

/* The @n-th address after the first one of a range. */
static void addr_at(uint8_t *to, const struct range *range, int family, uint32_t n)
{
	uint32_t i = addr_len(family);

	memcpy(to, range->addr, i);
	while (n && i--) {
		n += to[i];
		to[i] = n & 0xff;
		n >>= 8;
	}
}

/* A permutation of the numbers below 2^bits. */
static uint32_t scramble(uint32_t x, uint32_t bits, uint32_t seed)
{
	uint32_t mask = bits == 32 ? ~0u : (1u << bits) - 1;
	int i;

	for (i = 0; i < 3; i++) {
		x = (x + seed) & mask;
		x = (x * 0x9e3779b1u) & mask;
		x ^= x >> (bits / 2 + 1);
	}
	return x;
}

/* Which of the pairs of the source flow @k has. */
static uint64_t pair_of_flow(const struct options *o, uint32_t k)
{
	uint64_t pairs = (uint64_t)o->source.hosts * o->source.ports;
	uint32_t bits = 1;
	uint32_t x = k;

	if (!o->random)
		return k % pairs;
	while (bits < 32 && 1ull << bits < pairs)
		bits++;
	do
		x = scramble(x, bits, o->seed);
	while (x >= pairs);
	return x;
}

/* Put the IP header before the transport header; return the sum of the pseudo header. */
static uint64_t put_ip(const struct options *o, struct packet *p, const uint8_t *source,
		       const uint8_t *destination, uint32_t len)
{
	uint32_t alen = addr_len(o->family);

	if (o->family == AF_INET) {
		struct iphdr *ip = (void *)p->bytes;

		*ip = (struct iphdr){ .version = 4, .ihl = 5, .ttl = TTL, .protocol = o->proto,
				      .frag_off = htons(IP_DF) };
		ip->tot_len = htons(sizeof(*ip) + len);
		memcpy(&ip->saddr, source, alen);
		memcpy(&ip->daddr, destination, alen);
		ip->check = sum_fold(sum_words(p->bytes, sizeof(*ip), 0));
		p->len = sizeof(*ip) + len;
	} else {
		struct ip6_hdr *ip = (void *)p->bytes;

		memset(ip, 0, sizeof(*ip));
		ip->ip6_vfc = 6 << 4;
		ip->ip6_plen = htons(len);
		ip->ip6_nxt = o->proto;
		ip->ip6_hlim = TTL;
		memcpy(&ip->ip6_src, source, alen);
		memcpy(&ip->ip6_dst, destination, alen);
		p->len = sizeof(*ip) + len;
	}
	return sum_words(source, alen, sum_words(destination, alen, o->proto + len));
}

static uint32_t header_len(const struct options *o)
{
	switch (o->proto) {
	case IPPROTO_TCP:
		return sizeof(struct tcphdr);
	case IPPROTO_UDP:
		return sizeof(struct udphdr);
	default:
		/* common header, chunk header, and of an INIT what must follow */
		return 12 + 4 + (o->chunk == CHUNK_INIT ? 16 : 0) + (o->bundle ? 4 : 0);
	}
}

static void put_sctp(const struct options *o, uint8_t *th, uint32_t len)
{
	uint32_t *word = (void *)th;
	uint32_t crc;

	/* an INIT has no verification tag, but the one to come; windows and streams are any */
	if (o->chunk == CHUNK_INIT) {
		word[4] = htonl(0x12345678);
		word[5] = htonl(65536);
		word[6] = htonl(10 << 16 | 10);
		word[7] = htonl(1);
	} else {
		word[1] = htonl(0x12345678);
	}
	if (o->bundle) {
		word[len / 4 - 1] = htonl((uint32_t)o->second << 24 | 4);
		word[3] = htonl((uint32_t)o->chunk << 24 | (len - 12 - 4));
	} else {
		word[3] = htonl((uint32_t)o->chunk << 24 | (len - 12));
	}
	crc = crc32c(th, len);
	/* least significant byte first (RFC 9260, appendix A) */
	th[8] = crc;
	th[9] = crc >> 8;
	th[10] = crc >> 16;
	th[11] = crc >> 24;
}

/* The transport header, its ports set and the rest zero; @sum is that of the pseudo header. */
static void put_transport(const struct options *o, uint8_t *th, uint32_t len, uint64_t sum)
{
	if (o->proto == IPPROTO_TCP) {
		struct tcphdr *tcp = (void *)th;

		tcp->th_seq = htonl(o->seq ? o->seq : o->flags & FLAG_SYN ? ISN : ISN + 1);
		tcp->th_ack = o->flags & FLAG_ACK ? htonl(o->ack) : 0;
		tcp->th_off = sizeof(*tcp) / 4;
		tcp->th_flags = o->flags;
		tcp->th_win = htons(65535);
		tcp->th_sum = sum_fold(sum_words(th, len, sum)) ^ (o->damaged ? htons(1) : 0);
	} else if (o->proto == IPPROTO_UDP) {
		struct udphdr *udp = (void *)th;

		udp->uh_ulen = htons(len);
		udp->uh_sum = sum_fold(sum_words(th, len, sum));
		if (!udp->uh_sum)
			udp->uh_sum = 0xffff;
	} else {
		put_sctp(o, th, len);
	}
}

static void make(const struct options *o, uint32_t k, struct packet *p, struct sockaddr_storage *to)
{
	const struct range *range = &o->destination[k % o->destinations];
	uint32_t ip_len = o->family == AF_INET ? sizeof(struct iphdr) : sizeof(struct ip6_hdr);
	uint32_t len = header_len(o) + o->payload;
	uint64_t pair = pair_of_flow(o, k);
	uint8_t source[16], destination[16];
	uint16_t *port = (void *)(p->bytes + ip_len);

	addr_at(source, &o->source, o->family, pair % o->source.hosts);
	addr_at(destination, range, o->family, 0);
	memset(p->bytes, 0, sizeof(p->bytes));
	port[0] = htons(o->source.port + pair / o->source.hosts);
	port[1] = htons(range->port + k / o->destinations % range->ports);
	put_transport(o, p->bytes + ip_len, len, put_ip(o, p, source, destination, len));
	memset(to, 0, sizeof(*to));
	to->ss_family = o->family;
	if (o->family == AF_INET)
		memcpy(&((struct sockaddr_in *)to)->sin_addr, destination, 4);
	else
		memcpy(&((struct sockaddr_in6 *)to)->sin6_addr, destination, 16);
}

static int open_socket(int family)
{
	int size = SEND_BUFFER, s = socket(family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);

	if (s < 0)
		err(1, "cannot open a raw socket");
	if (setsockopt(s, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)))
		err(1, "cannot set the size of the send buffer");
	return s;
}

static void send_all(int s, struct mmsghdr *msg, unsigned int n)
{
	while (n) {
		int sent = sendmmsg(s, msg, n, 0);

		if (sent < 0)
			err(1, "cannot send");
		msg += sent;
		n -= sent;
	}
}

static void send_round(const struct options *o, int s)
{
	static struct packet packet[BATCH];
	static struct sockaddr_storage to[BATCH];
	socklen_t len = o->family == AF_INET ? sizeof(struct sockaddr_in) :
					       sizeof(struct sockaddr_in6);
	struct mmsghdr msg[BATCH];
	struct iovec iov[BATCH];
	uint32_t k, n;

	for (k = 0; k < o->flows; k += n) {
		for (n = 0; n < BATCH && k + n < o->flows; n++) {
			make(o, k + n, &packet[n], &to[n]);
			iov[n] = (struct iovec){ packet[n].bytes, packet[n].len };
			msg[n] = (struct mmsghdr){ .msg_hdr = {
				.msg_name = &to[n],
				.msg_namelen = len,
				.msg_iov = &iov[n],
				.msg_iovlen = 1,
			} };
		}
		send_all(s, msg, n);
	}
}

static uint32_t number(const char *text, uint32_t max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 0);

	if (!*text || *end || n > max)
		errx(2, "invalid number \"%s\" (valid: 0 to %u)", text, max);
	return n;
}

static void read_ports(char *text, struct range *range)
{
	char *last = strchr(text, '-');

	if (last)
		*last++ = '\0';
	range->port = number(text, 65535);
	range->ports = 1;
	if (last)
		range->ports = number(last, 65535) - range->port + 1;
	if (!range->ports || range->ports > 65536)
		errx(2, "the ports do not ascend");
}

/* ADDR[/BITS]@PORT[-PORT] */
static void read_range(const char *word, struct range *range, int *family)
{
	char text[128], *at, *bits;
	uint32_t width;
	int is;

	snprintf(text, sizeof(text), "%s", word);
	at = strchr(text, '@');
	if (!at)
		errx(2, "\"%s\" lacks @PORT", word);
	*at++ = '\0';
	bits = strchr(text, '/');
	if (bits)
		*bits++ = '\0';
	is = strchr(text, ':') ? AF_INET6 : AF_INET;
	if (*family && *family != is)
		errx(2, "addresses of different families");
	*family = is;
	if (inet_pton(is, text, range->addr) != 1)
		errx(2, "invalid address \"%s\"", text);
	width = 8 * addr_len(is) - (bits ? number(bits, 8 * addr_len(is)) : 8 * addr_len(is));
	if (width > 24)
		errx(2, "the network is larger than 24 bits");
	range->hosts = 1u << width;
	read_ports(at, range);
}

static uint8_t read_flags(const char *text)
{
	static const char letters[] = "FSRPA";
	uint8_t flags = 0;

	for (; *text; text++) {
		const char *letter = strchr(letters, *text);

		if (!letter)
			errx(2, "invalid TCP flag \"%c\" (valid: %s)", *text, letters);
		flags |= 1 << (letter - letters);
	}
	return flags;
}

static uint8_t read_proto(const char *word)
{
	if (!strcmp(word, "udp"))
		return IPPROTO_UDP;
	if (!strcmp(word, "tcp"))
		return IPPROTO_TCP;
	if (!strcmp(word, "sctp"))
		return IPPROTO_SCTP;
	errx(2, "invalid protocol \"%s\" (valid: tcp, udp, sctp)", word);
}

static void read_options(struct options *o, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "n:m:s:f:a:q:bc:e:l:h")) != -1) {
		switch (c) {
		case 'n':
			o->flows = number(optarg, 1u << 30);
			break;
		case 'm':
			o->rounds = number(optarg, 1u << 30);
			break;
		case 's':
			o->random = true;
			o->seed = number(optarg, UINT32_MAX);
			break;
		case 'f':
			o->flags = read_flags(optarg);
			break;
		case 'a':
			o->ack = number(optarg, UINT32_MAX);
			break;
		case 'q':
			o->seq = number(optarg, UINT32_MAX);
			break;
		case 'b':
			o->damaged = true;
			break;
		case 'c':
			o->chunk = number(optarg, 255);
			break;
		case 'e':
			o->second = number(optarg, 255);
			o->bundle = true;
			break;
		case 'l':
			o->payload = number(optarg, 1024);
			break;
		default:
			fputs(usage, c == 'h' ? stdout : stderr);
			exit(c == 'h' ? 0 : 2);
		}
	}
}

static struct options options = {
	.flags = FLAG_SYN,
	.chunk = CHUNK_INIT,
	.ack = ISN + 1,
	.flows = 1,
	.rounds = 1,
};

int main(int argc, char **argv)
{
	struct options *o = &options;
	int s;

	read_options(o, argc, argv);
	argc -= optind;
	argv += optind;
	if (argc < 3 || argc - 2 > DESTINATIONS_MAX) {
		fputs(usage, stderr);
		return 2;
	}
	o->proto = read_proto(argv[0]);
	read_range(argv[1], &o->source, &o->family);
	for (argc -= 2, argv += 2; argc; argc--, argv++)
		read_range(*argv, &o->destination[o->destinations++], &o->family);
	if (o->random && o->flows > (uint64_t)o->source.hosts * o->source.ports)
		errx(2, "the source has fewer pairs than there are flows");
	crc32c_init();
	s = open_socket(o->family);
	while (o->rounds--)
		send_round(o, s);
	close(s);
	return 0;
}
