// SPDX-License-Identifier: GPL-2.0-only
/* Forged probes of links (BFD, S-BFD): receives true ones, and sends similar ones. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <inttypes.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "inet_sum.h"

#define PORT 3784
#define SOURCE_PORT 49152
#define REFLECTOR_PORT 7784
#define FROM_BALANCER 0x534C4221
#define FROM_RELAY 0x534C4222
#define PROBE_LEN 88
/* With the flags of a balancer, at this offset. */
#define WHOLE_LEN 108
#define FLAGS_AT 104
/* Probes are sent so often, and the file is read so often, in milliseconds. */
#define INTERVAL 100
#define TICK 20
/* Patience with a true probe, in seconds. */
#define HEAR_TIMEOUT 20

static const char usage[] =
	"Usage: probes hear DEV FILE\n"
	"         keeps the payload of a probe that arrives on DEV (IPv4)\n"
	"       probes say SRC DST TTL FILE\n"
	"         sends this payload again\n"
	"       probes forge SRC DST TTL KIND... [-- SRC DST TTL KIND...]\n"
	"         sends a probe of each kind, of either family; KIND is\n"
	"  down, admin-down, up     without the receiver's number, as at the beginning\n"
	"  wrong-number             down, with a number that is not the receiver's\n"
	"  wrong-sum                down, with a bad UDP checksum\n"
	"  cut, random              too short; random bytes\n"
	"  ask, ask-wrong-number, ask-wrong-sum, ask-reflector, ask-undemanding\n"
	"                           a valid request (S-BFD), and requests with one fault\n"
	"  answer, answer-down      up and admin-down, to a request that the receiver has not sent\n"
	"SRC need not be an address of this host.\n"
	"       probes keep FILE SRC DST [SRC DST]...\n"
	"         keeps sessions with a relay from addresses of this host, as a balancer does. FILE\n"
	"         has its number and its flags; while it is empty, no probe is sent. Another number\n"
	"         begins new sessions, as after a restart\n";

struct ends {
	int family;
	uint8_t src[16], dst[16];
	unsigned int ttl;
};

static size_t addr_len(const struct ends *e)
{
	return e->family == AF_INET ? 4 : 16;
}

static void read_ends(char **words, struct ends *e)
{
	e->family = strchr(words[1], ':') ? AF_INET6 : AF_INET;
	if (inet_pton(e->family, words[0], e->src) != 1 ||
	    inet_pton(e->family, words[1], e->dst) != 1)
		errx(2, "invalid address \"%s\" or \"%s\"", words[0], words[1]);
	e->ttl = atoi(words[2]);
}

static uint16_t udp_sum(const struct ends *e, const uint8_t *udp, size_t len)
{
	uint32_t value = IPPROTO_UDP + len;

	value = inet_add(e->src, addr_len(e), value);
	value = inet_add(e->dst, addr_len(e), value);
	return inet_fold(inet_add(udp, len, value)) ?: 0xffff;
}

static void transmit(const struct ends *e, const uint8_t *packet, size_t len)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	bool v4 = e->family == AF_INET;
	int s = socket(e->family, SOCK_RAW, IPPROTO_RAW);

	memcpy(&in.sin_addr, e->dst, 4);
	memcpy(&in6.sin6_addr, e->dst, 16);
	if (s < 0 || sendto(s, packet, len, 0, v4 ? (void *)&in : (void *)&in6,
			    v4 ? sizeof(in) : sizeof(in6)) < 0)
		err(1, "cannot send");
	close(s);
}

/* Send a probe. @spoil is put into its checksum by XOR. */
static void say(const struct ends *e, const uint8_t *payload, size_t len, uint16_t spoil,
		unsigned int sport, unsigned int dport)
{
	static uint8_t packet[2048];
	size_t head = e->family == AF_INET ? 20 : 40;
	uint8_t *udp = packet + head;

	memset(packet, 0, sizeof(packet));
	len += 8;
	set16(udp, sport);
	set16(udp + 2, dport);
	set16(udp + 4, len);
	memcpy(udp + 8, payload, len - 8);
	set16(udp + 6, udp_sum(e, udp, len) ^ spoil);
	if (e->family == AF_INET) {
		set16(packet, 0x45c0);
		set16(packet + 2, head + len);
		set16(packet + 6, 0x4000);
		packet[8] = e->ttl;
		packet[9] = IPPROTO_UDP;
	} else {
		set32(packet, 0x6c000000);
		set16(packet + 4, len);
		packet[6] = IPPROTO_UDP;
		packet[7] = e->ttl;
	}
	memcpy(packet + head - 2 * addr_len(e), e->src, addr_len(e));
	memcpy(packet + head - addr_len(e), e->dst, addr_len(e));
	transmit(e, packet, head + len);
}

