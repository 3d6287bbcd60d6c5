/* SPDX-License-Identifier: GPL-2.0-only */
/* Objects as text or JSON. */
#ifndef SLBCTL_OUT_H
#define SLBCTL_OUT_H

#include <jansson.h>
#include <libmnl/libmnl.h>

#include "nl_gen.h"

#define CTL_LISTING_WIDTH	26	/* of the longest name of a setting, and two spaces */

/**
 * struct ctl_record - The attributes of one object, as the kernel sent them.
 * @object: Kind of object.
 * @nlh: The message, or NULL: then a list has only its first attribute.
 * @tb: Attributes by number, NULL when absent; of a CTL_LIST or CTL_NEST the first one.
 */
struct ctl_record {
	const struct ctl_object *object;
	const struct nlmsghdr *nlh;
	const struct nlattr *tb[CTL_ATTRS_MAX];
};

void ctl_record_read(struct ctl_record *record, const struct ctl_object *object,
		     const struct nlmsghdr *nlh);
void ctl_attr_traffic(const struct nlattr *nest, uint64_t *packets, uint64_t *bytes);
bool ctl_attr_number(const struct nlattr *attr, uint64_t *value);
void ctl_record_list(const struct ctl_record *record, size_t id,
		     void (*visit)(const struct nlattr *attr, void *data), void *data);
void ctl_attr_text(const struct ctl_attr *desc, const struct nlattr *attr, char *text, size_t len);

bool ctl_column_text(const struct ctl_record *record, const struct ctl_column *column, char *text,
		     size_t len);

void ctl_mark_text(uint32_t mark, uint32_t mask, char *text, size_t len);
bool ctl_record_matches(const struct ctl_record *record, const struct ctl_request *match);
void ctl_out_begin(void);
void ctl_out_record(const struct ctl_record *record);
void ctl_out_end(void);
bool ctl_out_terminal(void);
const char *ctl_out_colour(enum ctl_type type, const char *value);
void ctl_out_line(const struct ctl_record *record);
void ctl_attr_string(const struct nlattr *attr, char *text, size_t len);
void ctl_json_write(const json_t *json, FILE *file);
void ctl_json_put(json_t *json);
json_t *ctl_json_text(char *text);
json_t *ctl_out_json(const struct ctl_record *record, bool all);
void ctl_out_element(json_t *element);
int ctl_out_flush(void);

/* status.c */
bool ctl_version_differs(const struct ctl_record *record, char *text, size_t len);

#endif
