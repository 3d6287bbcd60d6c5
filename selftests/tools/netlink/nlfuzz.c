// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes a generic netlink family: sequences of right messages, most of them with a few faults.
 *
 * Usage: nlfuzz TABLE MESSAGES SEED
 *
 * TABLE is what nlfuzz_table.py prints. A quarter of the messages, but not more than 20,000, are
 * sent by one worker, after each of whose refusals all of the configuration must be what it was.
 * Half of the rest is sent by two workers at a time, each with objects of its own, which must be
 * what they were after every 16th refusal. The other half is sent by two workers that use the same
 * objects, most of it by operations that are shared: what daemons and operators do at a time.
 *
 * The answer to what must not be taken must be an error, and every error must have a text, or name
 * an attribute that is missing; but for those that the kernel answers by itself (silent()). Prints
 * what was wrong, at most 20 times, then what there was; exits with 1 when anything was wrong.
 */
#include <err.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 2
/* Most messages of the one worker, each followed by a look at all of the configuration. */
#define ALONE_MAX 20000
#define OBJECTS 4
#define ATTRS 32
#define OPS 96
#define STATES 16
#define ERRORS 134
/* Bytes of the longest value, and of an attribute that is random or has another one inside. */
#define VALUE 96
#define ROOM (VALUE + 8)

struct value {
	uint16_t len;
	uint8_t data[VALUE];
};

struct attr {
	int number, width, needed;
	char name[32], kind;
	long long min, max;
	struct value value[WORKERS][OBJECTS];
};

struct op {
	int number, changes, shared, n;
	bool dump, flush;
	char name[32];
	struct attr attr[ATTRS];
};

/* Where a part of the configuration is told, and what of it was configured. */
struct state {
	int number, key, life;
	bool dump;
	char op[32];
	uint64_t kept;
};

/* One worker; two with objects of their own; two with the same objects. */
enum phase { ALONE, APART, TOGETHER, PHASES };

/* What was seen, by worker; @tried and @taken by operation, of workers with the same objects. */
struct seen {
	unsigned long sent, done, refused, compared, wrong, by_errno[ERRORS], silent;
	unsigned long tried[OPS], taken[OPS];
};

static struct op ops[OPS];
static struct state states[STATES];
static int n_ops, n_states, family, fd, me, last_number;
static uint64_t seed;
static uint32_t sequence;
static enum phase phase;
static struct seen *seen;
static char family_name[32];

/* The message that is being made, and the answer. */
static uint8_t msg[8192], reply[1 << 17];
static size_t len;
static bool impossible;
static char story[512];

static uint32_t rnd(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 20) % below;
}

static bool chance(uint32_t percent)
{
	return rnd(100) < percent;
}

/* ---- the table */

static size_t unhex(const char *hex, uint8_t *data, size_t room)
{
	unsigned int byte;
	size_t n = 0;

	for (; n < room && sscanf(hex, "%2x", &byte) == 1; hex += 2)
		data[n++] = byte;
	return n;
}

static long long limit(const char *text, long long none)
{
	return *text == '-' ? none : atoll(text);
}

static void read_op(const char *line)
{
	struct op *op = &ops[n_ops++];
	char how[8];

	if (n_ops == OPS || sscanf(line, "op %d %31s %7s %d %d", &op->number, op->name, how,
				   &op->changes, &op->shared) != 5)
		errx(2, "the table: %s", line);
	op->dump = !strcmp(how, "dump");
	if (op->number > last_number)
		last_number = op->number;
}

static void read_attr(const char *line)
{
	struct op *op = &ops[n_ops - 1];
	struct attr *a = &op->attr[op->n++];
	char min[24], max[24];

	if (op->n == ATTRS || sscanf(line, "attr %d %31s %c %d %23s %23s %d", &a->number, a->name,
				     &a->kind, &a->width, min, max, &a->needed) != 7)
		errx(2, "the table: %s", line);
	a->min = limit(min, 0);
	a->max = limit(max, -1);
}

