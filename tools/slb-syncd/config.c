// SPDX-License-Identifier: GPL-2.0-only
/* Reads the file of the daemon: all of it, or nothing when a line is wrong. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Words of the first place; the order is that of words[]. */
enum word {
	WORD_NAME,
	WORD_LISTEN,
	WORD_PEER,
	WORD_PLAIN,
	WORD_ROLE,
};

/* The words of a line that are still to be read. */
struct reading {
	struct ctl_fault *fault;
	char **word;
	int count;
};

/**
 * sy_addr_equal() - Are two addresses the same?
 * @one: An address.
 * @other: Another one.
 *
 * Return: Whether they are.
 */
bool sy_addr_equal(const struct ctl_addr *one, const struct ctl_addr *other)
{
	return one->family == other->family &&
	       !memcmp(one->bytes, other->bytes, ctl_addr_len(one));
}

static const char *next(struct reading *reading)
{
	if (!reading->count)
		return NULL;
	reading->count--;
	return *reading->word++;
}

static int read_port(struct reading *reading, uint16_t *to)
{
	const char *word = next(reading);
	uint32_t port;

	if (!word)
		return ctl_fault_set(reading->fault, "\"port\" needs a value: N");
	if (*to)
		return ctl_fault_set(reading->fault, "\"port\" is given twice");
	if (ctl_parse_number(word, "port", 1, UINT16_MAX, &port, reading->fault))
		return -1;
	*to = (uint16_t)port;
	return 0;
}

static int read_dev(struct reading *reading, char *to)
{
	const char *word = next(reading);

	if (!word)
		return ctl_fault_set(reading->fault, "\"dev\" needs a value: DEV");
	if (*to)
		return ctl_fault_set(reading->fault, "\"dev\" is given twice");
	if (ctl_parse_dev(word, reading->fault))
		return -1;
	strcpy(to, word);
	return 0;
}

/* Keywords behind an address; @dev is NULL where no device can be given. */
static int read_keywords(struct reading *reading, uint16_t *port, char *dev)
{
	const char *word;

	while ((word = next(reading))) {
		if (!strcmp(word, "port")) {
			if (read_port(reading, port))
				return -1;
		} else if (dev && !strcmp(word, "dev")) {
			if (read_dev(reading, dev))
				return -1;
		} else {
			return ctl_fault_set(reading->fault, "invalid keyword \"%s\" (valid: %s)",
					     word, dev ? "port, dev" : "port");
		}
	}
	if (!*port)
		*port = SY_PORT;
	return 0;
}

static int read_addr(struct reading *reading, struct ctl_addr *addr)
{
	const char *word = next(reading);

	if (!word)
		return ctl_fault_set(reading->fault, "ADDR is missing");
	return ctl_parse_addr(word, addr, reading->fault);
}

static int read_name(struct reading *reading, const char *what, char *to)
{
	const char *word = next(reading);

	if (!word)
		return ctl_fault_set(reading->fault, "NAME is missing");
	if (ctl_parse_name(word, what, reading->fault))
		return -1;
	strcpy(to, word);
	return 0;
}

static int end_line(const struct reading *reading)
{
	if (!reading->count)
		return 0;
	return ctl_fault_set(reading->fault, "unexpected word \"%s\"", *reading->word);
}

/* ---- lines */

static int read_listen(struct sy_config *config, struct reading *reading)
{
	struct sy_address address = { .port = 0 };
	size_t i;

	if (read_addr(reading, &address.addr) ||
	    read_keywords(reading, &address.port, address.dev))
		return -1;
	for (i = 0; i < config->listens; i++)
		if (sy_addr_equal(&config->listen[i].addr, &address.addr))
			return ctl_fault_set(reading->fault, "the same address is in another line");
	if (config->listens == SY_LISTEN_MAX)
		return ctl_fault_set(reading->fault, "there are more than %d lines \"listen\"",
				     SY_LISTEN_MAX);
	config->listen[config->listens++] = address;
	return 0;
}

static int read_peer(struct sy_config *config, unsigned int line, struct reading *reading)
{
	struct sy_node node = { .line = line };
	size_t i;

	if (read_name(reading, "peer", node.name) || read_addr(reading, &node.addr) ||
	    read_keywords(reading, &node.port, NULL))
		return -1;
	for (i = 0; i < config->peers; i++) {
		const struct sy_node *other = &config->peer[i];

		if (!strcmp(other->name, node.name))
			return ctl_fault_set(reading->fault, "peer \"%s\" is in line %u, too",
					     node.name, other->line);
		if (sy_addr_equal(&other->addr, &node.addr))
			return ctl_fault_set(reading->fault,
					     "peer \"%s\" in line %u has the same address",
					     other->name, other->line);
	}
	if (config->peers == SY_PEERS_MAX)
		return ctl_fault_set(reading->fault, "there are more than %d peers", SY_PEERS_MAX);
	config->peer[config->peers++] = node;
	return 0;
}

