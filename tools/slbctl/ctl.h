/* SPDX-License-Identifier: GPL-2.0-only */
/* Types of slbctl: tables of nouns, commands, words and attributes, and their readers. */
#ifndef SLBCTL_CTL_H
#define SLBCTL_CTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <linux/netlink.h>

#include "parse.h"

#define CTL_COUNT(a)	(sizeof(a) / sizeof((a)[0]))

#define CTL_EXIT_OK	0
#define CTL_EXIT_WORDS	1	/* the command line is wrong, or something on this side failed */
#define CTL_EXIT_KERNEL	2	/* the kernel refused */
#define CTL_EXIT_LATE	3	/* what was waited for has not come */
#define CTL_EXIT_LEFT	3	/* something had no counterpart */

#define CTL_REQUEST_LEN	2048
#define CTL_WORDS_MAX	32	/* attributes of one request that remember their words */

/**
 * struct ctl_options - Options of the command line.
 * @json: JSON instead of text.
 * @pretty: JSON with indentation.
 * @stats: Show counters.
 * @oneline: One line for each object.
 * @colour: Colour the text.
 * @dry_run: Print requests instead of sending them.
 * @force: Continue a batch after a failed line.
 * @netns: Name of the network namespace to work in, or NULL.
 * @batch: File of commands, "-" for standard input, or NULL.
 */
struct ctl_options {
	bool json;
	bool pretty;
	bool stats;
	bool oneline;
	bool colour;
	bool dry_run;
	bool force;
	const char *netns;
	const char *batch;
};

extern struct ctl_options ctl_options;

/* Servers were changed, and the kernel may have postponed the change. */
extern bool ctl_unsettled;

/**
 * struct ctl_family - A generic netlink family and the module behind it.
 * @name: Name of the family.
 * @module: Name of the kernel module.
 * @prefix: Words before the noun on the command line, with a space.
 * @version: Version of the family.
 * @index: Index in ctl_families.
 */
struct ctl_family {
	const char *name;
	const char *module;
	const char *prefix;
	uint8_t version;
	uint8_t index;
};

#define CTL_FAMILIES	2

extern const struct ctl_family ctl_slb;
extern const struct ctl_family ctl_relay;
extern const struct ctl_family *const ctl_families[CTL_FAMILIES];

/**
 * enum ctl_type - How the payload of an attribute is read and shown.
 * @CTL_NONE: No such attribute.
 * @CTL_STRING: Text.
 * @CTL_LIST: Texts, each an attribute of its own.
 * @CTL_DEV: Text, a network device.
 * @CTL_U8: Number of 8 bits.
 * @CTL_U16: Number of 16 bits.
 * @CTL_U32: Number of 32 bits.
 * @CTL_UINT: Number of 32 or 64 bits.
 * @CTL_MILLI: Number of 32 bits in thousandths, shown with decimals in text.
 * @CTL_MSEC: CTL_UINT in milliseconds, shown as seconds in text.
 * @CTL_BOOL: Number of 8 bits, yes or no.
 * @CTL_PROTO: Number of 8 bits, transport protocol.
 * @CTL_ENUM: Number of 32 bits with names.
 * @CTL_FLAGS: Number of 32 bits, a name for each bit.
 * @CTL_ADDR: IPv4 or IPv6 address.
 * @CTL_ADDRS: Addresses of the family that ends the first word of its name.
 * @CTL_SECRET: Never shown.
 * @CTL_TRAFFIC: Nest of packets and bytes.
 * @CTL_NEST: Nests, each an object with attributes of its own.
 */
enum ctl_type {
	CTL_NONE,
	CTL_STRING,
	CTL_LIST,
	CTL_DEV,
	CTL_U8,
	CTL_U16,
	CTL_U32,
	CTL_UINT,
	CTL_MILLI,
	CTL_MSEC,
	CTL_BOOL,
	CTL_PROTO,
	CTL_ENUM,
	CTL_FLAGS,
	CTL_ADDR,
	CTL_ADDRS,
	CTL_SECRET,
	CTL_TRAFFIC,
	CTL_NEST,
};

/**
 * struct ctl_attr - One attribute; the tables in nl_gen.c are indexed by the attribute's number.
 * @name: Name in the specification.
 * @type: How it is read.
 * @count: Number of @names, or size of @nest.
 * @text: What it is, from the specification.
 * @nest: Attributes of a CTL_NEST, indexed by number.
 * @names: Names of the values of a CTL_ENUM, of the bits of a CTL_FLAGS, or the texts that a
 *	CTL_STRING can be.
 */