static void read_value(const char *line)
{
	struct op *op = &ops[n_ops - 1];
	struct attr *a = &op->attr[op->n - 1];
	char hex[256];
	int worker, i;

	if (sscanf(line, "value %d %d %255s", &worker, &i, hex) != 3 || worker >= WORKERS ||
	    i >= OBJECTS || strlen(hex) > 2 * VALUE)
		errx(2, "the table: %s", line);
	a->value[worker][i].len = unhex(hex, a->value[worker][i].data, VALUE);
}

static void read_state(const char *line)
{
	struct state *s = &states[n_states++];
	int at = 0, more, number;
	char how[8];

	if (n_states == STATES || sscanf(line, "state %d %*s %7s %d %d %31s%n", &s->number, how,
					 &s->key, &s->life, s->op, &at) != 5)
		errx(2, "the table: %s", line);
	s->dump = !strcmp(how, "dump");
	for (; sscanf(line + at, "%d%n", &number, &more) == 1; at += more)
		s->kept |= 1ULL << number;
}

static void read_table(const char *file)
{
	FILE *f = fopen(file, "r");
	char line[512];
	int i;

	if (!f)
		err(2, "%s", file);
	while (fgets(line, sizeof(line), f)) {
		if (!strncmp(line, "op ", 3))
			read_op(line);
		else if (!strncmp(line, "attr ", 5))
			read_attr(line);
		else if (!strncmp(line, "value ", 6))
			read_value(line);
		else if (!strncmp(line, "state ", 6))
			read_state(line);
		else if (sscanf(line, "family %31s", family_name) != 1)
			errx(2, "the table: %s", line);
	}
	fclose(f);
	for (i = 0; i < n_ops; i++)
		ops[i].flush = strstr(ops[i].name, "-flush") && !ops[i].n;
}

/* ---- messages */

static void begin(int type, int cmd, int flags)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)msg;
	struct genlmsghdr *g = NLMSG_DATA(nlh);

	memset(msg, 0, NLMSG_HDRLEN + GENL_HDRLEN);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++sequence;
	g->cmd = cmd;
	g->version = 1;
	len = NLMSG_HDRLEN + GENL_HDRLEN;
}

static void put(int type, const void *data, size_t n)
{
	struct nlattr *nla = (struct nlattr *)(msg + len);

	nla->nla_type = type;
	nla->nla_len = NLA_HDRLEN + n;
	memset(msg + len + NLA_HDRLEN, 0, NLA_ALIGN(n));
	memcpy(msg + len + NLA_HDRLEN, data, n);
	len += NLA_HDRLEN + NLA_ALIGN(n);
}

/* Bytes of the answer. */
static size_t answered;

/* Returns the errno; was there a text, and an attribute said to be missing? */
static int parse_ack(const struct nlmsghdr *nlh, bool done, bool *text, bool *missing)
{
	const uint8_t *data = NLMSG_DATA(nlh);
	int error = -*(const int *)data;
	size_t at = done ? 4 : 4 + sizeof(struct nlmsghdr);
	size_t n = nlh->nlmsg_len - NLMSG_HDRLEN;

	*text = *missing = false;
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return error;
	while (at + NLA_HDRLEN <= n) {
		const struct nlattr *nla = (const struct nlattr *)(data + at);

		if (nla->nla_len < NLA_HDRLEN)
			break;
		*text |= nla->nla_type == NLMSGERR_ATTR_MSG && nla->nla_len > NLA_HDRLEN + 1;
		*missing |= nla->nla_type == NLMSGERR_ATTR_MISS_TYPE;
		at += NLA_ALIGN(nla->nla_len);
	}
	return error;
}

/* Sends the message and reads all of the answer. */
static int transact(bool *text, bool *missing)
{
	((struct nlmsghdr *)msg)->nlmsg_len = len;
	answered = 0;
	if (send(fd, msg, len, 0) < 0)
		err(1, "send");
	for (;;) {
		ssize_t n = recv(fd, reply + answered, sizeof(reply) - answered, 0);
		struct nlmsghdr *nlh = (struct nlmsghdr *)(reply + answered);

		if (n < 0)
			err(1, "recv");
		answered += n;
		for (; NLMSG_OK(nlh, n); nlh = NLMSG_NEXT(nlh, n)) {
			if (nlh->nlmsg_seq != sequence)
				continue;
			if (nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE)
				return parse_ack(nlh, nlh->nlmsg_type == NLMSG_DONE, text, missing);
		}
		if (answered > sizeof(reply) - 40000)
			answered = 0;
	}
}

