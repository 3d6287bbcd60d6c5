/* SPDX-License-Identifier: GPL-2.0-only */
/* The file of checks. */
#ifndef HEALTHD_CONFIG_H
#define HEALTHD_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lines.h"

#define HD_NAME_LEN	32	/* bytes of a name, with its end */
#define HD_SEND_MAX	512	/* bytes of a datagram */

/**
 * enum hd_type - Kinds of checks.
 * @HD_TCP: A connection.
 * @HD_HTTP: A request.
 * @HD_HTTPS: A request over TLS.
 * @HD_UDP: A datagram and its answer.
 * @HD_DNS: A query.
 * @HD_ICMP: An echo request.
 * @HD_AGENT: A connection to an agent, which says a line.
 * @HD_EXEC: A program.
 * @HD_TYPES: Number of them.
 */
enum hd_type {
	HD_TCP,
	HD_HTTP,
	HD_HTTPS,
	HD_UDP,
	HD_DNS,
	HD_ICMP,
	HD_AGENT,
	HD_EXEC,
	HD_TYPES,
};

/**
 * struct hd_check - A line of the file.
 * @group: Group of servers.
 * @type: Kind of check.
 * @port: Port, or 0 for that of the server.
 * @expect_first: First status that is good.
 * @expect_last: Last one.
 * @verify: The certificate has to be valid for @host.
 * @proxy: A PROXY header begins the connection or the datagram.
 * @interval: Milliseconds from one check to the next.
 * @fast_interval: The same while a target changes.
 * @timeout: Milliseconds that a check may take.
 * @rise: Good results that make a target up.
 * @fall: Bad results that make it down.
 * @path: Path of a request.
 * @host: Host of a request, or NULL.
 * @body: Text that the answer has, or NULL.
 * @query: Name to be asked for, or NULL.
 * @send: Payload of a datagram.
 * @send_len: Bytes of @send.
 * @words: Words of a command, ended by NULL; or NULL.
 * @key: All that is said of the check but the group, as text; equal for equal checks.
 * @line: Its line in the file.
 */
struct hd_check {
	char group[HD_NAME_LEN];
	enum hd_type type;
	uint16_t port;
	uint16_t expect_first;
	uint16_t expect_last;
	bool verify;
	bool proxy;
	uint32_t interval;
	uint32_t fast_interval;
	uint32_t timeout;
	uint32_t rise;
	uint32_t fall;
	char *path;
	char *host;
	char *body;
	char *query;
	uint8_t *send;
	size_t send_len;
	char **words;
	char *key;
	unsigned int line;
};

/**
 * struct hd_config - The checks of a file.
 * @check: The checks.
 * @count: Number of them.
 */
struct hd_config {
	struct hd_check *check;
	size_t count;
};

extern const char *const hd_type_names[HD_TYPES];

int hd_config_read(struct hd_config *config, const char *path, dm_fault *fault);
void hd_config_free(struct hd_config *config);
bool hd_check_uses(const struct hd_check *check, const char *place);

/* config_words.c */
int hd_check_read(struct hd_check *check, char **words, int count, struct ctl_fault *fault);
void hd_check_free(struct hd_check *check);

#endif
