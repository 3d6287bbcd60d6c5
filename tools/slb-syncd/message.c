// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages between daemons: nothing of a message is used before it was checked.
 *
 * The fields of a record are left to the kernel, which checks each of them and counts those that it
 * refuses.
 */
#include "message.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* The body of SY_HELLO; @magic and @protocol stay, so that other versions can be refused. */
struct hello {
	uint32_t magic;
	uint16_t protocol;
	uint16_t record_version;
	uint16_t record_size;
	uint8_t own;
	uint8_t adopted;
	uint32_t vips_id;
	uint32_t flags;
	char name[SY_NAME_LEN];
};

#define HELLO_BEHIND	0x1
#define HELLO_RELAY	0x2

struct ack {
	uint32_t taken;
	uint32_t refused;
};

_Static_assert(sizeof(struct sy_head) == 12 && sizeof(struct hello) == 20 + SY_NAME_LEN &&
	       sizeof(struct sy_flow) == 44 + SY_NAME_LEN, "messages have no padding");

static int wrong(char *why, const char *text)
{
	snprintf(why, SY_TEXT_LEN, "%s", text);
	return -1;
}

/* ---- reading */

static int read_ranges(const uint8_t *from, size_t count, struct sy_ranges *to, char *why)
{
	size_t i;

	to->count = count;
	memcpy(to->range, from, count * sizeof(*to->range));
	for (i = 0; i < count; i++)
		if (!sy_range_valid(&to->range[i]))
			return wrong(why, "a range of addresses is invalid");
	return 0;
}

static int read_version(const struct hello *hello, char *why)
{
	if (ntohl(hello->magic) != SY_MAGIC)
		return wrong(why, "this is no slb-syncd");
	if (ntohs(hello->protocol) != SY_PROTOCOL) {
		snprintf(why, SY_TEXT_LEN, "protocol version %u here, %u at the peer", SY_PROTOCOL,
			 ntohs(hello->protocol));
		return -1;
	}
	if (ntohs(hello->record_version) != SLB_SYNC_VERSION ||
	    ntohs(hello->record_size) != sizeof(struct slb_sync_record)) {
		snprintf(why, SY_TEXT_LEN, "records of version %u here, %u at the peer",
			 SLB_SYNC_VERSION, ntohs(hello->record_version));
		return -1;
	}
	return 0;
}

static int read_hello(const uint8_t *body, size_t len, struct sy_hello *to, char *why)
{
	struct hello hello;
	struct ctl_fault fault;
	size_t ranges;

	if (len < offsetof(struct hello, name))
		return wrong(why, "a hello is too short");
	memset(&hello, 0, sizeof(hello));
	memcpy(&hello, body, len < sizeof(hello) ? len : sizeof(hello));
	if (read_version(&hello, why))
		return -1;
	ranges = hello.own + hello.adopted;
	if (hello.own > SY_RANGES_MAX || hello.adopted > SY_RANGES_MAX ||
	    len != sizeof(hello) + ranges * sizeof(struct slb_sync_range))
		return wrong(why, "a hello has a wrong length");
	if (hello.name[SY_NAME_LEN - 1] || ctl_parse_name(hello.name, "peer", &fault))
		return wrong(why, "the name in a hello is invalid");
	memcpy(to->name, hello.name, sizeof(to->name));
	to->role = ntohl(hello.flags) & HELLO_RELAY ? SY_RELAY : SY_BALANCER;
	to->behind = ntohl(hello.flags) & HELLO_BEHIND;
	to->vips_id = ntohl(hello.vips_id);
	body += sizeof(hello);
	if (read_ranges(body, hello.own, &to->own, why))
		return -1;
	body += hello.own * sizeof(struct slb_sync_range);
	return read_ranges(body, hello.adopted, &to->adopted, why);
}

static int read_records(const uint8_t *body, size_t len, struct sy_message *message, char *why)
{
	message->count = len / sizeof(*message->record);
	message->record = (const void *)body;
	if (!len || len % sizeof(*message->record) || message->count > SLB_SYNC_RECORDS_MAX)
		return wrong(why, "records have a wrong length");
	return 0;
}