static void find_family(void)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK };
	int on = 1, size = 1 << 20;
	bool text, missing;
	struct nlattr *nla;
	uint8_t *at;

	fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	if (fd < 0 || bind(fd, (struct sockaddr *)&to, sizeof(to)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)))
		err(2, "netlink");
	begin(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, NLM_F_ACK);
	put(CTRL_ATTR_FAMILY_NAME, family_name, strlen(family_name) + 1);
	if (transact(&text, &missing))
		errx(2, "there is no family %s", family_name);
	at = reply + NLMSG_HDRLEN + GENL_HDRLEN;
	for (; at < reply + answered; at += NLA_ALIGN(nla->nla_len)) {
		nla = (struct nlattr *)at;
		if (nla->nla_type == CTRL_ATTR_FAMILY_ID) {
			family = *(uint16_t *)(at + NLA_HDRLEN);
			return;
		}
	}
	errx(2, "%s has no number", family_name);
}

/* ---- the configuration */

static uint64_t hash(uint64_t h, const void *data, size_t n)
{
	const uint8_t *byte = data;

	while (n--)
		h = (h ^ *byte++) * 0x100000001b3ULL;
	return h;
}

static bool is_mine(const struct state *s, const uint8_t *data, size_t n)
{
	const struct attr *a = NULL;
	int i, j;

	for (i = 0; i < n_ops; i++)
		for (j = 0; j < ops[i].n && !strcmp(ops[i].name, s->op); j++)
			if (ops[i].attr[j].number == s->key)
				a = &ops[i].attr[j];
	for (i = 0; a && i < OBJECTS; i++)
		if (a->value[me][i].len == n && !memcmp(a->value[me][i].data, data, n))
			return true;
	return false;
}

static uint64_t hash_object(const struct state *s, const struct nlmsghdr *nlh)
{
	const uint8_t *end = (const uint8_t *)nlh + nlh->nlmsg_len;
	const uint8_t *at = (const uint8_t *)nlh + NLMSG_HDRLEN + GENL_HDRLEN;
	uint64_t h = 0xcbf29ce484222325ULL + s->number;
	const uint8_t one = 1;
	bool mine = phase == ALONE;

	while (at + NLA_HDRLEN <= end) {
		const struct nlattr *nla = (const struct nlattr *)at;
		int type = nla->nla_type & NLA_TYPE_MASK;

		if (nla->nla_len < NLA_HDRLEN)
			break;
		if (type == s->life && at[NLA_HDRLEN] > 1)
			h = hash(h, &one, 1);
		else if (type == s->life)
			h = hash(h, at + NLA_HDRLEN, 1);
		else if (type < 64 && s->kept >> type & 1)
			h = hash(h, at, nla->nla_len);
		if (type == s->key && is_mine(s, at + NLA_HDRLEN, nla->nla_len - NLA_HDRLEN))
			mine = true;
		at += NLA_ALIGN(nla->nla_len);
	}
	return mine ? h : 0;
}

/* All that is configured, or all that is this worker's; whatever its order. */
static uint64_t hash_state(void)
{
	uint64_t h = 0;
	bool text, missing;
	int i;

	for (i = 0; i < n_states; i++) {
		const struct state *s = &states[i];
		struct nlmsghdr *nlh = (struct nlmsghdr *)reply;
		size_t left;

		if (phase != ALONE && !s->key)
			continue;
		begin(family, s->number, s->dump ? NLM_F_DUMP : NLM_F_ACK);
		if (transact(&text, &missing))
			errx(1, "%s: the configuration is not told", family_name);
		left = answered;
		for (; NLMSG_OK(nlh, left); nlh = NLMSG_NEXT(nlh, left))
			if (nlh->nlmsg_type == family)
				h += hash_object(s, nlh);
	}
	return h;
}

/* ---- faults */

