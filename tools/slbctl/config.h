/* SPDX-License-Identifier: GPL-2.0-only */
/* A configuration as a whole: that of a file and that of the kernel, compared and applied. */
#ifndef SLBCTL_CONFIG_H
#define SLBCTL_CONFIG_H

#include "ctl.h"
#include "out.h"

#include <jansson.h>

#define CONFIG_HEAD		"slb-config"
#define CONFIG_VERSION		1
#define CONFIG_PLACE_LEN	512	/* bytes of FILE:LINE, and of a value */
#define CONFIG_READS		8	/* how often a configuration that changes is read */
#define CONFIG_FAULTS_MAX	20	/* as many are shown at once */
#define CONFIG_LINE_LEN		1024	/* bytes of an object's words */

/**
 * struct config_entry - An object of a configuration, or one setting.
 * @noun: Its noun.
 * @key: The words that name it; a setting has its name.
 * @value: What it has in each column of its first line: NULL where it has nothing.
 * @place: Where it stands, for faults: FILE:LINE or FILE: OBJECT[N]; NULL in the kernel.
 */
struct config_entry {
	const struct ctl_noun *noun;
	char *key;
	char **value;
	char *place;
};

/**
 * struct config - A configuration.
 * @entry: Its objects.
 * @count: Number of @entry.
 * @room: Size of @entry.
 * @json: The same as JSON, or NULL when that is not asked for.
 * @wanted: By family: a file has objects of its module.
 * @loaded: By family: its module answers.
 * @generation: By family: the state of the kernel's configuration that was read.
 */
struct config {
	struct config_entry *entry;
	size_t count;
	size_t room;
	json_t *json;
	bool wanted[CTL_FAMILIES];
	bool loaded[CTL_FAMILIES];
	uint32_t generation[CTL_FAMILIES];
};

/**
 * struct config_source - A file being read.
 * @config: Where its objects go.
 * @path: Its name.
 * @line: Number of the line.
 * @faults: How many were found, in all files.
 * @begun: The first line was read.
 * @ended: The last line was read.
 */
struct config_source {
	struct config *config;
	const char *path;
	unsigned int line;
	unsigned int faults;
	bool begun;
	bool ended;
};

/**
 * struct config_op - One change.
 * @entry: The object of the file, or the one of the kernel that goes.
 * @verb: CTL_ADD, CTL_SET or CTL_DEL.
 * @words: The words behind the command.
 * @undo_verb: What takes the change back.
 * @undo_words: The words behind that command.
 * @order: Place in the plan before it was sorted.
 * @shrinks: A link loses a family: it is deleted and added.
 * @late: That comes after the other changes.
 * @narrows: A group will be for fewer protocols: its virtual IPs change first.
 */
struct config_op {
	const struct config_entry *entry;
	enum ctl_verb verb;
	char *words;
	enum ctl_verb undo_verb;
	char *undo_words;
	size_t order;
	bool shrinks;
	bool late;
	bool narrows;
};

/**
 * struct config_plan - The changes that make one configuration the other, in their order.
 * @op: The changes.
 * @count: Number of @op.
 * @room: Size of @op.
 */
struct config_plan {
	struct config_op *op;
	size_t count;
	size_t room;
};

/* config.c: objects */
extern const struct ctl_noun *const config_nouns[];
extern const size_t config_noun_count;
bool config_value(const struct ctl_record *record, const struct ctl_column *column, char *text,
		  size_t len);
struct config_entry *config_add(struct config *config, const struct ctl_noun *noun);
int config_read_words(struct config *config, const struct ctl_noun *noun, struct ctl_words words,
		      const char *place, struct ctl_fault *fault);
int config_read_one(struct config *config, const struct ctl_noun *noun,
		    struct ctl_request *request);
int config_read_kernel(struct config *config, bool keys);
void config_set(struct config_entry *entry, size_t column, const char *text);
int config_compare(const void *a, const void *b);
void config_sort(struct config *config);
void config_free(struct config *config);
size_t config_columns(const struct ctl_noun *noun);
const char *config_verb(const struct ctl_noun *noun, enum ctl_verb verb);
void config_text(const struct config_entry *entry, char *text, size_t len);

/* config_file.c: files */
void config_fault(struct config_source *source, const char *place, const char *text);
int config_read_file(struct config *config, const char *path);
int config_read_stream(struct config *config, FILE *file, const char *path);
int config_write(const struct config *config, FILE *file);
int config_write_file(const struct config *config, const char *path);

/* config_json.c: the second form of files */
void config_read_json(struct config_source *source, FILE *file);
void config_json_add(struct config *config, const struct ctl_noun *noun,
		     const struct ctl_record *record);
void config_json_drop(struct config *config, const struct ctl_noun *noun);

/* config_plan.c: what is to be changed */
void config_plan(const struct config *from, const struct config *to, struct config_plan *plan);
void config_plan_free(struct config_plan *plan);

/* config_txn.c: all changes or none */
int config_commit(const struct config *kernel, const struct config_plan *plan, bool *again);
int config_read_generation(const struct ctl_family *family, uint32_t *generation);

#endif
