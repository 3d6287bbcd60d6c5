// SPDX-License-Identifier: GPL-2.0-only
/* Words of a line of the file as a check. */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl.h"
#include "lines.h"

#define MS_MAX		3600000U	/* an hour */
#define TIMES_MAX	1000
#define KEY_MAX		(2 * CTL_LINE_LEN)

#define ALL_TYPES	((1U << HD_TYPES) - 1)
#define OF(type)	(1U << (type))
#define HTTP_TYPES	(OF(HD_HTTP) | OF(HD_HTTPS))

const char *const hd_type_names[HD_TYPES] = {
	[HD_TCP] = "tcp",
	[HD_HTTP] = "http",
	[HD_HTTPS] = "https",
	[HD_UDP] = "udp",
	[HD_DNS] = "dns",
	[HD_ICMP] = "icmp",
	[HD_AGENT] = "agent",
	[HD_EXEC] = "exec",
};

/* Keywords; the order is that of the bits of struct reading. */
enum word {
	WORD_PORT,
	WORD_PATH,
	WORD_HOST,
	WORD_EXPECT,
	WORD_BODY,
	WORD_VERIFY,
	WORD_SEND,
	WORD_QUERY,
	WORD_PROXY,
	WORD_INTERVAL,
	WORD_FAST_INTERVAL,
	WORD_TIMEOUT,
	WORD_RISE,
	WORD_FALL,
	WORDS,
};

/* A keyword, its value in error texts, and the types that have it. */
struct keyword {
	const char *name;
	const char *value;
	unsigned int types;
};

static const struct keyword keywords[WORDS] = {
	[WORD_PORT] = { "port", "N", ALL_TYPES & ~OF(HD_ICMP) },
	[WORD_PATH] = { "path", "PATH", HTTP_TYPES },
	[WORD_HOST] = { "host", "NAME", HTTP_TYPES },
	[WORD_EXPECT] = { "expect", "CODE[-CODE]", HTTP_TYPES },
	[WORD_BODY] = { "body", "TEXT", HTTP_TYPES },
	[WORD_VERIFY] = { "verify", "yes|no", OF(HD_HTTPS) },
	[WORD_SEND] = { "send", "HEX|TEXT", OF(HD_UDP) },
	[WORD_QUERY] = { "query", "NAME", OF(HD_DNS) },
	[WORD_PROXY] = { "proxy", "yes|no", HTTP_TYPES | OF(HD_UDP) | OF(HD_DNS) },
	[WORD_INTERVAL] = { "interval", "MS", ALL_TYPES },
	[WORD_FAST_INTERVAL] = { "fast-interval", "MS", ALL_TYPES },
	[WORD_TIMEOUT] = { "timeout", "MS", ALL_TYPES },
	[WORD_RISE] = { "rise", "N", ALL_TYPES },
	[WORD_FALL] = { "fall", "N", ALL_TYPES },
};

/* A line while it is read. */
struct reading {
	struct hd_check *check;
	struct ctl_fault *fault;
	char **word;
	int count;
	bool typed;		/* has its type */
	unsigned int given;	/* bits of keywords */
};

/* ---- values */

static int copy_text(const char *word, char **to, struct ctl_fault *fault)
{
	*to = strdup(word);
	return *to ? 0 : ctl_fault_set(fault, "no memory");
}

static int read_path(const char *word, struct hd_check *check, struct ctl_fault *fault)
{
	const char *c;

	for (c = word; *c; c++)
		if (isspace((unsigned char)*c) || iscntrl((unsigned char)*c))
			break;
	if (*word != '/' || *c)
		return ctl_fault_set(fault, "invalid path \"%s\" (valid: begins with \"/\", has no space)",
				     word);
	return copy_text(word, &check->path, fault);
}

/* Labels of letters, digits, "-" and "_" with dots between them; a name may end with a dot. */
static int read_host(const char *word, const char *what, char **to, struct ctl_fault *fault)
{
	const char *label = word, *c;

	for (c = word; *c; c++) {
		if (*c == '.' && c > label && c - label <= 63)
			label = c + 1;
		else if (!isascii((unsigned char)*c) ||
			 (!isalnum((unsigned char)*c) && *c != '-' && *c != '_'))
			break;
	}
	if (*c || c == word || c - label > 63 || c - word > 253)
		return ctl_fault_set(fault, "invalid %s \"%s\" (valid: a host name)", what, word);
	return copy_text(word, to, fault);
}