static const char *const fault_names[] = {
	"absent", "twice", "empty", "short", "long", "above", "below", "highest", "lowest",
	"nested", "wrapped", "big-endian", "random", "other", "unknown", "cut", "lying",
};

enum fault {
	ABSENT, TWICE, EMPTY, SHORT, LONG, ABOVE, BELOW, HIGHEST, LOWEST, NESTED, WRAPPED,
	SWAPPED, RANDOM, OTHER, UNKNOWN, CUT, LYING, FAULTS, SOUND = -1,
};

static void put_number(const struct attr *a, long long number)
{
	put(a->number, &number, a->width);
}

/* A number beyond what the specification allows, or just within. */
static void put_limit(const struct attr *a, enum fault f, const struct value *v)
{
	long long top = a->width && a->width < 8 ? (1LL << (8 * a->width)) - 1 : 0;
	uint8_t data[300];

	if (a->kind == 's' && f == ABOVE) {
		memset(data, 'x', sizeof(data));
		data[a->max + 1] = '\0';
		impossible = true;
		put(a->number, data, a->max + 2);
	} else if (a->kind == 'u' && f == ABOVE && a->max >= 0 && a->max < top) {
		impossible = true;
		put_number(a, a->max + 1 + rnd(top - a->max));
	} else if (a->kind == 'u' && f == BELOW && a->min > 0) {
		impossible = true;
		put_number(a, a->min - 1);
	} else if (a->kind == 'u' && (f == HIGHEST || f == LOWEST)) {
		put_number(a, f == LOWEST ? a->min : a->max >= 0 ? a->max : top);
	} else {
		put(a->number, v->data, v->len);
	}
}

/* In a wrong length: all but addresses, of which both families are right, and strings have one. */
static void put_length(const struct attr *a, enum fault f, const struct value *v)
{
	uint8_t data[ROOM] = {};
	size_t n = f == EMPTY ? 0 : f == SHORT ? v->len - 1 : v->len + 1;

	memcpy(data, v->data, v->len);
	impossible |= a->kind != 's' && !(a->number & NLA_F_NESTED);
	put(a->number, data, n);
}

/* Whose objects is a message about? */
static int owner(void)
{
	return phase == TOGETHER ? (int)rnd(WORKERS) : me;
}

static void put_faulty(const struct op *op, const struct attr *a, enum fault f,
		       const struct value *v)
{
	struct nlattr *nla = (struct nlattr *)(msg + len);
	uint8_t data[ROOM];
	unsigned int i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = rnd(256);
	switch (f) {
	case ABSENT:
		impossible |= a->needed == 2 && !op->dump;
		return;
	case TWICE:
		put(a->number, v->data, v->len);
		impossible |= !op->dump;
		break;
	case EMPTY ... LONG:
		put_length(a, f, v);
		return;
	case ABOVE ... LOWEST:
		put_limit(a, f, v);
		return;
	case WRAPPED:
		memcpy(data + NLA_HDRLEN, v->data, v->len);
		((struct nlattr *)data)->nla_type = a->number & NLA_TYPE_MASK;
		((struct nlattr *)data)->nla_len = NLA_HDRLEN + v->len;
		impossible |= !(a->number & NLA_F_NESTED);
		put(a->number | NLA_F_NESTED, data, NLA_HDRLEN + v->len);
		return;
	case RANDOM:
		put(a->number, data, chance(50) ? v->len : rnd(sizeof(data)));
		return;
	case OTHER:
		v = &a->value[owner()][rnd(OBJECTS)];
		break;
	default:
		break;
	}
	put(a->number, v->data, v->len);
	if (f == NESTED)
		nla->nla_type |= NLA_F_NESTED;
	if (f == SWAPPED)
		nla->nla_type |= NLA_F_NET_BYTEORDER;
	impossible |= (f == NESTED && !(a->number & NLA_F_NESTED)) || (f == SWAPPED && !op->dump);
}

/* What is wrong with the message as a whole. */
static void put_end(enum fault f)
{
	struct nlattr *last = (struct nlattr *)(msg + len);

	if (f == UNKNOWN) {
		put(chance(50) ? 60 + rnd(1000) : 0x3fff, "unknown", rnd(8));
	} else {
		put(1 + rnd(60), "12345678", 8);
		last->nla_len = f == CUT ? 12 + 1 + rnd(1000) : rnd(4);
	}
	/* attributes of no length are no attributes, but bytes that nobody expects */
	impossible = true;
}

