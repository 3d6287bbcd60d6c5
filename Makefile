# SPDX-License-Identifier: GPL-2.0-only
# One line each: what can be made here. `make modules tools` builds everything that is installed.
SHELL := /bin/bash
# the running kernel's headers, else the newest that are installed
KDIR ?= $(firstword $(wildcard /lib/modules/$(shell uname -r)/build) \
	$(shell ls -dv /usr/src/linux-headers-*-amd64 /usr/src/linux-headers-*-arm64 2>/dev/null | grep -v -e -cloud -e -rt- | tail -n 1))
DESTDIR ?=

all: modules tools

modules:
	$(MAKE) -C $(KDIR) M=$(CURDIR) W=1 modules

tools:
	$(MAKE) -C tools

check:
	scripts/lint

test:
	scripts/test

fuzz:
	scripts/fuzz

demo:
	scripts/demo

bench:
	scripts/bench

# leaves slb-dkms, slbctl, slb-healthd, slb-sync, slb-routes, slb-toa and slb-doc in the parent folder
deb:
	dpkg-buildpackage --build=binary --no-sign

install: all
	$(MAKE) -C $(KDIR) M=$(CURDIR) INSTALL_MOD_PATH=$(DESTDIR) INSTALL_MOD_STRIP=1 modules_install
	$(MAKE) -C tools install DESTDIR=$(DESTDIR)

clean:
	$(MAKE) -C $(KDIR) M=$(CURDIR) clean
	$(MAKE) -C tools clean
	$(MAKE) -C contrib/toa-bpf clean
	$(MAKE) -C selftests clean

.PHONY: all modules tools check test fuzz demo bench deb install clean