static int read_expect(const char *word, struct hd_check *check, struct ctl_fault *fault)
{
	unsigned int first, last;
	char dash, more;
	int got = sscanf(word, "%3u%c%3u%c", &first, &dash, &last, &more);

	if (got == 1)
		last = first;
	if ((got != 1 && (got != 3 || dash != '-')) || !isdigit((unsigned char)*word) ||
	    first < 100 || first > last || last > 599)
		return ctl_fault_set(fault, "invalid status \"%s\" (valid: CODE or CODE-CODE, from 100 to 599)",
				     word);
	check->expect_first = (uint16_t)first;
	check->expect_last = (uint16_t)last;
	return 0;
}

static bool is_hex(const char *word)
{
	size_t len = strlen(word);

	return len >= 2 && len % 2 == 0 && strspn(word, "0123456789abcdefABCDEF") == len;
}

static int read_send(const char *word, struct hd_check *check, struct ctl_fault *fault)
{
	bool hex = is_hex(word);
	size_t i, len = hex ? strlen(word) / 2 : strlen(word);
	unsigned int byte;

	if (!len || len > HD_SEND_MAX)
		return ctl_fault_set(fault, "invalid send: it has %zu bytes (valid: 1 to %d)", len,
				     HD_SEND_MAX);
	check->send = malloc(len);
	if (!check->send)
		return ctl_fault_set(fault, "no memory");
	check->send_len = len;
	for (i = 0; i < len; i++) {
		byte = (unsigned char)word[i];
		if (hex)
			sscanf(word + 2 * i, "%2x", &byte);
		check->send[i] = (uint8_t)byte;
	}
	return 0;
}

static int read_port(const char *word, struct hd_check *check, struct ctl_fault *fault)
{
	uint32_t port;

	if (ctl_parse_number(word, "port", 1, UINT16_MAX, &port, fault))
		return -1;
	check->port = (uint16_t)port;
	return 0;
}

static int read_value(struct reading *reading, enum word which, const char *word)
{
	struct hd_check *check = reading->check;
	struct ctl_fault *fault = reading->fault;

	switch (which) {
	case WORD_PORT:
		return read_port(word, check, fault);
	case WORD_PATH:
		return read_path(word, check, fault);
	case WORD_HOST:
		return read_host(word, "host", &check->host, fault);
	case WORD_EXPECT:
		return read_expect(word, check, fault);
	case WORD_BODY:
		if (!*word)
			return ctl_fault_set(fault, "the body is empty");
		return copy_text(word, &check->body, fault);
	case WORD_VERIFY:
		return dm_read_bool(word, "verify", &check->verify, fault);
	case WORD_SEND:
		return read_send(word, check, fault);
	case WORD_QUERY:
		return strcmp(word, ".") ? read_host(word, "query", &check->query, fault) :
					   copy_text(word, &check->query, fault);
	case WORD_PROXY:
		return dm_read_bool(word, "proxy", &check->proxy, fault);
	case WORD_INTERVAL:
		return ctl_parse_number(word, "interval", 10, MS_MAX, &check->interval, fault);
	case WORD_FAST_INTERVAL:
		return ctl_parse_number(word, "fast-interval", 10, MS_MAX, &check->fast_interval,
					fault);
	case WORD_TIMEOUT:
		return ctl_parse_number(word, "timeout", 1, MS_MAX, &check->timeout, fault);
	case WORD_RISE:
		return ctl_parse_number(word, "rise", 1, TIMES_MAX, &check->rise, fault);
	case WORD_FALL:
		return ctl_parse_number(word, "fall", 1, TIMES_MAX, &check->fall, fault);
	default:
		return -1;
	}
}

/* ---- commands */