/*
 * A right message for one of the worker's objects, then its faults. Workers with the same objects
 * make fewer faults: what is refused at once meets nothing that the other one does.
 */
static void make(const struct op *op)
{
	enum fault fault[ATTRS], end = SOUND;
	int i, n = chance(phase == TOGETHER ? 70 : 25) ? 0 : 1 + rnd(3), object = rnd(OBJECTS);
	int whose = owner();
	char *tell = story;

	begin(family, op->number, op->dump ? NLM_F_DUMP : NLM_F_ACK);
	impossible = false;
	for (i = 0; i < op->n; i++)
		fault[i] = SOUND;
	tell += sprintf(tell, "%s%s object %d:", op->name, op->dump ? " dump" : "", object);
	for (; n; n--) {
		enum fault f = rnd(FAULTS);

		if (f >= UNKNOWN || !op->n)
			end = UNKNOWN + rnd(FAULTS - UNKNOWN);
		else
			fault[rnd(op->n)] = f;
	}
	for (i = 0; i < op->n; i++) {
		const struct attr *a = &op->attr[i];

		/* what need not be there is there half of the time; less often if it shall fit */
		if (fault[i] == SOUND && !a->needed &&
		    chance(op->dump ? 90 : phase == TOGETHER ? 80 : 50))
			continue;
		if (fault[i] != SOUND)
			tell += snprintf(tell, 100, " %s %s", a->name, fault_names[fault[i]]);
		put_faulty(op, a, fault[i], &a->value[whose][object]);
	}
	if (end != SOUND) {
		sprintf(tell, " %s", fault_names[end]);
		put_end(end);
	}
}

/* ---- judging */

/*
 * What the kernel answers by itself, without a text: a command that does not exist, or not in this
 * way. All that its policies refuse has one.
 */
static bool silent(int error)
{
	return error == EOPNOTSUPP;
}

static void complain(const char *what, int error)
{
	if (seen[me].wrong++ < 20)
		printf("%s: %s (error %d): %s\n", family_name, what, error, story);
}

static void judge(int error, bool text, bool missing)
{
	seen[me].sent++;
	if (!error) {
		seen[me].done++;
		if (impossible)
			complain("taken", error);
		return;
	}
	seen[me].refused++;
	seen[me].by_errno[error > 0 && error < ERRORS ? error : 0]++;
	if (error <= 0 || error == ENOMEM || error == EFAULT || error == EIO || error >= ERRORS)
		complain("a strange error", error);
	if (!text && !missing) {
		seen[me].silent++;
		if (!silent(error))
			complain("no text", error);
	}
}

/* A command that there is not, or a dump of what has none. */
static void make_wrong_command(void)
{
	begin(family, chance(50) ? 0 : last_number + 1 + rnd(100),
	      chance(50) ? NLM_F_DUMP : NLM_F_ACK);
	put(1 + rnd(8), "any", 4);
	impossible = true;
	sprintf(story, "wrong command");
}

static const struct op *choose(void)
{
	for (;;) {
		const struct op *op = &ops[rnd(n_ops)];

		/* flushes are everybody's, and leave little to do for the others */
		if (op->flush && (phase == APART || !chance(10)))
			continue;
		if (phase == TOGETHER && !op->shared && chance(80))
			continue;
		/* more is added than deleted */
		if (strstr(op->name, "-del") && !chance(40))
			continue;
		if (strstr(op->name, "-get") && !chance(60))
			continue;
		return op;
	}
}

/* Did a refused message change anything? @before is the hash of the state before it. */
static uint64_t compare(uint64_t before, int error)
{
	uint64_t now = hash_state();

	seen[me].compared++;
	if (now != before)
		complain("refused, and something has changed", error);
	return now;
}