static int read_plain(struct sy_config *config, struct reading *reading)
{
	const char *word = next(reading);

	if (!word)
		return ctl_fault_set(reading->fault, "\"plain\" needs a value: yes|no");
	return dm_read_bool(word, "plain", &config->plain, reading->fault) ? -1 : end_line(reading);
}

static int read_role(struct sy_config *config, struct reading *reading)
{
	const char *word = next(reading);

	if (!word)
		return ctl_fault_set(reading->fault, "\"role\" needs a value: balancer or relay");
	if (!strcmp(word, "relay"))
		config->role = SY_RELAY;
	else if (strcmp(word, "balancer"))
		return ctl_fault_set(reading->fault,
				     "invalid role \"%s\" (valid: balancer, relay)", word);
	return end_line(reading);
}

static int find_word(const char *word)
{
	static const char *const words[] = {
		[WORD_NAME] = "name",
		[WORD_LISTEN] = "listen",
		[WORD_PEER] = "peer",
		[WORD_PLAIN] = "plain",
		[WORD_ROLE] = "role",
	};
	int i;

	for (i = 0; i <= WORD_ROLE; i++)
		if (!strcmp(words[i], word))
			return i;
	return -1;
}

static int read_line(void *data, unsigned int line, char **words, int count,
		     struct ctl_fault *fault)
{
	struct reading reading = { .fault = fault, .word = words + 1, .count = count - 1 };
	struct sy_config *config = data;
	int word = find_word(words[0]);

	if (word == WORD_LISTEN)
		return read_listen(config, &reading);
	if (word == WORD_PEER)
		return read_peer(config, line, &reading);
	if (word < 0)
		return ctl_fault_set(fault, "invalid word \"%s\" (valid: name, role, listen, peer, plain)",
				     words[0]);
	if (config->given & 1U << word)
		return ctl_fault_set(fault, "\"%s\" is given twice", words[0]);
	config->given |= 1U << word;
	if (word == WORD_PLAIN)
		return read_plain(config, &reading);
	if (word == WORD_ROLE)
		return read_role(config, &reading);
	return read_name(&reading, "host", config->name) ? -1 : end_line(&reading);
}

/* ---- the whole file */

static int use_host_name(struct sy_config *config, struct ctl_fault *fault)
{
	char name[256] = "";

	gethostname(name, sizeof(name) - 1);
	/* the domain is no part of it */
	name[strcspn(name, ".")] = '\0';
	if (ctl_parse_name(name, "host", fault))
		return -1;
	strcpy(config->name, name);
	return 0;
}

static bool has_family(const struct sy_config *config, int family)
{
	size_t i;

	for (i = 0; i < config->listens; i++)
		if (config->listen[i].addr.family == family)
			return true;
	return false;
}

static int check_peer(const struct sy_config *config, const struct sy_node *peer,
		      struct ctl_fault *fault)
{
	size_t i;

	if (!strcmp(peer->name, config->name))
		return ctl_fault_set(fault, "peer \"%s\" has the name of this host",
				     peer->name);
	for (i = 0; i < config->listens; i++)
		if (sy_addr_equal(&config->listen[i].addr, &peer->addr))
			return ctl_fault_set(fault, "peer \"%s\" has an address of this host",
					     peer->name);
	if (!has_family(config, peer->addr.family))
		return ctl_fault_set(fault, "peer \"%s\" has an %s address, but no line \"listen\" has one",
				     peer->name, ctl_addr_family(&peer->addr));
	return 0;
}

static int check_whole(struct sy_config *config, const char *path, dm_fault *say)
{
	char text[sizeof(struct ctl_fault) + 256];
	struct ctl_fault fault;
	int bad = 0;
	size_t i;

	if (!*config->name && use_host_name(config, &fault))
		bad = -1;
	else if (!config->listens)
		bad = ctl_fault_set(&fault, "a line \"listen\" is missing");
	else if (!config->peers)
		bad = ctl_fault_set(&fault, "a line \"peer\" is missing");
	if (bad) {
		snprintf(text, sizeof(text), "%.200s: %s", path, fault.text);
		say(text);
		return -1;
	}
	for (i = 0; i < config->peers; i++) {
		if (!check_peer(config, &config->peer[i], &fault))
			continue;
		snprintf(text, sizeof(text), "%.200s:%u: %s", path, config->peer[i].line,
			 fault.text);
		say(text);
		bad = -1;
	}
	return bad;
}

/**
 * sy_config_read() - Read a file.
 * @config: Where to put what it says; not to be used when the file has a fault.
 * @path: The file.
 * @fault: Called for each fault, with limits as for dm_lines_read().
 *
 * Return: 0 or -1.
 */
int sy_config_read(struct sy_config *config, const char *path, dm_fault *fault)
{
	memset(config, 0, sizeof(*config));
	if (dm_lines_read(path, read_line, config, fault))
		return -1;
	return check_whole(config, path, fault);
}
