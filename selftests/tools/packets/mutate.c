// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeps flows of clients and servers alive over relay and balancers, changes one layer of their
 * packets, and judges whatever arrives: zero packets may go to the wrong place or come out wrong.
 *
 * Both ends are made here; the hosts' own stacks are mute. Packet N follows from the seed and N
 * alone (but for the local pairs, which the balancer draws), so that it can be sent again:
 * --first N --packets 1. Each packet has gone its way before the next is sent, or nearly so: what
 * arrives is held against the latest 64 that were sent.
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <stddef.h>
#include <time.h>

#include "mutate_change.h"

/* Packets between two changes of whether there is a capture. */
#define CAPTURE_PERIOD 256
#define OPEN_TRIES 5

static const char usage[] =
	"Usage: mutate [OPTIONS] C1 S1 S2 R B1 B2\n"
	"Sends changed packets of live flows between the namespaces named, and judges what arrives.\n"
	"  --packets N      (default 20000)\n"
	"  --seed S         (default: drawn)\n"
	"  --first N        number of the first packet (default 1)\n"
	"  --fragments 4|6  family of which fragments are sent (default 4)\n"
	"  --slowness N     wait so many times longer for what must arrive\n"
	"Prints a line of counts at the end, or the first wrong packet: then it exits with 1.\n";

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* What changes the state of a connection, whoever sends it: the flow is to be opened anew. */
static void note_state(const struct unit *u)
{
	const uint8_t *l4 = u->frame + ETH_LEN + u->view.l4;
	struct flow *f;

	if (!u->sound || !u->view.ports || u->view.proto == UDP)
		return;
	f = at_server(u->at) ? flow_of_server(&u->view) : flow_of_client(&u->view);
	if (!f || f->opening)
		return;
	if (f->proto == TCP)
		f->dirty |= l4[13] & (FIN | SYN | RST);
	else
		f->dirty |= l4[12] && l4[12] < SHUTDOWN_COMPLETE + 1;
}

static void await(struct unit *u)
{
	double deadline;

	hear();
	if (!u->must || u->arrived)
		return;
	deadline = now() + 5 * slowness;
	while (!u->arrived) {
		if (now() > deadline)
			wrong("it does not arrive", u, NULL);
		ring_wait(10);
		hear();
	}
}

static void send_unit(struct unit *u, struct virtio_net_hdr *vnet)
{
	note_state(u);
	if (port_send(u->at, u->frame, u->len, vnet)) {
		count_sent(u);
		count.must += u->must;
	} else {
		count.refused++;
		u->must = false;
	}
	await(u);
}

/* ---- flows */

static void send_step(struct flow *f, int at, uint32_t kind)
{
	struct virtio_net_hdr vnet = {};
	struct unit *u = unit_new(at);

	unit_plain(u, f, kind, 1 + any(40));
	put_ethernet(u, f->v);
	u->must = true;
	send_unit(u, &vnet);
}

static void open_flow(struct flow *f)
{
	static const uint8_t tcp[] = { SYN, SYN | ACK, ACK, PSH | ACK, PSH | ACK };
	static const uint8_t sctp[] = { INIT, INIT_ACK, COOKIE_ECHO, COOKIE_ACK, DATA };
	const uint8_t *steps = f->proto == SCTP ? sctp : tcp;
	uint32_t i;

	f->known = false;
	f->opening = true;
	for (i = 0; i < 5; i++)
		send_step(f, i % 2 ? f->server : AT_CLIENT, steps[i]);
	f->dirty = false;
}

static void open_flows(void)
{
	static const uint8_t protos[] = { TCP, UDP, SCTP };
	uint32_t i;

	random_begin(seed, 0);
	for (i = 0; i < FLOWS; i++) {
		flows[i].v = i % 2 ? 6 : 4;
		flows[i].proto = protos[i / 2 % 3];
		flows[i].cport = CLIENT_PORT + i;
		open_flow(&flows[i]);
	}
}

/* ---- packets */

/* A link of the flow's balancer is as good a place to send from as the client's device. */
static int any_port(const struct flow *f)
{
	uint32_t n = any(100);

	return n < 35 ? f->server : n < 65 ? AT_CLIENT : n < 80 ? AT_TAP :
					     AT_LINKS + 2 * (f->balancer - 1) + (int)any(2);
}

static void packet_fragments(struct unit *u, struct flow *f)
{
	unit_plain(u, f, f->proto == TCP ? ACK : DATA, 1300 + any(u->at == AT_TAP ? 1200 : 6000));
	put_ethernet(u, f->v);
	u->must = true;
	send_fragments(u);
	count.must += u->must;
	await(u);
}

