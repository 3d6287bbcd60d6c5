/* SPDX-License-Identifier: GPL-2.0-only */
/* Objects on a terminal: aligned columns under a header. */
#ifndef SLBCTL_TABLE_H
#define SLBCTL_TABLE_H

#include "out.h"

#define CTL_WIDTH	100	/* columns of a line */

void ctl_table_row(void);
void ctl_table_cell(const char *word, enum ctl_type type, const char *text);
void ctl_table_add(const struct ctl_record *record);
void ctl_table_end(void);

#endif
