# SPDX-License-Identifier: GPL-2.0-only
# What the Makefiles of the daemons have in common: before it, DAEMON, LIBRARIES and SHARED are set.

PREFIX ?= /usr
SBINDIR ?= $(PREFIX)/sbin
MANDIR ?= $(PREFIX)/share/man
UNITDIR ?= $(PREFIX)/lib/systemd/system
PKG_CONFIG ?= pkg-config
INSTALL ?= install

CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings
SLB_CPPFLAGS := -D_GNU_SOURCE -I../../include/uapi -I../../include -I../common -I../slbctl \
	$(shell $(PKG_CONFIG) --cflags $(LIBRARIES))
SLB_LIBS := $(shell $(PKG_CONFIG) --libs $(LIBRARIES))

SOURCES := $(wildcard *.c)
COMMON := $(notdir $(wildcard ../common/*.c))
OBJECTS := $(SOURCES:.c=.o) $(COMMON:%.c=common-%.o) $(SHARED:%.c=shared-%.o)

COMPILE = $(CC) -std=gnu11 $(SLB_CPPFLAGS) $(CPPFLAGS) $(WARNINGS) $(CFLAGS) -MMD -MP -c -o $@ $<

.PHONY: all install clean

all: $(DAEMON)

$(DAEMON): $(OBJECTS)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(SLB_LIBS) $(LDLIBS)

%.o: %.c
	$(COMPILE)

common-%.o: ../common/%.c
	$(COMPILE)

shared-%.o: ../slbctl/%.c
	$(COMPILE)

install: $(DAEMON)
	$(INSTALL) -D -m 0755 $(DAEMON) $(DESTDIR)$(SBINDIR)/$(DAEMON)
	$(INSTALL) -D -m 0644 ../systemd/$(UNIT) $(DESTDIR)$(UNITDIR)/$(UNIT)
	$(INSTALL) -D -m 0644 ../../Documentation/$(DAEMON).8 $(DESTDIR)$(MANDIR)/man8/$(DAEMON).8

clean:
	$(RM) $(DAEMON) *.[do]

-include $(OBJECTS:.o=.d)
