// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes the simulated kernel of a test, or shows it. Each change but that of a route is an event.
 *
 *	fake FILE init			a new one: announce is 1
 *	fake FILE vip ADDR 0|1		add a VIP, or change whether it is usable
 *	fake FILE many COUNT 0|1	the same for COUNT VIPs, 10.50.0.0 and so on
 *	fake FILE del ADDR		delete a VIP
 *	fake FILE range FIRST LAST	the return range
 *	fake FILE route PREFIX LEN TABLE PROTOCOL
 *					somebody adds a blackhole route
 *	fake FILE unroute PREFIX LEN	somebody deletes routes
 *	fake FILE set NAME VALUE	unloaded, announce, down, refuses, interrupted, lost
 *	fake FILE get NAME		the same, and vips, adds, dels, dumps
 *	fake FILE routes TABLE PROTOCOL	show them
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fake.h"

static struct fake *fake;

static int map(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0 || ftruncate(fd, sizeof(*fake)))
		return -1;
	fake = mmap(NULL, sizeof(*fake), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return fake == MAP_FAILED ? -1 : 0;
}

static uint8_t read_addr(const char *word, uint8_t *addr)
{
	memset(addr, 0, 16);
	if (inet_pton(AF_INET, word, addr) == 1)
		return 4;
	return inet_pton(AF_INET6, word, addr) == 1 ? 16 : 0;
}

static void set_vip(uint8_t len, const uint8_t *addr, uint8_t usable)
{
	uint32_t i;

	for (i = 0; i < fake->vips; i++)
		if (fake->vip[i].len == len && !memcmp(fake->vip[i].addr, addr, 16))
			break;
	if (i == FAKE_VIPS)
		return;
	fake->vip[i].len = len;
	memcpy(fake->vip[i].addr, addr, 16);
	fake->vip[i].usable = usable;
	if (i == fake->vips)
		fake->vips++;
}

static void del_vip(const uint8_t *addr)
{
	uint32_t i;

	for (i = 0; i < fake->vips; i++)
		if (!memcmp(fake->vip[i].addr, addr, 16))
			fake->vip[i--] = fake->vip[--fake->vips];
}

static void many(unsigned int count, uint8_t usable)
{
	uint8_t addr[16] = { 10, 50 };
	unsigned int i;

	for (i = 0; i < count; i++) {
		addr[2] = (uint8_t)(i >> 8);
		addr[3] = (uint8_t)i;
		set_vip(4, addr, usable);
	}
}

static void add_route(char **word)
{
	struct fake_route *route = fake->route;

	while (route->family)
		route++;
	route->family = read_addr(word[0], route->addr) == 4 ? AF_INET : AF_INET6;
	route->len = (uint8_t)atoi(word[1]);
	route->table = (uint32_t)atoi(word[2]);
	route->protocol = (uint8_t)atoi(word[3]);
	route->type = RTN_BLACKHOLE;
}

static void del_routes(const char *word, int len)
{
	uint8_t addr[16];
	int i;

	read_addr(word, addr);
	for (i = 0; i < FAKE_ROUTES; i++)
		if (fake->route[i].len == len && !memcmp(fake->route[i].addr, addr, 16))
			fake->route[i].family = 0;
}

static void show_routes(uint32_t table, int protocol)
{
	char text[INET6_ADDRSTRLEN];
	int i;

	for (i = 0; i < FAKE_ROUTES; i++) {
		const struct fake_route *route = &fake->route[i];

		if (route->family && route->table == table && route->protocol == protocol)
			printf("%s/%u\n", inet_ntop(route->family, route->addr, text, sizeof(text)),
			       route->len);
	}
}

static uint32_t *number(const char *name)
{
	static const char *const names[] = { "unloaded", "announce", "down", "refuses",
		"interrupted", "lost", "vips", "adds", "dels", "dumps" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(names[i], name))
			return &fake->unloaded + i;
	fprintf(stderr, "no number %s\n", name);
	exit(1);
}

/* The daemon waits at a FIFO beside the file. */
static void announce_event(const char *path)
{
	char fifo[4096];
	int fd;

	snprintf(fifo, sizeof(fifo), "%s.events", path);
	fd = open(fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0 && write(fd, "e", 1) < 0)
		perror(fifo);
}

static void change(int count, char **word)
{
	uint8_t addr[16], len;

	if (!strcmp(word[0], "init")) {
		memset(fake, 0, sizeof(*fake));
		fake->announce = 1;
	} else if (!strcmp(word[0], "vip") && count == 3) {
		len = read_addr(word[1], addr);
		set_vip(len, addr, (uint8_t)atoi(word[2]));
	} else if (!strcmp(word[0], "many") && count == 3) {
		many((unsigned int)atoi(word[1]), (uint8_t)atoi(word[2]));
	} else if (!strcmp(word[0], "del") && count == 2) {
		read_addr(word[1], addr);
		del_vip(addr);
	} else if (!strcmp(word[0], "range") && count == 3) {
		inet_pton(AF_INET, word[1], fake->first);
		inet_pton(AF_INET, word[2], fake->last);
	} else if (!strcmp(word[0], "set") && count == 3) {
		*number(word[1]) = (uint32_t)atoi(word[2]);
	} else {
		fprintf(stderr, "what is %s?\n", word[0]);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	if (argc < 3 || map(argv[1]))
		return 1;
	if (!strcmp(argv[2], "get") && argc == 4) {
		printf("%u\n", *number(argv[3]));
	} else if (!strcmp(argv[2], "routes") && argc == 5) {
		show_routes((uint32_t)atoi(argv[3]), atoi(argv[4]));
	} else if (!strcmp(argv[2], "route") && argc == 7) {
		add_route(argv + 3);
	} else if (!strcmp(argv[2], "unroute") && argc == 5) {
		del_routes(argv[3], atoi(argv[4]));
	} else {
		change(argc - 2, argv + 2);
		announce_event(argv[1]);
	}
	return 0;
}
