#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The kernel tree's YNL library decodes what both families send, and encodes what they take, by the specifications
# (tools/netlink/nlynl.py). The library is what scripts/regen has taken out of the kernel's source, or YNL=a kernel tree.

top=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
text="YNL decodes the attributes of all replies, and encodes those of all requests"
tree=${YNL:-${SLB_CACHE:-/var/cache/slb}/ynl}
printf 'TAP version 13\n1..1\n'
if [ ! -f "$tree/tools/net/ynl/lib/ynl.py" ] || ! python3 -c 'import yaml, jsonschema' 2>/dev/null; then
	echo "ok 1 - $text # SKIP scripts/regen has not taken YNL out of the kernel's source"
	exit 0
fi
output=$("$top/selftests/tools/netlink/nlynl.py" "$top/Documentation/netlink/specs" "$tree" 2>&1)
if [[ $output =~ ^[1-9][0-9]*\ attributes$ ]]; then
	echo "ok 1 - $text: $output"
else
	echo "not ok 1 - $text"
	printf '# %s\n' "${output//$'\n'/$'\n# '}"
	exit 1
fi