static int check_command(const char *path, struct ctl_fault *fault)
{
	struct stat st;

	if (*path != '/')
		return ctl_fault_set(fault, "invalid command \"%s\" (valid: an absolute path)",
				     path);
	if (stat(path, &st))
		return ctl_fault_set(fault, "command \"%s\": %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode) || !(st.st_mode & 0111) || access(path, X_OK))
		return ctl_fault_set(fault, "command \"%s\" is no program that can be executed",
				     path);
	if (st.st_mode & 0022)
		return ctl_fault_set(fault, "command \"%s\" can be changed by its group or by others",
				     path);
	return 0;
}

static int read_command(struct reading *reading)
{
	struct hd_check *check = reading->check;
	int i;

	if (!reading->count)
		return ctl_fault_set(reading->fault, "\"exec\" needs a value: COMMAND...");
	check->words = calloc((size_t)reading->count + 1, sizeof(*check->words));
	if (!check->words)
		return ctl_fault_set(reading->fault, "no memory");
	for (i = 0; i < reading->count; i++)
		if (copy_text(reading->word[i], &check->words[i], reading->fault))
			return -1;
	reading->count = 0;
	return check_command(check->words[0], reading->fault);
}

/* ---- a line */

static void list_names(char *to, size_t len, unsigned int types, bool words)
{
	size_t i, used = 0;

	to[0] = '\0';
	for (i = 0; i < (words ? WORDS : HD_TYPES) && used < len; i++)
		if (!words || keywords[i].types & types)
			used += (size_t)snprintf(to + used, len - used, "%s%s", used ? ", " : "",
						 words ? keywords[i].name : hd_type_names[i]);
}

static int find_type(const char *word)
{
	int i;

	for (i = 0; i < HD_TYPES; i++)
		if (!strcmp(word, hd_type_names[i]))
			return i;
	return -1;
}

static int find_keyword(const char *word)
{
	int i;

	for (i = 0; i < WORDS; i++)
		if (!strcmp(word, keywords[i].name))
			return i;
	return -1;
}

static int read_type(struct reading *reading, int type)
{
	if (reading->typed)
		return ctl_fault_set(reading->fault, "unexpected type \"%s\": the check is of type %s",
				     hd_type_names[type], hd_type_names[reading->check->type]);
	reading->typed = true;
	reading->check->type = (enum hd_type)type;
	return type == HD_EXEC ? read_command(reading) : 0;
}

static int read_keyword(struct reading *reading, int which)
{
	const struct keyword *keyword = &keywords[which];

	if (reading->given & 1U << which)
		return ctl_fault_set(reading->fault, "\"%s\" is given twice", keyword->name);
	if (!reading->count)
		return ctl_fault_set(reading->fault, "\"%s\" needs a value: %s", keyword->name,
				     keyword->value);
	reading->given |= 1U << which;
	reading->count--;
	return read_value(reading, (enum word)which, *reading->word++);
}

static int refuse_word(const struct reading *reading, const char *word)
{
	char names[256];
	bool typed = reading->typed;

	list_names(names, sizeof(names), 1U << reading->check->type, typed);
	return ctl_fault_set(reading->fault, "invalid %s \"%s\" (valid: %s)",
			     typed ? "keyword" : "type", word, names);
}

static int read_words(struct reading *reading)
{
	char names[256];

	while (reading->count) {
		const char *word = *reading->word++;
		int type = find_type(word), keyword = find_keyword(word);

		reading->count--;
		if (type < 0 && keyword < 0)
			return refuse_word(reading, word);
		if (type >= 0 ? read_type(reading, type) : read_keyword(reading, keyword))
			return -1;
	}
	if (reading->typed)
		return 0;
	list_names(names, sizeof(names), 0, false);
	return ctl_fault_set(reading->fault, "the type is missing (valid: %s)", names);
}

/* Defaults that follow a short interval. */
static void shorten(const struct reading *reading)
{
	struct hd_check *check = reading->check;

	if (!(reading->given & 1U << WORD_FAST_INTERVAL) && check->fast_interval > check->interval)
		check->fast_interval = check->interval;
	if (!(reading->given & 1U << WORD_TIMEOUT) && check->timeout > check->interval)
		check->timeout = check->interval;
}

/* What only the whole line shows. */
static int check_whole(const struct reading *reading)
{
	const struct hd_check *check = reading->check;
	char names[256];
	int i;

	for (i = 0; i < WORDS; i++) {
		if (!(reading->given & 1U << i) || keywords[i].types & 1U << check->type)
			continue;
		list_names(names, sizeof(names), 1U << check->type, true);
		return ctl_fault_set(reading->fault, "type %s has no \"%s\" (valid: %s)",
				     hd_type_names[check->type], keywords[i].name, names);
	}
	if (check->fast_interval > check->interval)
		return ctl_fault_set(reading->fault,
				     "invalid fast-interval \"%u\": it is above the interval of %u ms",
				     check->fast_interval, check->interval);
	if (check->timeout > check->interval)
		return ctl_fault_set(reading->fault,
				     "invalid timeout \"%u\": it is above the interval of %u ms",
				     check->timeout, check->interval);
	if (check->verify && !check->host)
		return ctl_fault_set(reading->fault, "\"verify yes\" needs a host");
	return 0;
}

static void fill_key(const struct hd_check *check, FILE *file)
{
	char **word;
	size_t i;

	fprintf(file, "%s %u %u-%u %d %d %u %u %u %u %u", hd_type_names[check->type], check->port,
		check->expect_first, check->expect_last, check->verify, check->proxy,
		check->interval, check->fast_interval, check->timeout, check->rise, check->fall);
	fprintf(file, " path=%s host=%s body=%s query=%s send=", check->path ?: "",
		check->host ?: "", check->body ?: "", check->query ?: "");
	for (i = 0; i < check->send_len; i++)
		fprintf(file, "%02x", check->send[i]);
	for (word = check->words; word && *word; word++)
		fprintf(file, " %zu:%s", strlen(*word), *word);
	/* A command may know the group. */
	if (hd_check_uses(check, "{group}"))
		fprintf(file, " in %s", check->group);
}

static int make_key(struct hd_check *check, struct ctl_fault *fault)
{
	size_t len;
	FILE *file = open_memstream(&check->key, &len);

	if (file) {
		fill_key(check, file);
		if (!fclose(file))
			return 0;
	}
	return ctl_fault_set(fault, "no memory");
}

static int fill_defaults(struct hd_check *check, struct ctl_fault *fault)
{
	if ((check->type == HD_HTTP || check->type == HD_HTTPS) && !check->path &&
	    copy_text("/", &check->path, fault))
		return -1;
	if (check->type == HD_UDP && !check->send && read_send(" ", check, fault))
		return -1;
	if (check->type == HD_DNS && !check->query)
		return copy_text(".", &check->query, fault);
	return 0;
}

/**
 * hd_check_read() - Read the words of a line.
 * @check: Where to put the check; to be freed after a fault, too.
 * @words: The words.
 * @count: Number of them.
 * @fault: Says what is wrong.
 *
 * Return: 0 or -1.
 */
int hd_check_read(struct hd_check *check, char **words, int count, struct ctl_fault *fault)
{
	struct reading reading = {
		.check = check, .fault = fault, .word = words + 2, .count = count - 2,
	};

	if (strcmp(words[0], "check"))
		return ctl_fault_set(fault, "invalid word \"%s\" (valid: check)", words[0]);
	if (count < 2)
		return ctl_fault_set(fault, "GROUP is missing");
	if (ctl_parse_name(words[1], "group", fault))
		return -1;
	strcpy(check->group, words[1]);
	check->expect_first = 200;
	check->expect_last = 399;
	check->interval = 2000;
	check->fast_interval = 500;
	check->timeout = 1000;
	check->rise = 2;
	check->fall = 3;
	if (read_words(&reading))
		return -1;
	shorten(&reading);
	if (check_whole(&reading) || fill_defaults(check, fault))
		return -1;
	return make_key(check, fault);
}

/**
 * hd_check_free() - Free what a check has.
 * @check: The check.
 */
void hd_check_free(struct hd_check *check)
{
	char **word;

	for (word = check->words; word && *word; word++)
		free(*word);
	free(check->words);
	free(check->path);
	free(check->host);
	free(check->body);
	free(check->query);
	free(check->send);
	free(check->key);
}
