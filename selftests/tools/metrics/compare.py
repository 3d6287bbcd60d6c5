#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""Compares metrics with what show prints: compare.py METRICS FAMILY/OBJECT=JSON...

METRICS is the output of "slbctl metrics" in the text format, JSON that of "slbctl -j -s OBJECT show". Each number,
state and flag of the JSON must be there as a metric with the name that the rule in Documentation/metrics.rst gives it,
and the other way round: each metric must be accounted for. The metrics of an object stand together, each sample once.
Prints what is wrong, or how many samples agree. Times that go on between both are only looked for.
"""
import json
import pathlib
import re
import sys

SAMPLE = re.compile(r'([a-z_0-9]+)(?:\{(.*)\})? (\d+(?:\.\d+)?)')
LABEL = re.compile(r'([a-z_0-9]+)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)')
ESCAPES = {'\\\\': '\\', '\\"': '"', '\\n': '\n'}
SPECS = pathlib.Path(__file__).parent.parent / 'netlink'
GAUGES = ('sessions', 'sessions-closed', 'flows', 'ports-used', 'ports-free', 'sync-standby')
KEYS = {'link': {'link': 'name'}, 'group': {'group': 'name'}, 'server': {'group': 'group'}, 'vip': {'proto': 'proto'},
        'balancer': {'balancer': 'name'}, 'drop': {'reason': 'name'}, 'device': {'device': 'dev'},
        'relay link': {'balancer': 'balancer', 'link': 'name'}}
SKIPPED = ('ifindex', 'far-key', 'id', 'features', 'health-why', 'no-vip-link', 'no-vip-proto', 'no-vip-addr', 'no-vip-port',
           'no-answer', 'no-answer-since', 'mark', 'mark-mask')
TEXT_KEYS = {'link': ('name', 'balancer'), 'group': ('name',), 'balancer': ('name',), 'device': ('dev',),
             'drop': ('name', 'dev', 'proto', 'source', 'addr', 'port'), 'server': ('group', 'addr', 'port'),
             'vip': ('proto', 'addr', 'port-first', 'port-last')}
# Attributes that are times: how many of their units make a second. Timeouts are in seconds.
TIMES = {'interval': 1000, 'hold': 1000, 'since': 1000, 'dead-after': 1000, 'settle-after': 1000, 'slow-start': 1, 'persist': 1,
         'deadline': 1, 'deadline-left': 1000, 'health-ttl': 1, 'sync-wait': 1, 'sync-after': 1000,
         'rtt-us': 10 ** 6, 'rtt-min-us': 10 ** 6}
# Flags that the kernel leaves out when they are 0.
FLAGS = ('unreachable4', 'unreachable6', 'range-differs', 'keys-differ', 'vips-differ', 'configs-differ', 'drained', 'sync',
         'away4', 'away6', 'xdp-on')
# Numbers in thousandths.
MILLI = ('effective-weight',)

wrong = []


def read_labels(text):
    """The labels of a sample."""
    labels, at = {}, 0
    while at < len(text):
        found = LABEL.match(text, at)
        if not found or found[1] in labels:
            wrong.append(f'labels: {text}')
            break
        labels[found[1]] = re.sub(r'\\.', lambda part: ESCAPES[part[0]], found[2])
        at = found.end()
    return labels


def read_metrics(path):
    """The samples, by name and labels; checks their order."""
    samples, types, done, current = {}, {}, set(), None
    for line in pathlib.Path(path).read_text(encoding='utf-8').splitlines():
        if line.startswith('# '):
            _, what, name, rest = line.split(' ', 3)
            if what == 'HELP':
                if name in done:
                    wrong.append(f'{name} comes twice')
                done.add(name)
                current = name
            elif what != 'TYPE' or name != current or rest not in ('counter', 'gauge'):
                wrong.append(f'a comment: {line}')
            types[name] = rest
            continue
        found = SAMPLE.fullmatch(line)
        if not found or found[1] != current:
            wrong.append(f'a sample of {current}: {line}')
            continue
        key = (found[1], frozenset(read_labels(found[2] or '').items()))
        if key in samples:
            wrong.append(f'a sample comes twice: {line}')
        samples[key] = float(found[3])
        if (types[found[1]] == 'counter') != found[1].endswith('_total'):
            wrong.append(f'a name that does not fit its type: {line}')
    return samples


def host(entry):
    """The address and ports of a server or VIP as they are written."""
    first, last = entry.get('port-first') or entry.get('port') or 0, entry.get('port-last')
    if not first:
        return entry['addr']
    addr = f'[{entry["addr"]}]' if ':' in entry['addr'] else entry['addr']
    return f'{addr}:{first}' + (f'-{last}' if last and last != first else '')


def labels_of(family, owner, entry):
    """The labels that name an object."""
    what = f'relay {owner}' if family == 'slb_relay' and owner == 'link' else owner
    labels = {label: entry[attr] for label, attr in KEYS.get(what, {}).items()}
    if owner in ('server', 'vip'):
        labels[owner] = host(entry)
    return labels


def number_name(attr):
    """The name of a number and what its unit is to be divided by."""
    name = attr['name']
    if name in TIMES or name.endswith(('-timeout', '-since')):
        return name.removesuffix('-us') + '-seconds', TIMES.get(name, 1 if name.endswith('-timeout') else 1000)
    if name in MILLI:
        return name, 1000
    if attr['type'] == 'uint' and name not in GAUGES:
        return name.removesuffix('-total') + ('-started' if name.endswith('-total') else '') + '-total', 1
    return name, 1


class Expected:
    """What the metrics must be."""

    def __init__(self, family):
        spec = json.loads((SPECS / f'{family}.json').read_text(encoding='utf-8'))
        self.family, self.samples = family, {}
        self.sets = {s['name']: {a['name']: a for a in s['attributes']} for s in spec['attribute-sets']}
        self.enums = {d['name']: [e['name'] for e in d['entries']] for d in spec['definitions'] if d['type'] == 'enum'}

    def put(self, owner, attr, labels, value):
        """One sample; None is any number."""
        words = [self.family] + ([] if owner == 'status' else ['link', owner] if owner == 'next-hop' else [owner]) + [attr]
        self.samples[('_'.join(words).replace('-', '_'), frozenset(labels.items()))] = value

    def attribute(self, owner, name, value, labels):
        """The samples of one attribute."""
        attr = self.sets[owner][name]
        if isinstance(value, dict):
            for part in ('packets', 'bytes'):
                self.put(owner, f'{part}-total', {**labels, 'direction': name}, value[part])
        elif 'enum' in attr and isinstance(value, str):
            for state in self.enums[attr['enum']]:
                self.put(owner, name, {**labels, 'state': state}, state == value)
        elif isinstance(value, bool):
            self.put(owner, name, labels, value)
        elif isinstance(value, (int, float)):
            metric, parts = number_name(attr)
            self.put(owner, metric, labels, None if name.endswith(('since', '-left')) else value / parts)

    def next_hops(self, hops, labels):
        """The samples of the next hops of a link."""
        for hop in hops:
            named = {**labels, 'next_hop': hop.get('via4') or hop.get('via6')}
            for name, value in hop.items():
                name = name.replace('_', '-')
                if name not in ('via4', 'via6'):
                    self.attribute('next-hop', name, value, named)

    def entry(self, owner, entry):
        """The samples of one object."""
        entry = {name.replace('_', '-'): value for name, value in entry.items()}
        labels = labels_of(self.family, owner, entry)
        info = {}
        for name, value in entry.items():
            if name == 'next-hop':
                self.next_hops(value, labels)
            # a drop has the VIPs whose packets it was, which are no metric
            if isinstance(value, list):
                continue
            attr = self.sets[owner][name]
            if name in SKIPPED or name in TEXT_KEYS.get(owner, ()):
                continue
            if attr['type'] == 'string':
                info[name.replace('-', '_')] = value
            elif attr['type'] != 'binary':
                self.attribute(owner, name, value, labels)
        if info:
            self.put(owner, 'build-info' if owner == 'status' else 'info', {**labels, **info}, 1)
        for name in FLAGS:
            if name in self.sets[owner] and name not in entry:
                self.put(owner, name, labels, 0)


def main():
    """Compare both."""
    samples, expected = read_metrics(sys.argv[1]), {}
    for word in sys.argv[2:]:
        what, path = word.split('=', 1)
        family, owner = what.split('/')
        one = Expected(family)
        for entry in json.loads(pathlib.Path(path).read_text(encoding='utf-8')):
            one.entry(owner, entry)
        expected.update(one.samples)
    for key, value in expected.items():
        if key not in samples or (value is not None and abs(samples[key] - value) > 1e-9):
            wrong.append(f'{key[0]} {sorted(key[1])}: {samples.get(key)}, expected {value}')
    for key in samples:
        if key not in expected and key[0] not in ('slb_up', 'slb_relay_up', 'slb_slbctl_build_info', 'slb_link_ports'):
            wrong.append(f'{key[0]} {sorted(key[1])}: not expected')
    print('\n'.join(wrong[:20]) if wrong else f'{len(expected)} samples agree')
    return 1 if wrong else 0


sys.exit(main())