struct ctl_attr {
	const char *name;
	enum ctl_type type;
	uint8_t count;
	const char *const *names;
	const char *text;
	const struct ctl_attr *nest;
};

/**
 * enum ctl_form - The contents of a column of text.
 * @CTL_FORM_VALUE: One attribute.
 * @CTL_FORM_NONZERO: One attribute, omitted when it is 0.
 * @CTL_FORM_UNUSUAL: One attribute, omitted when it is @preset.
 * @CTL_FORM_SHARE: A number, or N% of the second attribute; omitted when it is @preset.
 * @CTL_FORM_MARK: A mark, and its mask in the second attribute: V[/M]; omitted when it is @preset.
 * @CTL_FORM_QUOTED: A text, in quotes if it is not one word.
 * @CTL_FORM_SPAN: First and last address: ADDR[-ADDR].
 * @CTL_FORM_HOST: Address and port: ADDR[:PORT].
 * @CTL_FORM_RANGE: Address, first and last port: ADDR[:PORT[-PORT]].
 * @CTL_FORM_ADDRS: An address, and the CTL_ADDRS that follow it: ADDR[,ADDR...].
 */
enum ctl_form {
	CTL_FORM_VALUE,
	CTL_FORM_NONZERO,
	CTL_FORM_UNUSUAL,
	CTL_FORM_SHARE,
	CTL_FORM_MARK,
	CTL_FORM_QUOTED,
	CTL_FORM_SPAN,
	CTL_FORM_HOST,
	CTL_FORM_RANGE,
	CTL_FORM_ADDRS,
};

/**
 * enum ctl_place - Where a column of text stands.
 * @CTL_PLACE_LINE: On the first line, which has only arguments of "add".
 * @CTL_PLACE_STATE: On the second line.
 * @CTL_PLACE_STAT: With -s, on the line of counters.
 * @CTL_PLACE_OWN: With -s, on a line of its own.
 * @CTL_PLACE_SAVED: In a saved configuration only.
 */
enum ctl_place {
	CTL_PLACE_LINE,
	CTL_PLACE_STATE,
	CTL_PLACE_STAT,
	CTL_PLACE_OWN,
	CTL_PLACE_SAVED,
};

/**
 * struct ctl_column - A column of text.
 * @word: Word in front of it, or NULL.
 * @preset: Its default, "" for nothing; NULL: the kernel decides.
 * @form: Its contents.
 * @place: Where it stands.
 * @always: JSON has its attributes without -s, too.
 * @joined: The column before it takes it away: a request with that and without this one.
 * @minor: On a terminal it comes after the others.
 * @line: With -s, its line in the block of an object that has many counters, counted from 1.
 * @id: Numbers of its attributes.
 */
struct ctl_column {
	const char *word;
	const char *preset;
	enum ctl_form form;
	enum ctl_place place;
	bool always;
	bool joined;
	bool minor;
	uint8_t line;
	uint8_t id[3];
};

struct ctl_request;
struct ctl_call;

/**
 * enum ctl_verb - Operations of generic netlink on an object.
 * @CTL_GET: Get one, or dump.
 * @CTL_ADD: Add.
 * @CTL_SET: Change.
 * @CTL_DEL: Delete.
 * @CTL_FLUSH: Delete all, or those that match.
 * @CTL_ADD_NTF: Was added.
 * @CTL_SET_NTF: Was changed.
 * @CTL_DEL_NTF: Was deleted.
 * @CTL_SUSPECT_NTF: Fails new connections.
 * @CTL_VERBS: Number of them.
 */
enum ctl_verb {
	CTL_GET,
	CTL_ADD,
	CTL_SET,
	CTL_DEL,
	CTL_FLUSH,
	CTL_ADD_NTF,
	CTL_SET_NTF,
	CTL_DEL_NTF,
	CTL_SUSPECT_NTF,
	CTL_VERBS,
};

