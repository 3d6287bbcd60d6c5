// SPDX-License-Identifier: GPL-2.0-only
/* The changes that make the kernel's configuration that of a file. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <linux/slb_relay.h>

/*
 * The order of changes: what is needed comes before what needs it, and goes after it, so that a
 * virtual IP always has its group. Links and virtual IPs that go make room for those that come.
 * What ends sessions comes late, as those that have ended do not return when a later change is
 * refused: so a link that loses a family waits, unless it could have to make room, too. A group
 * with a client-address for fewer protocols waits until virtual IPs of the others have left it. Two
 * balancers can be heirs of each other, so heirs come after all balancers.
 */
enum rank {
	RANK_SETTING,
	RANK_BALANCER,
	RANK_HEIR,
	RANK_LINK_GOES,
	RANK_LINK_SHRINKS,
	RANK_LINK,
	RANK_GROUP,
	RANK_SERVER,
	RANK_VIP_GOES,
	RANK_VIP,
	RANK_GROUP_NARROWS,
	RANK_LINK_SHRINKS_LATE,
	RANK_SERVER_GOES,
	RANK_GROUP_GOES,
	RANK_BALANCER_GOES,
};

static enum rank rank_of(const struct config_op *op)
{
	const struct ctl_object *object = op->entry->noun->object;
	bool goes = op->verb == CTL_DEL;

	if (op->shrinks)
		return op->late ? RANK_LINK_SHRINKS_LATE : RANK_LINK_SHRINKS;
	if (op->narrows)
		return RANK_GROUP_NARROWS;
	if (object == &ctl_link || object == &ctl_relay_link)
		return goes ? RANK_LINK_GOES : RANK_LINK;
	if (object == &ctl_group)
		return goes ? RANK_GROUP_GOES : RANK_GROUP;
	if (object == &ctl_server)
		return goes ? RANK_SERVER_GOES : RANK_SERVER;
	if (object == &ctl_vip || object == &ctl_relay_vip)
		return goes ? RANK_VIP_GOES : RANK_VIP;
	if (object == &ctl_balancer)
		return goes ? RANK_BALANCER_GOES :
		       op->verb == CTL_SET ? RANK_HEIR : RANK_BALANCER;
	return RANK_SETTING;
}

/* By family, rank and key; changes of one object stay in their order. */
static int compare_ops(const void *a, const void *b)
{
	const struct config_op *one = a, *other = b;
	int family = one->entry->noun->family->index - other->entry->noun->family->index;
	int rank = (int)rank_of(one) - (int)rank_of(other);

	return family ?: rank ?: config_compare(one->entry, other->entry) ?:
	       (one->order < other->order ? -1 : 1);
}

static char *print_words(const char *key, const char *more)
{
	char *text;

	if (asprintf(&text, "%s%s%s", key, *key && *more ? " " : "", more) < 0) {
		ctl_say("no memory");
		exit(CTL_EXIT_WORDS);
	}
	return text;
}

static void add_op(struct config_plan *plan, const struct config_entry *entry, enum ctl_verb verb,
		   char *words, enum ctl_verb undo_verb, char *undo_words)
{
	if (plan->count == plan->room) {
		plan->room = plan->room ? plan->room * 2 : 64;
		plan->op = realloc(plan->op, plan->room * sizeof(*plan->op));
		if (!plan->op) {
			ctl_say("no memory");
			exit(CTL_EXIT_WORDS);
		}
	}
	plan->op[plan->count] = (struct config_op) {
		.entry = entry,
		.verb = verb,
		.words = words,
		.undo_verb = undo_verb,
		.undo_words = undo_words,
		.order = plan->count,
	};
	plan->count++;
}

/* The words behind the noun, from its key on. */
static char *all_words(const struct config_entry *entry)
{
	char text[CONFIG_LINE_LEN];

	config_text(entry, text, sizeof(text));
	return print_words(text + strlen(ctl_prefix(entry->noun)) + strlen(entry->noun->name) + 1,
			   "");
}

/* The heir of a balancer in its column, or NULL. */
static char **heir_of(const struct config_entry *entry)
{
	size_t i;

	for (i = 0; entry->noun == &ctl_noun_balancer && i < config_columns(entry->noun); i++)
		if (entry->noun->object->columns[i].id[0] == SLB_RELAY_A_BALANCER_HEIR)
			return entry->value[i] ? &entry->value[i] : NULL;
	return NULL;
}

