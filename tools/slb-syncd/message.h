/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages between daemons. All numbers are in network byte order. */
#ifndef SYNCD_MESSAGE_H
#define SYNCD_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/slb_sync.h>

#include "config.h"
#include "range.h"

#define SY_MAGIC	0x534c4253U	/* "SLBS" */
#define SY_PROTOCOL	1		/* version of the messages */
#define SY_TEXT_LEN	128		/* bytes of the text of a refusal, with its end */

/**
 * enum sy_type - Kinds of messages.
 * @SY_HELLO: The first one of each end.
 * @SY_BEGIN: A bulk begins: all sessions follow.
 * @SY_RECORDS: Sessions.
 * @SY_END: The bulk is complete; if it is whole, what it did not name has ended.
 * @SY_ACK: Messages up to a number were taken.
 * @SY_ALIVE: Nothing else was sent for a second.
 * @SY_WANT: Asks for a bulk: the balancer lacks sessions.
 * @SY_REFUSE: Says why the connection is going to be closed.
 * @SY_FLOWS: Flows of a relay that others do not find by the hash.
 */
enum sy_type {
	SY_HELLO = 1,
	SY_BEGIN,
	SY_RECORDS,
	SY_END,
	SY_ACK,
	SY_ALIVE,
	SY_WANT,
	SY_REFUSE,
	SY_FLOWS,
};

/**
 * struct sy_head - How each message begins.
 * @len: Bytes of the message with its head, a multiple of 4.
 * @type: enum sy_type.
 * @reserved: 0.
 * @number: Of SY_BEGIN, SY_RECORDS, SY_FLOWS and SY_END: one more than that of the last one, from
 *	1. Of SY_ACK: the number of the last one that was taken. Else 0.
 */
struct sy_head {
	uint32_t len;
	uint8_t type;
	uint8_t reserved[3];
	uint32_t number;
};

/**
 * struct sy_flow - A flow of a relay.
 * @proto: Transport protocol.
 * @family: 4 or 6.
 * @state: enum slb_relay_flow_state.
 * @reserved: 0.
 * @client_port: Port of the client.
 * @vip_port: Port of the VIP.
 * @idle: Milliseconds since its last packet.
 * @client: Address of the client, zeros behind an IPv4 address.
 * @vip: The virtual address, as @client.
 * @balancer: The name of its balancer.
 */
struct sy_flow {
	uint8_t proto;
	uint8_t family;
	uint8_t state;
	uint8_t reserved;
	uint16_t client_port;
	uint16_t vip_port;
	uint32_t idle;
	uint8_t client[16];
	uint8_t vip[16];
	char balancer[SY_NAME_LEN];
};

#define SY_FLOWS_MAX	300	/* of a message */

/* The largest message. */
#define SY_MESSAGE_MAX \
	(sizeof(struct sy_head) + SLB_SYNC_RECORDS_MAX * sizeof(struct slb_sync_record))

/**
 * struct sy_hello - What the ends say of themselves; host order.
 * @name: The name of the host.
 * @role: What it does.
 * @behind: It lacks sessions: it wants those that the other end keeps for it.
 * @vips_id: Digest of its VIPs.
 * @own: Its local addresses.
 * @adopted: Local addresses of others that it may serve.
 */
struct sy_hello {
	char name[SY_NAME_LEN];
	enum sy_role role;
	bool behind;
	uint32_t vips_id;
	struct sy_ranges own;
	struct sy_ranges adopted;
};

/* The largest SY_HELLO. */
#define SY_HELLO_MAX \
	(sizeof(struct sy_head) + 20 + SY_NAME_LEN + \
	 2 * SY_RANGES_MAX * sizeof(struct slb_sync_range))

/**
 * struct sy_message - A message that was received.
 * @type: What it is.
 * @number: Its number.
 * @count: Of SY_RECORDS: number of @record.
 * @record: The records; they lie in the buffer.
 * @flow: Of SY_FLOWS: @count flows; they lie in the buffer.
 * @hello: Of SY_HELLO.
 * @whole: Of SY_END: the sender did not lack sessions.
 * @taken: Of SY_ACK: records that changed something.
 * @refused: Of SY_ACK: records that were refused.
 * @vips_id: Of SY_ALIVE.
 * @text: Of SY_REFUSE: printable.
 */
struct sy_message {
	enum sy_type type;
	uint32_t number;
	size_t count;
	const struct slb_sync_record *record;
	const struct sy_flow *flow;
	struct sy_hello hello;
	bool whole;
	uint32_t taken;
	uint32_t refused;
	uint32_t vips_id;
	char text[SY_TEXT_LEN];
};

ssize_t sy_message_read(const uint8_t *data, size_t len, struct sy_message *message, char *why);
size_t sy_put_head(uint8_t *to, enum sy_type type, uint32_t number, size_t body);
size_t sy_put_hello(uint8_t *to, const struct sy_hello *hello);
size_t sy_put_ack(uint8_t *to, uint32_t number, uint32_t taken, uint32_t refused);
size_t sy_put_end(uint8_t *to, uint32_t number, bool whole);
size_t sy_put_alive(uint8_t *to, uint32_t vips_id);
size_t sy_put_refuse(uint8_t *to, const char *text);

#endif