static bool is_flow(const struct sy_flow *flow)
{
	struct ctl_fault fault;

	return (flow->family == 4 || flow->family == 6) && !flow->reserved &&
	       !flow->balancer[SY_NAME_LEN - 1] && !ctl_parse_name(flow->balancer, "peer", &fault);
}

static int read_flows(const uint8_t *body, size_t len, struct sy_message *message, char *why)
{
	size_t i;

	message->count = len / sizeof(*message->flow);
	message->flow = (const void *)body;
	if (!len || len % sizeof(*message->flow) || message->count > SY_FLOWS_MAX)
		return wrong(why, "flows have a wrong length");
	for (i = 0; i < message->count; i++)
		if (!is_flow(&message->flow[i]))
			return wrong(why, "a flow is invalid");
	return 0;
}

static int read_ack(const uint8_t *body, size_t len, struct sy_message *message, char *why)
{
	struct ack ack;

	if (len != sizeof(ack))
		return wrong(why, "an acknowledgment has a wrong length");
	memcpy(&ack, body, sizeof(ack));
	message->taken = ntohl(ack.taken);
	message->refused = ntohl(ack.refused);
	return 0;
}

static int read_number(const uint8_t *body, size_t len, uint32_t *to, char *why)
{
	if (len != sizeof(*to))
		return wrong(why, "a message with one number has a wrong length");
	memcpy(to, body, len);
	*to = ntohl(*to);
	return 0;
}

static int read_end(const uint8_t *body, size_t len, struct sy_message *message, char *why)
{
	uint32_t whole = 0;
	int result = read_number(body, len, &whole, why);

	message->whole = whole;
	return result;
}

/* Keeps what can be printed, for it goes into the log and the status. */
static int read_refuse(const uint8_t *body, size_t len, struct sy_message *message, char *why)
{
	size_t i;

	if (!len || len > sizeof(message->text))
		return wrong(why, "a refusal has a wrong length");
	for (i = 0; i < len && body[i]; i++)
		message->text[i] = isascii(body[i]) && isprint(body[i]) ? (char)body[i] : '?';
	message->text[i < sizeof(message->text) ? i : i - 1] = '\0';
	return 0;
}

static int read_body(const uint8_t *body, size_t len, struct sy_message *message, char *why)
{
	switch (message->type) {
	case SY_HELLO:
		return read_hello(body, len, &message->hello, why);
	case SY_RECORDS:
		return read_records(body, len, message, why);
	case SY_FLOWS:
		return read_flows(body, len, message, why);
	case SY_ACK:
		return read_ack(body, len, message, why);
	case SY_ALIVE:
		return read_number(body, len, &message->vips_id, why);
	case SY_REFUSE:
		return read_refuse(body, len, message, why);
	case SY_END:
		return read_end(body, len, message, why);
	case SY_BEGIN:
	case SY_WANT:
		return len ? wrong(why, "a message without contents has some") : 0;
	default:
		return wrong(why, "a message is of no known type");
	}
}

/**
 * sy_message_read() - Read a message.
 * @data: Bytes that were received, aligned to 4.
 * @len: Number of them.
 * @message: Where to put it.
 * @why: What is wrong; SY_TEXT_LEN bytes.
 *
 * Return: Bytes of the message; 0: there are more to come; -1: it is invalid.
 */
ssize_t sy_message_read(const uint8_t *data, size_t len, struct sy_message *message, char *why)
{
	static const uint8_t none[sizeof(((struct sy_head *)0)->reserved)];
	struct sy_head head;
	uint32_t whole;

	if (len < sizeof(head))
		return 0;
	memcpy(&head, data, sizeof(head));
	whole = ntohl(head.len);
	if (whole < sizeof(head) || whole > SY_MESSAGE_MAX || whole % 4)
		return wrong(why, "a message has a wrong length");
	if (memcmp(head.reserved, none, sizeof(none)))
		return wrong(why, "reserved bytes of a message are not 0");
	if (len < whole)
		return 0;
	message->type = (enum sy_type)head.type;
	message->number = ntohl(head.number);
	if (read_body(data + sizeof(head), whole - sizeof(head), message, why))
		return -1;
	return whole;
}

/* ---- writing */