/* The words of an object that do not need another one of its kind. */
static char *own_words(const struct config_entry *entry)
{
	char **heir = heir_of(entry), *name, *words;

	if (!heir)
		return all_words(entry);
	name = *heir;
	*heir = NULL;
	words = all_words(entry);
	*heir = name;
	return words;
}

/* A balancer has the default heir when it is added, and again before it is deleted. */
static void plan_heir(struct config_plan *plan, const struct config_entry *entry, bool adds)
{
	char words[CONFIG_LINE_LEN], usual[CONFIG_LINE_LEN];
	char **heir = heir_of(entry);

	if (!heir || !strcmp(*heir, "auto"))
		return;
	snprintf(words, sizeof(words), "heir %s", *heir);
	snprintf(usual, sizeof(usual), "heir auto");
	add_op(plan, entry, CTL_SET, print_words(entry->key, adds ? words : usual), CTL_SET,
	       print_words(entry->key, adds ? usual : words));
}

static void plan_add(struct config_plan *plan, const struct config_entry *entry)
{
	add_op(plan, entry, CTL_ADD, own_words(entry), CTL_DEL, print_words(entry->key, ""));
	plan_heir(plan, entry, true);
}

static void plan_del(struct config_plan *plan, const struct config_entry *entry)
{
	plan_heir(plan, entry, false);
	add_op(plan, entry, CTL_DEL, print_words(entry->key, ""), CTL_ADD, own_words(entry));
}

/* What a column is when a file does not say it, or NULL when that changes nothing. */
static const char *wanted(const struct config_entry *to, size_t i)
{
	const struct ctl_column *column = &to->noun->object->columns[i];

	return to->value[i] ?: column->preset;
}

static const char *present(const struct config_entry *from, size_t i)
{
	const struct ctl_column *column = &from->noun->object->columns[i];

	bool usual = column->form == CTL_FORM_UNUSUAL || column->form == CTL_FORM_SHARE ||
		     column->form == CTL_FORM_MARK ||
		     (column->form == CTL_FORM_SPAN && *column->preset);

	/* what is usual is not shown */
	return from->value[i] ?: usual ? column->preset : "";
}

/* Does a column have to change? What the kernel does not show makes no difference. */
static bool differs(const struct config_entry *from, const struct config_entry *to, size_t i)
{
	const struct ctl_column *column = &to->noun->object->columns[i];
	const char *value = wanted(to, i);

	if (!column->word || !value || !strcmp(value, present(from, i)))
		return false;
	return column->preset || from->value[i];
}

/* The same with the columns that go with it. */
static bool any_differs(const struct config_entry *from, const struct config_entry *to, size_t i)
{
	const struct ctl_column *columns = to->noun->object->columns;
	bool any = differs(from, to, i);

	while (++i < config_columns(to->noun) && columns[i].joined)
		any |= differs(from, to, i);
	return any;
}

static void append(char *text, const char *word, const char *value)
{
	size_t used = strlen(text);

	snprintf(text + used, CONFIG_LINE_LEN - used, "%s%s %s", used ? " " : "", word, value);
}

/* How one object becomes the other. "set" takes no address of a family away. */
enum change { CHANGE_SET, CHANGE_GAINS_FAMILY, CHANGE_LOSES_FAMILY };

/* Columns that go with column @i: those that @entry has, as the others end with the first. */
static void append_joined(char *text, const struct config_entry *entry, size_t i)
{
	const struct ctl_column *columns = entry->noun->object->columns;

	while (++i < config_columns(entry->noun) && columns[i].joined)
		if (entry->value[i])
			append(text, columns[i].word, entry->value[i]);
}

/* The words of a set command, and of the one that undoes it unless a family was gained. */
static enum change change_words(const struct config_entry *from, const struct config_entry *to,
				char *words, char *undo)
{
	enum change change = CHANGE_SET;
	size_t i;

	*words = '\0';
	*undo = '\0';
	for (i = 0; i < config_columns(to->noun); i++) {
		const struct ctl_column *column = &to->noun->object->columns[i];
		const char *word = column->word;

		if (column->joined || !any_differs(from, to, i))
			continue;
		if (!*wanted(to, i))
			change = CHANGE_LOSES_FAMILY;
		else if (*present(from, i))
			append(undo, word, present(from, i));
		else if (change == CHANGE_SET && column->preset)
			change = CHANGE_GAINS_FAMILY;
		if (*wanted(to, i))
			append(words, word, wanted(to, i));
		append_joined(words, to, i);
		append_joined(undo, from, i);
	}
	return change;
}