/**
 * struct ctl_object - A kind of object of a family.
 * @name: Its noun.
 * @set_name: What its operation set has in its name instead of @name, or NULL.
 * @family: Its family.
 * @attrs: Its attributes, indexed by number.
 * @attr_count: Size of @attrs.
 * @columns: Its text.
 * @column_count: Size of @columns.
 * @block: Number of lines that its columns have with -s, before those with packets and bytes; 0:
 *	all counters are on one line.
 * @listing: Text is one "NAME VALUE" per line instead of one line for the object.
 * @op: Numbers of its operations, 0 where it has none.
 * @ended: Attribute of the answer to a deletion: how many sessions or flows it ends; or 0.
 */
struct ctl_object {
	const char *name;
	const char *set_name;
	const struct ctl_family *family;
	const struct ctl_attr *attrs;
	size_t attr_count;
	const struct ctl_column *columns;
	size_t column_count;
	uint8_t block;
	bool listing;
	uint8_t op[CTL_VERBS];
	uint8_t ended;
};

/**
 * enum ctl_kind - How a word of a command is read, and what completes it.
 * @CTL_ARG_NAME: Name of an object, completed with those of @source.
 * @CTL_ARG_WORD: One of the names that its attribute, a text, has; the kernel knows them, too.
 * @CTL_ARG_DEV: Name of a network device.
 * @CTL_ARG_NUMBER: Number of 32 bits between @min and @max.
 * @CTL_ARG_SHARE: The same, or N% from 0% to 100%, which fills the second attribute.
 * @CTL_ARG_MARK: V[/M]: numbers of 32 bits, decimal or with 0x; fills both attributes.
 * @CTL_ARG_SHORT: Number of 16 bits between @min and @max.
 * @CTL_ARG_PROTO: Transport protocol.
 * @CTL_ARG_TRANSPORT: Transport protocol, but not any; need not be given unless it is required.
 * @CTL_ARG_VIA: Next hop; once for each family. With four attributes, several with commas.
 * @CTL_ARG_EACH: Address; once for each family, or "none" for none in both.
 * @CTL_ARG_SPAN: Range of addresses; once for each family.
 * @CTL_ARG_HOST: ADDR[:PORT].
 * @CTL_ARG_HOSTPORT: ADDR:PORT.
 * @CTL_ARG_RANGE: ADDR[:PORT[-PORT]].
 * @CTL_ARG_KEY: Hash key.
 * @CTL_ARG_BOOL: yes or no.
 * @CTL_ARG_TEXT: Any text of at most @max bytes.
 * @CTL_ARG_CHOICE: One of the names that its attribute, of 8 bits, has.
 * @CTL_ARG_STATE: One of the names that its attribute, of 32 bits, has.
 * @CTL_ARG_LIMIT: How many lines to show.
 * @CTL_ARG_COUNT: Count what would be shown; "by" and a key may follow instead of a value.
 * @CTL_ARG_RATE: Seconds between two samples of the counters.
 * @CTL_ARG_KINDS: Number of them.
 */
enum ctl_kind {
	CTL_ARG_NAME,
	CTL_ARG_WORD,
	CTL_ARG_DEV,
	CTL_ARG_NUMBER,
	CTL_ARG_SHARE,
	CTL_ARG_MARK,
	CTL_ARG_SHORT,
	CTL_ARG_PROTO,
	CTL_ARG_TRANSPORT,
	CTL_ARG_VIA,
	CTL_ARG_EACH,
	CTL_ARG_SPAN,
	CTL_ARG_HOST,
	CTL_ARG_HOSTPORT,
	CTL_ARG_RANGE,
	CTL_ARG_KEY,
	CTL_ARG_BOOL,
	CTL_ARG_TEXT,
	CTL_ARG_CHOICE,
	CTL_ARG_STATE,
	CTL_ARG_LIMIT,
	CTL_ARG_COUNT,
	CTL_ARG_RATE,
	CTL_ARG_KINDS,
};

/**
 * struct ctl_arg - A word that a command takes.
 * @word: Keyword before the value; NULL for a positional word.
 * @value: Name of the value in help.
 * @text: What it is, for help; NULL: what its first attribute is.
 * @kind: How it is read.
 * @required: Must be given.
 * @only_set: Only the command set takes it.
 * @id: Attributes that it fills.
 * @min: Smallest number.
 * @max: Largest number, or bytes of a text.
 * @source: Objects whose names complete it.
 */
struct ctl_arg {
	const char *word;
	const char *value;
	const char *text;
	enum ctl_kind kind;
	bool required;
	bool only_set;
	uint8_t id[4];
	uint32_t min;
	uint32_t max;
	const struct ctl_object *source;
};

