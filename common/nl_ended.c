// SPDX-License-Identifier: GPL-2.0-only
/* The answer to a deletion: how many sessions or flows it ends. */
#include <net/genetlink.h>
#include <slb/nl_ended.h>

/**
 * slb_nl_ended_new() - allocate the answer before anything is deleted
 * @info: the request
 * @ended: what to set up
 *
 * There is one only if the request has NLM_F_ECHO: who does not ask sees no more than an ACK.
 *
 * Return: 0 or -ENOMEM.
 */
int slb_nl_ended_new(const struct genl_info *info, struct slb_nl_ended *ended)
{
	*ended = (struct slb_nl_ended){};
	if (!(info->nlhdr->nlmsg_flags & NLM_F_ECHO))
		return 0;
	ended->skb = genlmsg_new(nla_total_size(sizeof(u32)), GFP_KERNEL);
	return ended->skb ? 0 : -ENOMEM;
}

/**
 * slb_nl_ended_send() - send the answer, or free it after an error
 * @family: the family
 * @info: the request
 * @ended: from slb_nl_ended_new(), with the number
 * @attr: attribute for the number
 * @err: 0, or an error
 *
 * What is deleted stays deleted, whether the answer arrives or not.
 *
 * Return: @err.
 */
int slb_nl_ended_send(const struct genl_family *family, struct genl_info *info,
		      const struct slb_nl_ended *ended, int attr, int err)
{
	void *hdr;

	if (!ended->skb)
		return err;
	hdr = genlmsg_put_reply(ended->skb, info, family, 0, info->genlhdr->cmd);
	if (err || !hdr || nla_put_u32(ended->skb, attr, ended->n)) {
		nlmsg_free(ended->skb);
		return err;
	}
	genlmsg_end(ended->skb, hdr);
	genlmsg_reply(ended->skb, info);
	return 0;
}