/* Other ranges of addresses than before. Two links may have exchanged them. */
static bool range_differs(const struct config_entry *from, const struct config_entry *to)
{
	const struct ctl_column *column = to->noun->object->columns;
	size_t i;

	for (i = 0; i < config_columns(to->noun); i++)
		/* links may adopt the same addresses */
		if (column[i].form == CTL_FORM_SPAN && !*column[i].preset && differs(from, to, i) &&
		    *wanted(to, i))
			return true;
	return false;
}

/*
 * A link gains a family without losing its sessions. Only "del" and "add" undo that, in this order.
 * So "del" undoes a second change, which sets the weight that the link has. If the kernel refuses
 * the first one, there is nothing to undo.
 */
static void plan_gain(struct config_plan *plan, const struct config_entry *from,
		      const struct config_entry *to, const char *words)
{
	char weight[CONFIG_LINE_LEN] = "";
	size_t i;

	for (i = 0; i < config_columns(from->noun); i++) {
		const char *word = from->noun->object->columns[i].word;

		if (word && !strcmp(word, "weight"))
			append(weight, word, wanted(to, i) ?: present(from, i));
	}
	add_op(plan, to, CTL_SET, print_words(to->key, words), CTL_ADD, all_words(from));
	add_op(plan, to, CTL_SET, print_words(to->key, weight), CTL_DEL,
	       print_words(to->key, ""));
}

/* Does a link have a family only afterwards? "set" would not take it away again. */
static bool gains_family(const struct config_entry *from, const struct config_entry *to)
{
	size_t i;

	for (i = 0; i < config_columns(to->noun); i++) {
		const struct ctl_column *column = &to->noun->object->columns[i];

		if (column->preset && !*column->preset && differs(from, to, i) &&
		    !*present(from, i))
			return true;
	}
	return false;
}

/*
 * A link loses a family, for which it is deleted and added. Its other words are set first, and with
 * them the family that it gains, if it changes from one to the other: if the kernel refuses them,
 * its sessions have not ended.
 */
static void plan_loss(struct config_plan *plan, const struct config_entry *from,
		      const struct config_entry *to, const char *words)
{
	size_t i = plan->count;

	if (gains_family(from, to))
		plan_gain(plan, from, to, words);
	else
		add_op(plan, to, CTL_SET, all_words(to), CTL_SET, all_words(from));
	plan_del(plan, from);
	plan_add(plan, to);
	for (; i < plan->count; i++)
		plan->op[i].shrinks = true;
}

/* The place of a column's value among the words that it may have. */
static unsigned int value_index(const struct config_entry *entry, size_t i)
{
	const struct ctl_object *object = entry->noun->object;
	const struct ctl_attr *attr = &object->attrs[object->columns[i].id[0]];
	unsigned int n = 0;

	while (n < attr->count && strcmp(attr->names[n], wanted(entry, i)))
		n++;
	return n;
}

/* Will fewer protocols fit a group than before? Each word of client-address is for fewer. */
static bool narrows(const struct config_entry *from, const struct config_entry *to)
{
	size_t i;

	for (i = 0; to->noun == &ctl_noun_group && i < config_columns(to->noun); i++) {
		const char *word = to->noun->object->columns[i].word;

		if (word && !strcmp(word, "client-address"))
			return value_index(to, i) > value_index(from, i);
	}
	return false;
}

static void plan_set(struct config_plan *plan, const struct config_entry *from,
		     const struct config_entry *to, bool replace)
{
	char words[CONFIG_LINE_LEN], undo[CONFIG_LINE_LEN];
	enum change change = change_words(from, to, words, undo);

	if (replace) {
		plan_del(plan, from);
		plan_add(plan, to);
	} else if (change == CHANGE_LOSES_FAMILY) {
		plan_loss(plan, from, to, words);
	} else if (change == CHANGE_GAINS_FAMILY) {
		plan_gain(plan, from, to, words);
	} else if (*words) {
		add_op(plan, to, CTL_SET, print_words(to->key, words), CTL_SET,
		       print_words(to->key, undo));
		plan->op[plan->count - 1].narrows = narrows(from, to);
	}
}

/* Objects of both configurations side by side: either may be NULL. Both are sorted. */
struct pair {
	const struct config_entry *from, *to;
};

static bool next_pair(const struct config *from, const struct config *to, size_t *i, size_t *j,
		      struct pair *pair)
{
	int order;