static void packet_segments(struct unit *u, struct flow *f)
{
	struct virtio_net_hdr vnet = {};
	uint32_t size = 200 + any(1200);

	unit_plain(u, f, PSH | ACK, size + 1 + any(9000 - size));
	put_ethernet(u, f->v);
	u->must = true;
	leave_to_device(u, &vnet, size);
	send_unit(u, &vnet);
}

static void packet_partial(struct unit *u, struct flow *f)
{
	struct virtio_net_hdr vnet = {};

	unit_plain(u, f, PSH | ACK, any_payload(u->at));
	put_ethernet(u, f->v);
	leave_to_device(u, &vnet, 0);
	u->must = !u->odd;
	send_unit(u, &vnet);
}

static void packet_other(struct unit *u, struct flow *f, uint32_t n)
{
	struct virtio_net_hdr vnet = {};

	if (n < 20)
		make_quote(u, f, percent(40));
	else if (n < 24 && !at_server(u->at))
		make_echo(u, f, any_payload(u->at));
	else
		unit_plain(u, f, f->proto == TCP ? PSH | ACK : DATA, any_payload(u->at));
	put_ethernet(u, f->v);
	if (n >= 20)
		u->must = n < 22 || n >= 70;
	if (n >= 22 && !u->must) {
		change(u, f->v);
		if (unwanted(u, f->v)) {
			u->len = 0;
			return;
		}
	}
	send_unit(u, &vnet);
}

static void send_packet(void)
{
	struct flow *f;
	struct unit *u;
	uint32_t n;

	random_begin(seed, number);
	f = &flows[any(FLOWS)];
	n = any(100);
	u = unit_new(any_port(f));
	if (n < 4 && f->v == fragments)
		packet_fragments(u, f);
	else if (n < 7 && f->proto != SCTP && u->at != AT_TAP)
		packet_segments(u, f);
	else if (n < 11 && f->proto != SCTP && u->at != AT_TAP)
		packet_partial(u, f);
	else
		packet_other(u, f, any(100));
	if (f->dirty)
		open_flow(f);
}

static void dirty_flows(void)
{
	uint32_t i;

	for (i = 0; i < FLOWS; i++)
		if (flows[i].dirty)
			open_flow(&flows[i]);
}

/* In half of the time all packets are cloned. */
static void captures_turn(void)
{
	int i;

	for (i = 0; i < TAPS; i++) {
		if (number % (2 * CAPTURE_PERIOD) == 0)
			capture_set(captures[i], true);
		else if (number % CAPTURE_PERIOD == 0)
			capture_set(captures[i], false);
		if (number % 32 == 0)
			capture_empty(captures[i]);
	}
}

static void run(uint64_t first, uint64_t packets)
{
	open_flows();
	for (number = first; number < first + packets; number++) {
		captures_turn();
		send_packet();
		dirty_flows();
	}
	/* every flow lives */
	for (number = 0; number < FLOWS; number++)
		send_step(&flows[number], AT_CLIENT, flows[number].proto == TCP ? ACK : DATA);
	while (hear())
		ring_wait(20);
	if (ring_lost())
		errx(1, "the rings have lost packets");
}

static void tell(void)
{
	const struct {
		const char *word;
		uint64_t n;
	} counts[] = {
		{ "sent", count.sent }, { "refused", count.refused },
		{ "arrived", count.arrived }, { "must", count.must },
		{ "errors", count.errors }, { "segments", count.segments },
		{ "segments-r", count.segments_r },
		{ "otherhost-r", count.otherhost_r }, { "otherhost-b", count.otherhost_b },
		{ "links", count.links }, { "wrong", 0 },
	};
	unsigned int i;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		printf("%s %llu ", counts[i].word, (unsigned long long)counts[i].n);
	printf("\n");
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "packets", 1, NULL, 'p' }, { "seed", 1, NULL, 's' }, { "first", 1, NULL, 'f' },
		{ "fragments", 1, NULL, 'F' }, { "slowness", 1, NULL, 'S' }, {}
	};
	uint64_t packets = 20000, first = 1;
	int option;

	setvbuf(stdout, NULL, _IOLBF, 0);
	seed = time(NULL);
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		uint64_t value = optarg ? strtoull(optarg, NULL, 0) : 0;

		switch (option) {
		case 'p':
			packets = value;
			break;
		case 's':
			seed = value;
			break;
		case 'f':
			first = value;
			break;
		case 'F':
			fragments = value;
			break;
		case 'S':
			slowness = value;
			break;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (argc - optind != 6) {
		fputs(usage, stderr);
		return 2;
	}
	crc32c_init();
	hosts_init();
	ports_open(argv + optind);
	printf("seed %llu\n", (unsigned long long)seed);
	run(first, packets);
	tell();
	return 0;
}