/* Sends a message. Return: the errno. */
static int tell(const struct op *op)
{
	bool text = false, missing = false;
	int error = transact(&text, &missing);

	judge(error, text, missing);
	if (phase == TOGETHER && op) {
		seen[me].tried[op - ops]++;
		seen[me].taken[op - ops] += !error;
	}
	return error;
}

static void work(unsigned long messages)
{
	uint64_t before = hash_state();
	unsigned long refusals = 0;

	while (messages--) {
		const struct op *op = choose();
		bool wrong = chance(2), look;
		int error;

		if (wrong)
			make_wrong_command();
		else
			make(op);
		error = tell(wrong ? NULL : op);
		/* what one refuses may have changed by the other */
		if (phase == TOGETHER)
			continue;
		look = phase == ALONE || refusals++ % 16 == 15;
		if (!error || op->changes > 1) {
			/* what follows is compared with what is now */
			if (op->changes && phase == ALONE)
				before = hash_state();
			continue;
		}
		if (!look)
			continue;
		/* no other worker changes what is this one's; so it may as well be asked twice */
		if (phase == APART) {
			before = hash_state();
			((struct nlmsghdr *)msg)->nlmsg_seq = ++sequence;
			make(op);
			error = tell(op);
			if (!error || op->changes > 1)
				continue;
		}
		before = compare(before, error);
	}
}

/* Of the operations that are shared: how many messages were taken? */
static void report_shared(void)
{
	unsigned long tried, taken;
	int i, w;

	for (i = 0; i < n_ops; i++) {
		if (!ops[i].shared)
			continue;
		for (w = tried = taken = 0; w < WORKERS; w++) {
			tried += seen[w].tried[i];
			taken += seen[w].taken[i];
		}
		printf("%s: two with the same objects: %s%s %lu times, %lu taken\n", family_name,
		       ops[i].name, ops[i].dump ? " dump" : "", tried, taken);
	}
}

static void report(void)
{
	struct seen all = {};
	int w, e;

	for (w = 0; w < WORKERS; w++) {
		all.sent += seen[w].sent;
		all.done += seen[w].done;
		all.refused += seen[w].refused;
		all.compared += seen[w].compared;
		all.wrong += seen[w].wrong;
		all.silent += seen[w].silent;
		for (e = 0; e < ERRORS; e++)
			all.by_errno[e] += seen[w].by_errno[e];
	}
	printf("%s: %lu messages, %lu taken, %lu refused, %lu of them without a text\n",
	       family_name, all.sent, all.done, all.refused, all.silent);
	printf("%s: state compared %lu times, %lu answers or states wrong\n", family_name,
	       all.compared, all.wrong);
	for (e = 0; e < ERRORS; e++)
		if (all.by_errno[e])
			printf("%s: %lu times %s\n", family_name, all.by_errno[e], strerror(e));
	report_shared();
	exit(all.wrong || !all.done || !all.refused || !all.compared);
}

/* Starts the workers of a phase, and waits for them. */
static void run(unsigned long messages, uint64_t first)
{
	int status = 0, workers = phase == ALONE ? 1 : WORKERS;
	pid_t pid[WORKERS];

	for (me = 0; me < workers; me++) {
		pid[me] = fork();
		if (pid[me])
			continue;
		seed = first * 0x9e3779b97f4a7c15ULL + PHASES * me + phase + 1;
		find_family();
		work(messages / workers);
		exit(0);
	}
	for (me = 0; me < workers; me++)
		if (pid[me] < 0 || waitpid(pid[me], &status, 0) < 0 || status)
			errx(1, "a worker has ended with status %x", status);
}

int main(int argc, char **argv)
{
	unsigned long messages, n_alone;

	if (argc != 4)
		errx(2, "Usage: nlfuzz TABLE MESSAGES SEED");
	messages = strtoul(argv[2], NULL, 10);
	n_alone = messages / 4 < ALONE_MAX ? messages / 4 : ALONE_MAX;
	read_table(argv[1]);
	seen = mmap(NULL, sizeof(*seen) * WORKERS, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	setlinebuf(stdout);
	for (phase = ALONE; phase < PHASES; phase++)
		run(phase == ALONE ? n_alone : (messages - n_alone) / 2,
		    strtoull(argv[3], NULL, 10));
	report();
}
