// SPDX-License-Identifier: GPL-2.0-only
/* Readers of request attributes, with the same errors and texts in both modules. */
#include <linux/ctype.h>
#include <net/genetlink.h>
#include <slb/nl_request.h>

/* More than any object has attributes. */
#define SLB_NL_ATTRS 128

/**
 * slb_nl_check_list() - refuse a repeated attribute or one in the wrong byte order
 * @head: the first attribute; the policy has been checked
 * @len: length of all of them, in bytes
 * @extack: set to the attribute and a text
 *
 * The parser would silently use the last of two values: a request to delete two objects would
 * delete one of them.
 *
 * Return: 0 or -EINVAL.
 */
int slb_nl_check_list(const struct nlattr *head, int len, struct netlink_ext_ack *extack)
{
	DECLARE_BITMAP(seen, SLB_NL_ATTRS) = {};
	const struct nlattr *attr;
	int left;

	nla_for_each_attr(attr, head, len, left) {
		if (attr->nla_type & NLA_F_NET_BYTEORDER) {
			NL_SET_ERR_MSG_ATTR(extack, attr,
					    "attributes must be in host byte order");
			return -EINVAL;
		}
		/* the policy refuses those that are not known */
		if (nla_type(attr) < SLB_NL_ATTRS && __test_and_set_bit(nla_type(attr), seen)) {
			NL_SET_ERR_MSG_ATTR(extack, attr, "an attribute is given twice");
			return -EINVAL;
		}
	}
	return 0;
}

/**
 * slb_nl_check_attrs() - slb_nl_check_list() of a request
 * @info: the request; its policy has been checked
 *
 * Return: 0, or -EINVAL and the extended ACK names the attribute.
 */
int slb_nl_check_attrs(const struct genl_info *info)
{
	return slb_nl_check_list(genlmsg_data(info->genlhdr), genlmsg_len(info->genlhdr),
				 info->extack);
}

/**
 * slb_nl_no_list() - refuse attributes where none are taken
 * @len: their length, in bytes
 * @extack: set to a text
 *
 * Generic netlink would ignore them: a flush with a filter would flush everything.
 *
 * Return: 0 or -EINVAL.
 */
int slb_nl_no_list(int len, struct netlink_ext_ack *extack)
{
	if (!len)
		return 0;
	NL_SET_ERR_MSG(extack, "the command takes no attributes");
	return -EINVAL;
}

/**
 * slb_nl_no_attrs() - slb_nl_no_list() of a request
 * @info: the request
 *
 * Return: 0 or -EINVAL.
 */
int slb_nl_no_attrs(const struct genl_info *info)
{
	return slb_nl_no_list(genlmsg_len(info->genlhdr), info->extack);
}

/**
 * slb_nl_missing() - is an attribute missing?
 * @info: the request
 * @attr: attribute
 * @what: its meaning, for the text
 *
 * Return: 0 or -EINVAL.
 */
int slb_nl_missing(struct genl_info *info, int attr, const char *what)
{
	if (!GENL_REQ_ATTR_CHECK(info, attr))
		return 0;
	NL_SET_ERR_MSG_FMT(info->extack, "%s is missing", what);
	return -EINVAL;
}

/**
 * slb_nl_changes() - does a request to change an object say what to change?
 * @info: the request
 * @first: first attribute that is no part of the object's name
 * @last: last one
 *
 * Return: 0 or -EINVAL.
 */
int slb_nl_changes(struct genl_info *info, int first, int last)
{
	for (; first <= last; first++)
		if (info->attrs[first])
			return 0;
	NL_SET_ERR_MSG(info->extack, "nothing to change is given");
	return -EINVAL;
}

static bool slb_nl_name_ok(const char *name)
{
	if (!*name || *name == '-')
		return false;
	for (; *name; name++)
		if (!isascii(*name) || (!isalnum(*name) && !strchr("_.:-", *name)))
			return false;
	return true;
}

/**
 * slb_nl_name() - read a name
 * @info: the request
 * @attr: attribute; its length is checked by the policy
 * @what: what it names, for the text
 *
 * Return: the name, or NULL when it is missing or has characters that a name must not have.
 */
const char *slb_nl_name(struct genl_info *info, int attr, const char *what)
{
	const char *name;

	if (slb_nl_missing(info, attr, what))
		return NULL;
	name = nla_data(info->attrs[attr]);
	if (slb_nl_name_ok(name))
		return name;
	NL_SET_ERR_MSG_ATTR_FMT(info->extack, info->attrs[attr],
				"%s must be of letters, digits, _.:- and not begin with -",
				what);
	return NULL;
}

/**
 * slb_nl_new_name() - read the name that an object is to get
 * @info: the request
 * @attr: attribute with it; its length is checked by the policy
 * @first: first attribute that is no part of the object's name
 * @last: last one that can be changed
 * @what: what it names, for the text
 *
 * A name is changed by itself, so that there is nothing to undo.
 *
 * Return: the name, NULL when the request has none, or ERR_PTR(-EINVAL).
 */
const char *slb_nl_new_name(struct genl_info *info, int attr, int first, int last, const char *what)
{
	const char *name;

	if (!info->attrs[attr])
		return NULL;
	name = slb_nl_name(info, attr, what);
	if (!name)
		return ERR_PTR(-EINVAL);
	for (; first <= last; first++) {
		if (first == attr || !info->attrs[first])
			continue;
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[first],
				    "a name is changed alone, not together with something else");
		return ERR_PTR(-EINVAL);
	}
	return name;
}

/**
 * slb_nl_addr() - read an address of either family
 * @info: the request
 * @attr: attribute
 * @what: what it belongs to, for the text
 * @addr: set to the address, network order
 * @family: set to NFPROTO_IPV4 or NFPROTO_IPV6 by the length of the attribute
 *
 * Return: 0 or -EINVAL.
 */
int slb_nl_addr(struct genl_info *info, int attr, const char *what, union nf_inet_addr *addr,
		u8 *family)
{
	struct nlattr *nla = info->attrs[attr];

	if (slb_nl_missing(info, attr, what))
		return -EINVAL;
	memset(addr, 0, sizeof(*addr));
	if (nla_len(nla) == sizeof(struct in_addr)) {
		*family = NFPROTO_IPV4;
	} else if (nla_len(nla) == sizeof(struct in6_addr)) {
		*family = NFPROTO_IPV6;
	} else {
		NL_SET_ERR_MSG_ATTR_FMT(info->extack, nla, "%s must have 4 or 16 bytes, not %d",
					what, nla_len(nla));
		return -EINVAL;
	}
	memcpy(addr, nla_data(nla), nla_len(nla));
	return 0;
}
