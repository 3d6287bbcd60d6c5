/* SPDX-License-Identifier: GPL-2.0-only */
/* What the nouns explain on both sides share. */
#ifndef SLBCTL_EXPLAIN_H
#define SLBCTL_EXPLAIN_H

#include "nl.h"
#include "out.h"

#define EXPLAIN_TEXT	256

/**
 * struct explain_answer - Answers of the kernel, kept so that others can be asked for meanwhile.
 * @message: The messages.
 * @count: Number of them.
 */
struct explain_answer {
	struct nlmsghdr **message;
	size_t count;
};

void explain_keep(const struct nlmsghdr *nlh, void *data);
void explain_free(struct explain_answer *answer);
int explain_dump(const struct ctl_object *object, struct explain_answer *answer);

const char *explain_text(const struct ctl_record *record, uint8_t id, char *text);
const char *explain_host(const struct ctl_record *record, uint8_t addr, uint8_t first,
			 uint8_t last, char *text);
void explain_servers(const struct ctl_record *record, json_t *json);
void explain_refused(json_t *json, const char *name, const char *text);

#endif