/**
 * enum ctl_take - Which of an object's words a command takes.
 * @CTL_TAKE_NOTHING: None.
 * @CTL_TAKE_ALL: All; the required ones must be given.
 * @CTL_TAKE_SOME: All; positional ones and at least one other are required.
 * @CTL_TAKE_KEY: Positional ones; they are required.
 * @CTL_TAKE_PART: Positional ones, or the first few of them.
 * @CTL_TAKE_ANY: All; none is required. Positional ones come first.
 * @CTL_TAKE_OWNER: The positional name of what the objects belong to, or nothing.
 * @CTL_TAKE_NAMES: Keywords without a value, or nothing.
 */
enum ctl_take {
	CTL_TAKE_NOTHING,
	CTL_TAKE_ALL,
	CTL_TAKE_SOME,
	CTL_TAKE_KEY,
	CTL_TAKE_PART,
	CTL_TAKE_ANY,
	CTL_TAKE_OWNER,
	CTL_TAKE_NAMES,
};

/**
 * struct ctl_command - A command of a noun.
 * @name: The verb on the command line.
 * @take: Which words it takes.
 * @verb: Its operation.
 * @run: Runs it; returns the exit status.
 * @text: What it does, for help.
 */
struct ctl_command {
	const char *name;
	enum ctl_take take;
	enum ctl_verb verb;
	int (*run)(struct ctl_call *call);
	const char *text;
};

/**
 * struct ctl_key - What objects can be counted by.
 * @word: Its name, after "count by".
 * @column: How it is shown; one whose first attribute is 0 is not there.
 */
struct ctl_key {
	const char *word;
	struct ctl_column column[2];
};

/**
 * struct ctl_view - How "show" is to show objects.
 * @limit: Number of lines, 0 for all.
 * @count: Only count them.
 * @by: Count them by this key, or NULL.
 * @rate: Seconds between two samples of their counters, whose difference is shown; or 0.
 */
struct ctl_view {
	uint32_t limit;
	uint32_t rate;
	bool count;
	const struct ctl_key *by;
};

/**
 * struct ctl_words - Words of the command line that are still to be read.
 * @word: The words.
 * @count: Number of them.
 */
struct ctl_words {
	char **word;
	int count;
};

/**
 * struct ctl_noun - A noun of the command line.
 * @name: The word.
 * @family: Its family, or NULL when it belongs to both.
 * @object: Object behind it, or NULL.
 * @args: Words that its commands take.
 * @arg_count: Number of @args.
 * @views: More keywords of "show", which are not sent to the kernel.
 * @view_count: Number of @views.
 * @keys: What its objects can be counted by.
 * @key_count: Number of @keys.
 * @commands: Its commands, or NULL.
 * @command_count: Number of @commands.
 * @nouns: Nouns below it, or NULL.
 * @noun_count: Number of @nouns.
 * @check: Checks a complete request; -1 when it is wrong.  May be NULL.
 * @before: Runs before a request that changes objects; its result, if not CTL_EXIT_OK, ends the
 *	command.  May be NULL.
 * @after: Runs after a successful one.  May be NULL.
 * @also: In the list of objects it stands beside the noun before it, and shares its description.
 * @bare: Its only command has no word: other words follow the noun.
 * @run: The noun is a command itself: does it; returns the exit status.  Else NULL.
 * @usage: Words behind such a noun, for help.
 * @text: What it is, for help.
 */
struct ctl_noun {
	const char *name;
	const struct ctl_family *family;
	const struct ctl_object *object;
	const struct ctl_arg *args;
	size_t arg_count;
	const struct ctl_arg *views;
	size_t view_count;
	const struct ctl_key *keys;
	size_t key_count;
	const struct ctl_command *commands;
	size_t command_count;
	const struct ctl_noun *const *nouns;
	size_t noun_count;
	bool also;
	bool bare;
	int (*check)(const struct ctl_call *call, struct ctl_fault *fault);
	int (*before)(const struct ctl_call *call);
	void (*after)(const struct ctl_call *call);
	int (*run)(struct ctl_words words);
	const char *usage;
	const char *text;
};

/**
 * struct ctl_given - Which words an attribute of a request came from.
 * @id: Number of the attribute.
 * @arg: The word's description.
 * @value: The value as it was typed.
 */
struct ctl_given {
	uint16_t id;
	const struct ctl_arg *arg;
	const char *value;
};

