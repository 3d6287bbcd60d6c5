// SPDX-License-Identifier: GPL-2.0-only
/* Schedulers of IPVS, and which of this version come next to them. */
#include "convert.h"

#include <stdlib.h>
#include <string.h>

#include <linux/slb.h>

/*
 * What stands for a scheduler of IPVS.  Whether this version has it is asked of the table that the
 * kernel's specification makes, so a new one is used as soon as it is there.
 */
struct match {
	const char *theirs;
	const char *ours;	/* the same, or NULL */
	const char *near;	/* the nearest one that every version has */
	const char *why;	/* the difference between @theirs and @near */
};

static const struct match matches[] = {
	{ "rr", "rr", "rr", NULL },
	{ "wrr", "wrr", "wrr", NULL },
	{ "lc", "lc", "lc", NULL },
	{ "wlc", "wlc", "wlc", NULL },
	{ "sh", "sh", "sh", NULL },
	{ "mh", "mh", "mh", NULL },
	{ "sed", "sed", "wlc", "does not count the connection that is to come" },
	{ "nq", "nq", "wlc", "does not prefer an idle server of less weight" },
	{ "twos", "p2c", "wlc", "compares all servers" },
	{ "dh", NULL, "mh", "hashes clients: dh sends all clients of a VIP to one server" },
	{ "lblc", NULL, "wlc", "shares each VIP: that is for caches of many addresses" },
	{ "lblcr", NULL, "wlc", "shares each VIP: that is for caches of many addresses" },
};

static const struct ctl_arg *find_word(const struct ctl_noun *noun, const char *word)
{
	size_t i;

	for (i = 0; i < noun->arg_count; i++)
		if (noun->args[i].word && !strcmp(noun->args[i].word, word))
			return &noun->args[i];
	return NULL;
}

/**
 * conv_knows() - Does this version have a word?
 * @noun: The noun whose word it is.
 * @word: The word.
 *
 * Return: Whether it has.
 */
bool conv_knows(const struct ctl_noun *noun, const char *word)
{
	return find_word(noun, word);
}

/**
 * conv_lacks() - Why can a word not have a value?
 * @conv: The conversion, for memory.
 * @noun: The noun whose word it is.
 * @word: The word.
 * @value: The value.
 *
 * Return: The reason, or NULL when it can.
 */
const char *conv_lacks(struct conv *conv, const struct ctl_noun *noun, const char *word,
		       uint32_t value)
{
	const struct ctl_arg *arg = find_word(noun, word);

	if (!arg)
		return conv_print(conv, "this version has no \"%s\"", word);
	if (arg->max && (value < arg->min || value > arg->max))
		return conv_print(conv, "\"%s\" is from %u to %u", word, arg->min, arg->max);
	return NULL;
}

static bool has_scheduler(const char *name)
{
	const struct ctl_attr *attr = &ctl_group.attrs[SLB_A_GROUP_SCHEDULER];
	size_t i;

	for (i = 0; name && i < attr->count; i++)
		if (!strcmp(attr->names[i], name))
			return true;
	return false;
}

/* ---- fo and ovf: the heaviest server first */

static int by_weight(const void *a, const void *b)
{
	const struct conv_server *const *one = a, *const *other = b;

	return (*one)->weight < (*other)->weight ? 1 : (*one)->weight > (*other)->weight ? -1 : 0;
}

/*
 * A tier for each weight, the heaviest first.  Return: whether servers of one weight share a tier,
 * or tiers do not suffice.
 */
static bool put_tiers(struct conv *conv, struct conv_service *service)
{
	struct conv_server *server, **list;
	uint32_t tier = 0;
	size_t n = 0, i;
	bool shared = false;

	for (server = service->server; server; server = server->next)
		n += server->role == CONV_REAL && server->weight;
	list = conv_alloc(conv, (n + 1) * sizeof(*list));
	for (n = 0, server = service->server; server; server = server->next)
		if (server->role == CONV_REAL && server->weight)
			list[n++] = server;
	qsort(list, n, sizeof(*list), by_weight);
	for (i = 0; i < n; i++) {
		bool same = i && list[i]->weight == list[i - 1]->weight;

		/* those for backup come behind */
		tier += i && !same && tier < CONV_TIERS - 3;
		shared |= i && tier == list[i - 1]->tier;
		list[i]->tier = tier;
	}
	return shared;
}

static const char *failover(struct conv *conv, struct conv_service *service)
{
	if (put_tiers(conv, service))
		conv_note(conv, CONV_CONFIG, &service->scheduler_at,
			  "scheduler fo becomes tiers by weight; servers of one tier share the sessions");
	else
		conv_note(conv, CONV_CONFIG, &service->scheduler_at,
			  "scheduler fo becomes tiers by weight");
	return "rr";
}

static const char *overflow(struct conv *conv, struct conv_service *service)
{
	struct conv_server *server;

	if (!conv_knows(&ctl_noun_server, "session-limit") ||
	    !conv_knows(&ctl_noun_group, "overflow")) {
		conv_left(conv, CONV_CONFIG, &service->scheduler_at, "scheduler ovf",
			  "it needs \"session-limit\" and \"overflow\", which this version does not have; wlc takes its place");
		return "wlc";
	}
	for (server = service->server; server; server = server->next)
		if (server->role == CONV_REAL && !server->limit)
			server->limit = server->weight;
	put_tiers(conv, service);
	conv_note(conv, CONV_CONFIG, &service->scheduler_at,
		  "scheduler ovf becomes tiers by weight, with the weight as limit of sessions");
	return "rr overflow yes";
}

/* ---- hashes: of the client's address, or of its port, too */

static const char *hashes(struct conv *conv, const struct conv_service *service, const char *name)
{
	bool source = !strcmp(name, "sh");

	if (source == !service->ports)
		return name;
	if (conv_knows(&ctl_noun_group, "hash"))
		return source ? "sh hash flow" : "mh hash source";
	if (source) {
		conv_note(conv, CONV_CONFIG, &service->scheduler_at,
			  "scheduler sh with the port becomes mh, which hashes address and port");
		return "mh";
	}
	conv_left(conv, CONV_CONFIG, &service->scheduler_at, "scheduler mh by the address alone",
		  "mh hashes the port, too, so connections of a client may go to several servers; sh keeps them together");
	return "mh";
}

/**
 * conv_scheduler() - Choose the scheduler of a group.
 * @conv: The conversion.
 * @service: The service; its servers get tiers if the scheduler becomes these.
 *
 * Return: The words behind "scheduler".
 */
const char *conv_scheduler(struct conv *conv, struct conv_service *service)
{
	const char *theirs = service->scheduler, *words;
	size_t i;

	if (!strcmp(theirs, "fo"))
		return failover(conv, service);
	if (!strcmp(theirs, "ovf"))
		return overflow(conv, service);
	if (!strcmp(theirs, "sh") || !strcmp(theirs, "mh"))
		return hashes(conv, service, theirs);
	words = conv_print(conv, "scheduler %s", theirs);
	for (i = 0; i < CTL_COUNT(matches); i++) {
		const struct match *match = &matches[i];

		if (strcmp(match->theirs, theirs))
			continue;
		if (has_scheduler(match->ours))
			return match->ours;
		conv_left(conv, CONV_CONFIG, &service->scheduler_at, words,
			  "%s takes its place, and %s", match->near, match->why);
		return match->near;
	}
	conv_left(conv, CONV_CONFIG, &service->scheduler_at, words,
		  "it is not known; wlc takes its place, the default of IPVS");
	return "wlc";
}
