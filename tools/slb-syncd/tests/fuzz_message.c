// SPDX-License-Identifier: GPL-2.0-only
/* libFuzzer: the reader of messages takes any bytes, and what it accepts lies in them. */
#include "fuzz.h"
#include "message.h"

#include <stdlib.h>
#include <string.h>

/* What was read of a hello is read again when it is written. */
static void check_hello(const struct sy_hello *hello)
{
	static uint8_t buffer[SY_HELLO_MAX] __attribute__((aligned(4)));
	static struct sy_message again;
	char why[SY_TEXT_LEN];
	size_t len = sy_put_hello(buffer, hello);

	if (sy_message_read(buffer, len, &again, why) != (ssize_t)len ||
	    strcmp(again.hello.name, hello->name) || again.hello.behind != hello->behind ||
	    !sy_ranges_equal(&again.hello.own, &hello->own) ||
	    !sy_ranges_equal(&again.hello.adopted, &hello->adopted))
		abort();
}

static void check_records(const struct sy_message *message, const uint8_t *data, size_t len)
{
	const uint8_t *first = (const uint8_t *)message->record;

	if (!message->count || message->count > SLB_SYNC_RECORDS_MAX ||
	    first != data + sizeof(struct sy_head) ||
	    first + message->count * sizeof(*message->record) != data + len)
		abort();
}

static void check(const struct sy_message *message, const uint8_t *data, size_t len)
{
	switch (message->type) {
	case SY_HELLO:
		check_hello(&message->hello);
		break;
	case SY_RECORDS:
		check_records(message, data, len);
		break;
	case SY_REFUSE:
		if (strlen(message->text) >= sizeof(message->text))
			abort();
		break;
	default:
		break;
	}
}

/**
 * LLVMFuzzerTestOneInput() - Read messages until the bytes end or one is invalid.
 * @data: The bytes.
 * @len: Number of them.
 *
 * Return: 0.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct sy_message message;
	uint8_t *copy = malloc(len + 1);
	char why[SY_TEXT_LEN];
	size_t used = 0;
	ssize_t got;

	/* a copy of this size, so that a byte behind it is seen to be read */
	memcpy(copy, data, len);
	while ((got = sy_message_read(copy + used, len - used, &message, why)) > 0) {
		if ((size_t)got > len - used || got % 4)
			abort();
		check(&message, copy + used, (size_t)got);
		used += (size_t)got;
	}
	free(copy);
	return 0;
}