/**
 * struct ctl_error - Why the kernel refused.
 * @code: Positive errno.
 * @text: Text of the extended ACK, or empty.
 * @attr: Attribute at fault, 0 when unknown.
 * @missing: Attribute that is missing, 0 when unknown.
 * @no_module: The family does not exist.
 */
struct ctl_error {
	int code;
	bool no_module;
	char text[256];
	uint16_t attr;
	uint16_t missing;
};

/**
 * struct ctl_request - A request to the kernel.
 * @object: Kind of object.
 * @verb: Operation.
 * @dump: Asks for all objects.
 * @nlh: The message, in @buffer.
 * @given: Words behind the attributes.
 * @given_count: Number of @given.
 * @key: The words that name the object, for errors.
 * @error: Why the kernel refused.
 * @buffer: Room for the message.
 */
struct ctl_request {
	const struct ctl_object *object;
	enum ctl_verb verb;
	bool dump;
	struct nlmsghdr *nlh;
	struct ctl_given given[CTL_WORDS_MAX];
	size_t given_count;
	char key[160];
	struct ctl_error error;
	char buffer[CTL_REQUEST_LEN] __attribute__((aligned(NLMSG_ALIGNTO)));
};

/**
 * struct ctl_call - A command being run.
 * @noun: Its noun.
 * @command: The command.
 * @words: Words after the command.
 * @places: Number of positional words given.
 * @names: Of CTL_TAKE_NAMES: bits of the attributes that are wanted, 0 for all.
 * @view: How to show them.
 * @request: What is asked of the kernel.
 */
struct ctl_call {
	const struct ctl_noun *noun;
	const struct ctl_command *command;
	struct ctl_words words;
	unsigned int places;
	uint64_t names;
	struct ctl_view view;
	struct ctl_request request;
};

/* noun.c: the table of all commands, and searching it */
extern const struct ctl_noun ctl_root;
const struct ctl_noun *ctl_find_noun(const struct ctl_noun *parent, const char *word,
				     struct ctl_fault *fault);
const struct ctl_fault *ctl_noun_missing(const struct ctl_noun *parent, struct ctl_fault *fault);
const struct ctl_command *ctl_find_command(const struct ctl_noun *noun, const char *word,
					   struct ctl_fault *fault);
const char *ctl_alias(const struct ctl_noun *noun, const char *word);
const struct ctl_command *ctl_default_command(const struct ctl_noun *noun);
const char *ctl_prefix(const struct ctl_noun *noun);
int ctl_pick(const char *const *names, size_t count, const char *word, const char *what,
	     struct ctl_fault *fault);

/* words.c: from words to a request */
int ctl_run(struct ctl_words words);
int ctl_words_read(struct ctl_call *call, struct ctl_fault *fault);
bool ctl_takes(const struct ctl_command *command, const struct ctl_arg *arg);
const struct ctl_arg *ctl_arg_place(const struct ctl_noun *noun, const struct ctl_command *command,
				    unsigned int place);
const struct ctl_arg *ctl_arg_keyword(const struct ctl_noun *noun,
				      const struct ctl_command *command, const char *word,
				      struct ctl_fault *fault);
bool ctl_is_help(const char *word);

/* Meanings of words that several nouns have. */
#define CTL_RENAMES	"The new name. A name is changed alone."
#define CTL_TRANSPORTS	"tcp, udp or sctp; the keyword can be left out of the first filter."

/* view.c: keywords of show */
#define CTL_VIEWS_LIST	2
extern const struct ctl_arg ctl_views_list[CTL_VIEWS_LIST];
#define CTL_VIEWS_RATE	1
extern const struct ctl_arg ctl_views_rate[CTL_VIEWS_RATE];
bool ctl_view_begins(const struct ctl_noun *noun, const struct ctl_command *command,
		     const struct ctl_words *words);
bool ctl_views(const struct ctl_noun *noun, const struct ctl_command *command);
int ctl_view_read(struct ctl_call *call, const struct ctl_arg *arg, struct ctl_fault *fault);
int ctl_view_words(const struct ctl_arg *arg, const struct ctl_words *words, int at);
int ctl_view_list(struct ctl_call *call);

/* rate.c */
int ctl_rate_show(struct ctl_call *call);

/* arg.c: one word into the attributes of a request */
int ctl_arg_read(struct ctl_request *request, const struct ctl_arg *arg, const char *word,
		 struct ctl_fault *fault);