static uint32_t reflector_number(const struct ends *e, const uint8_t *addr)
{
	uint32_t number = 0, word;
	size_t i;

	for (i = 0; i < addr_len(e); i += 4) {
		memcpy(&word, addr + i, 4);
		number ^= ntohl(word);
	}
	return number;
}

static bool begins(const char *kind, const char *with)
{
	return !strncmp(kind, with, strlen(with));
}

static unsigned int state_of(const char *kind)
{
	if (!strcmp(kind, "admin-down") || !strcmp(kind, "answer-down"))
		return 0;
	return !strcmp(kind, "up") || !strcmp(kind, "answer") ? 3 : 1;
}

static void fill(const struct ends *e, const char *kind, uint8_t *probe)
{
	bool asks = begins(kind, "ask"), answers = begins(kind, "answer");
	unsigned int demand = asks && strcmp(kind, "ask-undemanding") ? 2 : 0;
	uint32_t number = 0;

	if (asks)
		number = reflector_number(e, e->dst) ^ !strcmp(kind, "ask-wrong-number");
	else if (answers || !strcmp(kind, "wrong-number"))
		number = 0x12345678;
	memset(probe, 0, PROBE_LEN);
	/* version 1, and the diagnostic of a session that is down by administration */
	probe[0] = 1 << 5 | (state_of(kind) ? 0 : 7);
	probe[1] = state_of(kind) << 6 | demand;
	probe[2] = 3;
	probe[3] = 24;
	set32(probe + 4, answers ? reflector_number(e, e->src) : 0x11223344);
	set32(probe + 8, number);
	set32(probe + 12, 1000000);
	set32(probe + 16, 100000);
	/* of the addresses of a link the relay has the odd one */
	set32(probe + 24, e->dst[addr_len(e) - 1] % 2 ? FROM_BALANCER : FROM_RELAY);
	if (!strcmp(kind, "random") && getrandom(probe, PROBE_LEN, 0) != PROBE_LEN)
		err(1, "getrandom");
}

static void forge_one(const struct ends *e, const char *kind)
{
	static const char *const kinds[] = {
		"down", "admin-down", "up", "wrong-number", "wrong-sum", "cut", "random", "ask",
		"ask-wrong-number", "ask-wrong-sum", "ask-reflector", "ask-undemanding", "answer",
		"answer-down",
	};
	unsigned int i, sport = SOURCE_PORT, dport = PORT;
	const char *wrong_sum = strstr(kind, "wrong-sum");
	uint8_t probe[PROBE_LEN];

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && strcmp(kind, kinds[i]); i++)
		;
	if (i == sizeof(kinds) / sizeof(kinds[0]))
		errx(2, "invalid kind \"%s\"", kind);
	if (!strcmp(kind, "ask-reflector") || begins(kind, "answer"))
		sport = REFLECTOR_PORT;
	if (begins(kind, "ask"))
		dport = REFLECTOR_PORT;
	else if (begins(kind, "answer"))
		dport = SOURCE_PORT;
	fill(e, kind, probe);
	say(e, probe, strcmp(kind, "cut") ? PROBE_LEN : 30, wrong_sum ? 0x5555 : 0, sport, dport);
}

static void forge(char **words)
{
	struct ends e;

	while (*words) {
		if (!words[1] || !words[2])
			errx(2, "SRC, DST and TTL are needed");
		read_ends(words, &e);
		for (words += 3; *words && strcmp(*words, "--"); words++)
			forge_one(&e, *words);
		if (*words)
			words++;
	}
}

static void hear(const char *dev, const char *path)
{
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IP),
		.sll_ifindex = if_nametoindex(dev),
	};
	struct timeval timeout = { .tv_sec = HEAR_TIMEOUT };
	int s = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_IP));
	socklen_t len = sizeof(at);
	uint8_t packet[2048];
	FILE *file;
	ssize_t n;

	if (s < 0 || !at.sll_ifindex || bind(s, (void *)&at, sizeof(at)) ||
	    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)))
		err(1, "cannot capture on %s", dev);
	do {
		n = recvfrom(s, packet, sizeof(packet), 0, (void *)&at, &len);
		if (n < 0)
			err(1, "no probe arrives");
	} while (n < 28 || at.sll_pkttype != PACKET_HOST || packet[9] != IPPROTO_UDP ||
		 (packet[22] << 8 | packet[23]) != PORT);
	file = fopen(path, "w");
	if (!file || fwrite(packet + 28, n - 28, 1, file) != 1 || fclose(file))
		err(1, "cannot write %s", path);
}

