// SPDX-License-Identifier: GPL-2.0-only
/* Escapes text, so that it cannot control the terminal or reverse the text direction. */
#include "ctl.h"

#include <string.h>

/* Format characters and line ends of Unicode: without width, or change the text direction. */
static const struct {
	uint32_t first, last;
} unseen[] = {
	{ 0x00, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x600, 0x605 }, { 0x61c, 0x61c },
	{ 0x6dd, 0x6dd }, { 0x70f, 0x70f }, { 0x890, 0x891 }, { 0x8e2, 0x8e2 }, { 0x180e, 0x180e },
	{ 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xfeff, 0xfeff },
	{ 0xfff9, 0xfffb }, { 0x110bd, 0x110bd }, { 0x110cd, 0x110cd }, { 0x13430, 0x1343f },
	{ 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe007f },
};

/* One character of UTF-8.  Return: how many bytes it has, 0 when it is none. */
static size_t decode(const unsigned char *text, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = text[0] < 0x80 ? 1 : text[0] >= 0xf8 ? 0 : text[0] >= 0xf0 ? 4 :
		   text[0] >= 0xe0 ? 3 : text[0] >= 0xc0 ? 2 : 0;
	size_t i;

	*code = n > 1 ? text[0] & (0x7fU >> n) : text[0];
	for (i = 1; i < n; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (text[i] & 0x3f);
	}
	if (n && (*code < least[n] || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff)))
		return 0;
	return n;
}

static bool is_unseen(uint32_t code)
{
	size_t i;

	for (i = 0; i < CTL_COUNT(unseen); i++)
		if (code >= unseen[i].first && code <= unseen[i].last)
			return true;
	return false;
}

/**
 * ctl_escape() - Escape text for printing.
 * @from: The text; it may contain bytes that are not UTF-8.
 * @to: Where to put it; control and format characters become \uXXXX, other bytes \xXX.
 * @len: Bytes of @to; a character that does not fit is omitted.
 */
void ctl_escape(const char *from, char *to, size_t len)
{
	const unsigned char *text = (const unsigned char *)from;
	uint32_t code;
	char part[12];
	size_t n, used;

	for (; *text; text += n ? n : 1) {
		n = decode(text, &code);
		if (!n)
			used = (size_t)snprintf(part, sizeof(part), "\\x%02x", text[0]);
		else if (is_unseen(code))
			used = (size_t)snprintf(part, sizeof(part), "\\u%04x", (unsigned int)code);
		else
			used = (size_t)snprintf(part, sizeof(part), "%.*s", (int)n,
						(const char *)text);
		if (used >= len)
			break;
		memcpy(to, part, used);
		to += used;
		len -= used;
	}
	*to = '\0';
}