bool ctl_arg_each(const struct ctl_arg *arg);
bool ctl_arg_given(const struct ctl_request *request, const struct ctl_arg *arg);
const void *ctl_request_find(const struct ctl_request *request, uint8_t id, size_t *len);
int ctl_same_family(const struct ctl_call *call, uint8_t one, uint8_t other,
		    struct ctl_fault *fault);

/* object.c: the commands that every object has */
int ctl_object_change(struct ctl_call *call);
int ctl_object_show(struct ctl_call *call);
int ctl_object_list(struct ctl_call *call, bool one);
int ctl_object_counted(struct ctl_call *call, uint8_t attr, const char *one, const char *more);
int ctl_object_begin(struct ctl_call *call);
int ctl_object_end(const struct ctl_request *request, int result);
int ctl_object_missing(struct ctl_call *call, struct ctl_request *request);

/* config_replace.c */
int ctl_object_replace(struct ctl_call *call);

/* error.c: one line on stderr */
void ctl_port_warn(const struct ctl_call *call);
void ctl_escape(const char *from, char *to, size_t len);
void ctl_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *ctl_say_where(const char *place);
int ctl_words_wrong(const struct ctl_noun *noun, const struct ctl_command *command,
		    const struct ctl_fault *fault);
int ctl_kernel_refused(const struct ctl_request *request);
void ctl_kernel_warned(const struct ctl_request *request);

/* help.c */
void ctl_usage(FILE *file);
void ctl_help(FILE *file, const struct ctl_noun *noun, const struct ctl_command *command);

/* netns.c */
#define CTL_NETNS_DIR	"/var/run/netns"
int ctl_netns_enter(const char *name);

/* check.c: faults of the host that would stop packets */

/* complete.c */
int ctl_complete(struct ctl_words words);

/* batch.c: lines of a file */
#define CTL_LINE_LEN	8192	/* bytes of a line, without its end */
#define CTL_LINE_WORDS	64
int ctl_batch(const char *path);
ssize_t ctl_line_read(FILE *file, char *line);
int ctl_line_words(char *line, size_t len, char **list, struct ctl_words *words,
		   struct ctl_fault *fault);
void ctl_settle(void);

/* xdp.c */
int ctl_xdp_begin(const struct ctl_call *call);
void ctl_xdp_changed(const struct ctl_noun *noun);
void ctl_xdp_after(const struct ctl_call *call);
void ctl_xdp_settle(void);
void ctl_xdp_tidy(const struct ctl_family *family);

/* nouns, one file each */
extern const struct ctl_noun ctl_noun_link, ctl_noun_relay_link;
extern const struct ctl_noun ctl_noun_vip, ctl_noun_relay_vip;
extern const struct ctl_noun ctl_noun_group, ctl_noun_server, ctl_noun_session, ctl_noun_persist;
extern const struct ctl_noun ctl_noun_balancer, ctl_noun_flow;
extern const struct ctl_noun ctl_noun_setting, ctl_noun_relay_setting;
extern const struct ctl_noun ctl_noun_status, ctl_noun_relay_status;
extern const struct ctl_noun ctl_noun_drop, ctl_noun_relay_drop;
extern const struct ctl_noun ctl_noun_device;
extern const struct ctl_noun ctl_noun_check, ctl_noun_relay_check;
extern const struct ctl_noun ctl_noun_explain, ctl_noun_relay_explain;
extern const struct ctl_noun ctl_noun_monitor, ctl_noun_metrics, ctl_noun_top;
extern const struct ctl_noun ctl_noun_trace, ctl_noun_relay_trace;
extern const struct ctl_noun ctl_noun_health, ctl_noun_sync, ctl_noun_wait;
extern const struct ctl_noun ctl_noun_save, ctl_noun_diff, ctl_noun_apply;
extern const struct ctl_noun ctl_noun_confirm, ctl_noun_revert, ctl_noun_convert;
extern const struct ctl_object ctl_link, ctl_relay_link, ctl_group, ctl_balancer, ctl_server;
extern const struct ctl_object ctl_vip, ctl_relay_vip, ctl_setting, ctl_relay_setting;
extern const struct ctl_object ctl_status, ctl_relay_status, ctl_key, ctl_relay_key;
extern const struct ctl_object ctl_drop, ctl_relay_drop, ctl_flow, ctl_device;

#endif