/**
 * sy_put_head() - Write the head of a message.
 * @to: Where to put it.
 * @type: What it is.
 * @number: Its number.
 * @body: Bytes that follow, a multiple of 4.
 *
 * Return: Bytes of the head.
 */
size_t sy_put_head(uint8_t *to, enum sy_type type, uint32_t number, size_t body)
{
	struct sy_head head = {
		.len = htonl((uint32_t)(sizeof(head) + body)),
		.type = (uint8_t)type,
		.number = htonl(number),
	};

	memcpy(to, &head, sizeof(head));
	return sizeof(head);
}

/**
 * sy_put_hello() - Write SY_HELLO.
 * @to: Where to put it, with room for SY_HELLO_MAX bytes.
 * @hello: What to say.
 *
 * Return: Bytes of the message.
 */
size_t sy_put_hello(uint8_t *to, const struct sy_hello *hello)
{
	size_t own = hello->own.count * sizeof(struct slb_sync_range);
	size_t adopted = hello->adopted.count * sizeof(struct slb_sync_range);
	struct hello body = {
		.magic = htonl(SY_MAGIC),
		.protocol = htons(SY_PROTOCOL),
		.record_version = htons(SLB_SYNC_VERSION),
		.record_size = htons(sizeof(struct slb_sync_record)),
		.own = (uint8_t)hello->own.count,
		.adopted = (uint8_t)hello->adopted.count,
		.vips_id = htonl(hello->vips_id),
		.flags = htonl((hello->behind ? HELLO_BEHIND : 0) |
			       (hello->role == SY_RELAY ? HELLO_RELAY : 0)),
	};
	size_t at;

	memcpy(body.name, hello->name, sizeof(body.name));
	at = sy_put_head(to, SY_HELLO, 0, sizeof(body) + own + adopted);
	memcpy(to + at, &body, sizeof(body));
	at += sizeof(body);
	memcpy(to + at, hello->own.range, own);
	memcpy(to + at + own, hello->adopted.range, adopted);
	return at + own + adopted;
}

/**
 * sy_put_ack() - Write SY_ACK.
 * @to: Where to put it.
 * @number: The number of the message that was taken.
 * @taken: Records of it that changed something.
 * @refused: Records of it that were refused.
 *
 * Return: Bytes of the message.
 */
size_t sy_put_ack(uint8_t *to, uint32_t number, uint32_t taken, uint32_t refused)
{
	struct ack ack = { .taken = htonl(taken), .refused = htonl(refused) };
	size_t at = sy_put_head(to, SY_ACK, number, sizeof(ack));

	memcpy(to + at, &ack, sizeof(ack));
	return at + sizeof(ack);
}

static size_t put_number(uint8_t *to, enum sy_type type, uint32_t number, uint32_t value)
{
	size_t at = sy_put_head(to, type, number, sizeof(value));

	value = htonl(value);
	memcpy(to + at, &value, sizeof(value));
	return at + sizeof(value);
}

/**
 * sy_put_end() - Write SY_END.
 * @to: Where to put it.
 * @number: Its number.
 * @whole: This balancer did not lack sessions.
 *
 * Return: Bytes of the message.
 */
size_t sy_put_end(uint8_t *to, uint32_t number, bool whole)
{
	return put_number(to, SY_END, number, whole);
}

/**
 * sy_put_alive() - Write SY_ALIVE.
 * @to: Where to put it.
 * @vips_id: Digest of the VIPs.
 *
 * Return: Bytes of the message.
 */
size_t sy_put_alive(uint8_t *to, uint32_t vips_id)
{
	return put_number(to, SY_ALIVE, 0, vips_id);
}

/**
 * sy_put_refuse() - Write SY_REFUSE.
 * @to: Where to put it.
 * @text: Why, less than SY_TEXT_LEN bytes.
 *
 * Return: Bytes of the message.
 */
size_t sy_put_refuse(uint8_t *to, const char *text)
{
	size_t len = strlen(text), body = (len + 4) / 4 * 4;
	size_t at = sy_put_head(to, SY_REFUSE, 0, body);

	memset(to + at, 0, body);
	memcpy(to + at, text, len);
	return at + body;
}