static void say_again(char **words)
{
	FILE *file = fopen(words[3], "r");
	uint8_t payload[1024];
	struct ends e;
	size_t n;

	read_ends(words, &e);
	if (!file)
		err(1, "cannot read %s", words[3]);
	n = fread(payload, 1, sizeof(payload), file);
	fclose(file);
	say(&e, payload, n, 0, SOURCE_PORT, PORT);
}

struct session {
	struct ends e;
	int s;
	unsigned int state;
	uint8_t theirs[4];
};

static int receiver(const struct ends *e)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int s = socket(e->family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	bool v4 = e->family == AF_INET;

	memcpy(&in.sin_addr, e->src, 4);
	memcpy(&in6.sin6_addr, e->src, 16);
	if (s < 0 || bind(s, v4 ? (void *)&in : (void *)&in6, v4 ? sizeof(in) : sizeof(in6)))
		err(1, "cannot receive probes");
	return s;
}

/* What the relay has sent since the last time. Return: an answer is due at once. */
static bool answer_due(struct session *session)
{
	unsigned int was = session->state, theirs;
	uint8_t packet[1024];

	while (recv(session->s, packet, sizeof(packet), 0) >= PROBE_LEN) {
		theirs = packet[1] >> 6;
		memcpy(session->theirs, packet + 4, 4);
		if (theirs <= 1)
			session->state = session->state == 3 ? 1 : 2;
		else
			session->state = 3;
	}
	return session->state != was;
}

static void send_probe(const struct session *session, uint32_t number, uint32_t flags, uint32_t seq)
{
	uint8_t probe[WHOLE_LEN] = { 1 << 5, session->state << 6, 3, 24 };

	set32(probe + 4, number);
	memcpy(probe + 8, session->theirs, 4);
	set32(probe + 12, INTERVAL * 1000);
	set32(probe + 16, INTERVAL * 1000);
	set32(probe + 24, FROM_BALANCER);
	set32(probe + 28, seq);
	set32(probe + 36, seq);
	set32(probe + FLAGS_AT, flags);
	say(&session->e, probe, sizeof(probe), 0, SOURCE_PORT, PORT);
}

static bool read_orders(const char *path, uint32_t *number, uint32_t *flags)
{
	FILE *file = fopen(path, "r");
	bool ok;

	if (!file)
		return false;
	ok = fscanf(file, "%" SCNu32 " %" SCNu32, number, flags) == 2;
	fclose(file);
	return ok;
}

static void begin_again(struct session *session, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		session[i].state = 1;
		memset(session[i].theirs, 0, sizeof(session[i].theirs));
	}
}

static void keep(const char *path, char **words, unsigned int n)
{
	uint32_t number, flags, was = 0, said = 0, seq = 0, ticks = 0;
	struct session *session = calloc(n, sizeof(*session));
	char *ends[3] = { 0, 0, "255" };
	unsigned int i;
	bool due;

	for (i = 0; session && i < n; i++) {
		memcpy(ends, words + 2 * i, 2 * sizeof(*ends));
		read_ends(ends, &session[i].e);
		session[i].s = receiver(&session[i].e);
	}
	while (session) {
		usleep(TICK * 1000);
		if (!read_orders(path, &number, &flags))
			continue;
		if (number != was)
			begin_again(session, n);
		due = number != was || flags != said || ++ticks % (INTERVAL / TICK) == 0;
		was = number;
		said = flags;
		for (i = 0; i < n; i++)
			if (answer_due(&session[i]) || due)
				send_probe(&session[i], number, flags, ++seq);
	}
}

int main(int argc, char **argv)
{
	if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		fputs(usage, stdout);
	} else if (argc == 4 && !strcmp(argv[1], "hear")) {
		hear(argv[2], argv[3]);
	} else if (argc == 6 && !strcmp(argv[1], "say")) {
		say_again(argv + 2);
	} else if (argc > 4 && argc % 2 && !strcmp(argv[1], "keep")) {
		keep(argv[2], argv + 3, (argc - 3) / 2);
	} else if (argc > 5 && !strcmp(argv[1], "forge")) {
		forge(argv + 2);
	} else {
		fputs(usage, stderr);
		return 2;
	}
	return 0;
}
