// SPDX-License-Identifier: GPL-2.0-only
/* Prints the request that would be sent, decoded from its bytes. */
#include "dryrun.h"
#include "out.h"

#include <linux/genetlink.h>
#include <stdio.h>

static const char *const verb_names[] = {
	[CTL_GET] = "get",
	[CTL_ADD] = "add",
	[CTL_SET] = "set",
	[CTL_DEL] = "del",
	[CTL_FLUSH] = "flush",
};

static const char *object_name(const struct ctl_request *request)
{
	const struct ctl_object *object = request->object;

	return request->verb == CTL_SET && object->set_name ? object->set_name : object->name;
}

static void dry_run_json(const struct ctl_request *request, const struct ctl_record *record)
{
	char command[32];
	json_t *json;

	snprintf(command, sizeof(command), "%s-%s", object_name(request),
		 verb_names[request->verb]);
	json = json_pack("{s:s, s:s, s:b, s:o}", "family", request->object->family->name,
			 "command", command, "dump", request->dump,
			 "attributes", ctl_out_json(record, true));
	ctl_json_put(json);
	putchar('\n');
}

/**
 * ctl_dry_run() - Print a request.
 * @request: The request.
 */
void ctl_dry_run(const struct ctl_request *request)
{
	const struct ctl_object *object = request->object;
	struct ctl_record record;
	const struct nlattr *attr;
	char text[256];

	ctl_record_read(&record, object, request->nlh);
	if (ctl_options.json) {
		dry_run_json(request, &record);
		return;
	}
	printf("%s %s-%s%s\n", object->family->name, object_name(request),
	       verb_names[request->verb], request->dump ? " dump" : "");
	mnl_attr_for_each(attr, request->nlh, GENL_HDRLEN) {
		const struct ctl_attr *desc = &object->attrs[mnl_attr_get_type(attr)];

		ctl_attr_text(desc, attr, text, sizeof(text));
		printf("    %s %s\n", desc->name, text);
	}
}