	if (*i == from->count && *j == to->count)
		return false;
	if (*i == from->count || *j == to->count)
		order = *i == from->count ? 1 : -1;
	else
		order = config_compare(&from->entry[*i], &to->entry[*j]);
	pair->from = order <= 0 ? &from->entry[(*i)++] : NULL;
	pair->to = order >= 0 ? &to->entry[(*j)++] : NULL;
	return true;
}

static unsigned int count_ranges(const struct config *from, const struct config *to,
				 const struct ctl_family *family)
{
	unsigned int n = 0;
	struct pair pair;
	size_t i = 0, j = 0;

	while (next_pair(from, to, &i, &j, &pair))
		n += pair.from && pair.to && pair.from->noun->family == family &&
		     range_differs(pair.from, pair.to);
	return n;
}

/* A key that the kernel has not told: the caller may not read it, so nor change it. */
static bool is_secret(const struct ctl_noun *noun, size_t i)
{
	const struct ctl_object *object = noun->object;

	return object->attrs[object->columns[i].id[0]].type == CTL_SECRET;
}

/* All settings of a module change together, as one may only be right with another. */
static void plan_settings(const struct config *from, const struct config *to,
			  const struct ctl_noun *noun, struct config_plan *plan)
{
	char words[CONFIG_LINE_LEN] = "", undo[CONFIG_LINE_LEN] = "";
	const struct config_entry *entry = NULL;
	struct config_entry preset = { .noun = noun };
	char *none[CONFIG_LINE_LEN / sizeof(char *)] = {};
	struct pair pair;
	size_t i = 0, j = 0, k;

	preset.value = none;
	while (next_pair(from, to, &i, &j, &pair)) {
		const struct config_entry *old = pair.from;
		const struct config_entry *new = pair.to ?: &preset;

		if ((old ?: new)->noun != noun)
			continue;
		for (k = 0; k < config_columns(noun); k++) {
			const char *word = noun->object->columns[k].word;

			if (strcmp(word, (old ?: new)->key) || (old && !differs(old, new, k)) ||
			    (!old && is_secret(noun, k)))
				continue;
			append(words, word, wanted(new, k));
			if (old)
				append(undo, word, present(old, k));
			entry = pair.to ?: old;
		}
	}
	if (entry)
		add_op(plan, entry, CTL_SET, print_words(words, ""), CTL_SET,
		       print_words(undo, ""));
}

/* Does a change need addresses or a device that a link which shrinks may have? */
static bool needs_room(const struct config_op *op)
{
	const struct ctl_object *object = op->entry->noun->object;

	if (object == &ctl_vip || object == &ctl_relay_vip)
		return op->verb == CTL_ADD;
	return (object == &ctl_link || object == &ctl_relay_link) && op->verb != CTL_DEL &&
	       !op->shrinks;
}

/* Links that lose a family do so after all that may be refused, if nothing needs the room. */
static void plan_late(struct config_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->count; i++)
		if (needs_room(&plan->op[i]))
			return;
	for (i = 0; i < plan->count; i++)
		plan->op[i].late = plan->op[i].shrinks;
}

/**
 * config_plan() - Find the changes that make one configuration another.
 * @from: Configuration of the kernel, sorted.
 * @to: Configuration of a file, sorted.
 * @plan: Where to put the changes, in the order in which they are to be made.
 */
void config_plan(const struct config *from, const struct config *to, struct config_plan *plan)
{
	bool replace[CTL_FAMILIES];
	struct pair pair;
	size_t i, j;

	for (i = 0; i < CTL_FAMILIES; i++)
		replace[i] = count_ranges(from, to, ctl_families[i]) > 1;
	for (i = 0; i < config_noun_count; i++)
		if (config_nouns[i]->object->listing)
			plan_settings(from, to, config_nouns[i], plan);
	i = 0;
	j = 0;
	while (next_pair(from, to, &i, &j, &pair)) {
		const struct config_entry *any = pair.from ?: pair.to;

		if (any->noun->object->listing)
			continue;
		if (!pair.from)
			plan_add(plan, pair.to);
		else if (!pair.to)
			plan_del(plan, pair.from);
		else
			plan_set(plan, pair.from, pair.to,
				 replace[any->noun->family->index] &&
				 range_differs(pair.from, pair.to));
	}
	plan_late(plan);
	if (plan->count)
		qsort(plan->op, plan->count, sizeof(*plan->op), compare_ops);
}

/**
 * config_plan_free() - Free what a plan holds.
 * @plan: Plan.
 */
void config_plan_free(struct config_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->count; i++) {
		free(plan->op[i].words);
		free(plan->op[i].undo_words);
	}
	free(plan->op);
	memset(plan, 0, sizeof(*plan));
}
