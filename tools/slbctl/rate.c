// SPDX-License-Identifier: GPL-2.0-only
/* Shows packets, bits and new sessions per second, from two samples of counters. */
#include "rate.h"
#include "table.h"

#include <errno.h>
#include <string.h>

/**
 * ctl_rate_text() - Write a number for people: three digits and a prefix.
 * @value: The number.
 * @text: Where to put it.
 * @len: Bytes of @text.
 */
void ctl_rate_text(double value, char *text, size_t len)
{
	static const char prefix[] = " kMGTPE";
	size_t i = 0;

	while (value >= 999.5 && prefix[i + 1]) {
		value /= 1000;
		i++;
	}
	snprintf(text, len, "%.*f%.*s", value >= 99.95 || (!i && value >= 9.95) ? 0 : 1, value,
		 i ? 1 : 0, &prefix[i]);
}

/* Bits and packets per second of a direction. */
static void direction_text(const struct ctl_meter *meter, double seconds, char *text, size_t len)
{
	char packets[16], bits[16];

	ctl_rate_text((double)meter->packets / seconds, packets, sizeof(packets));
	ctl_rate_text((double)meter->bytes * 8 / seconds, bits, sizeof(bits));
	snprintf(text, len, "%sp/s %sbit/s", packets, bits);
}

static void put_row(const struct ctl_item *item, const char *const *names, size_t count,
		    double seconds)
{
	char text[64];
	size_t i;

	ctl_table_row();
	ctl_table_cell("NAME", CTL_STRING, item->key);
	for (i = 0; i < count; i++) {
		if (strcmp(names[i], "sessions")) {
			direction_text(&item->meter[i], seconds, text, sizeof(text));
			ctl_table_cell(names[i], CTL_UINT, text);
			continue;
		}
		ctl_rate_text((double)item->meter[i].packets / seconds, text, sizeof(text));
		ctl_table_cell("SESSIONS/S", CTL_UINT, text);
	}
}

static void put_line(const struct ctl_item *item, const char *const *names, size_t count,
		     double seconds)
{
	const char *end = ctl_options.oneline ? "\\" : "\n";
	size_t i;

	printf("%s%s    seconds %.3f", item->key, end, seconds);
	for (i = 0; i < count; i++)
		if (!strcmp(names[i], "sessions"))
			printf(" sessions/s %.1f", (double)item->meter[i].packets / seconds);
	for (i = 0; i < count; i++)
		if (strcmp(names[i], "sessions"))
			printf("%s    %s packets/s %.1f bits/s %.0f", end, names[i],
			       (double)item->meter[i].packets / seconds,
			       (double)item->meter[i].bytes * 8 / seconds);
	putchar('\n');
}

/**
 * ctl_rate_json() - The rates of an object.
 * @item: The object, with differences.
 * @names: What is counted.
 * @count: Number of @names.
 * @seconds: Time between the samples.
 *
 * Return: A new reference.
 */
json_t *ctl_rate_json(const struct ctl_item *item, const char *const *names, size_t count,
		      double seconds)
{
	json_t *json = json_copy(item->json);
	char key[32];
	size_t i, k;

	json_object_set_new(json, "seconds", json_real(seconds));
	for (i = 0; i < count; i++) {
		double packets = (double)item->meter[i].packets / seconds;

		if (!strcmp(names[i], "sessions")) {
			json_object_set_new(json, "sessions_per_second", json_real(packets));
			continue;
		}
		snprintf(key, sizeof(key), "%s", names[i]);
		for (k = 0; key[k]; k++)
			if (key[k] == '-')
				key[k] = '_';
		json_object_set_new(json, key,
				    json_pack("{s:f, s:f}", "packets_per_second", packets,
					      "bits_per_second",
					      (double)item->meter[i].bytes * 8 / seconds));
	}
	return json;
}

static void put_rates(const struct ctl_sample *sample, double seconds)
{
	const char *names[CTL_METERS_MAX];
	size_t count = ctl_meter_names(sample->noun, names), i;

	for (i = 0; i < sample->count; i++) {
		const struct ctl_item *item = &sample->item[i];

		if (ctl_options.json)
			ctl_out_element(ctl_rate_json(item, names, count, seconds));
		else if (ctl_out_terminal())
			put_row(item, names, count, seconds);
		else
			put_line(item, names, count, seconds);
	}
}

static void wait_seconds(uint32_t seconds)
{
	struct timespec left = { .tv_sec = seconds };

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

/* What the words name has to be there: the kernel says what is wrong. */
static int check_words(struct ctl_call *call)
{
	struct ctl_request request;
	int result;

	if (!call->places)
		return CTL_EXIT_OK;
	if (!ctl_arg_place(call->noun, call->command, call->places))
		return ctl_object_end(&call->request, ctl_nl_call(&call->request, NULL, NULL));
	request.object = call->noun->object;
	result = ctl_object_missing(call, &request);
	return ctl_object_end(&request, result);
}

static int show_rates(struct ctl_call *call, struct ctl_sample *before, struct ctl_sample *now)
{
	int result = ctl_sample_take(before);

	if (result < 0)
		return ctl_object_end(&before->request, result);
	if (ctl_options.dry_run)
		return CTL_EXIT_OK;
	wait_seconds(call->view.rate);
	result = ctl_sample_take(now);
	if (result >= 0)
		put_rates(now, ctl_sample_diff(now, before));
	return ctl_object_end(&now->request, result);
}

/**
 * ctl_rate_show() - Run "show rate SECONDS".
 * @call: The command; its words are read.
 *
 * Return: Exit status.
 */
int ctl_rate_show(struct ctl_call *call)
{
	struct ctl_sample before = { .noun = call->noun, .match = &call->request };
	struct ctl_sample now = { .noun = call->noun, .match = &call->request };
	int status = ctl_options.dry_run ? CTL_EXIT_OK : check_words(call);

	if (status)
		return status;
	ctl_out_begin();
	status = show_rates(call, &before, &now);
	ctl_out_end();
	ctl_sample_free(&before);
	ctl_sample_free(&now);
	return status;
}
