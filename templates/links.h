/* SPDX-License-Identifier: Apache-2.0 */
/* links.h - an address cut at its merge tags */
#ifndef TEMPLATES_LINKS_H
#define TEMPLATES_LINKS_H

#include "render.h"

typedef struct {
    const char *text; /* literal, or the slot's constant value, or NULL */
    gsize length;
    int slot; /* -1 = literal */
    const Mark *mark;
} AddressPart;

GArray *address_parts(const Tree *tree, const MailProgram *program,
                      const char *url);
/* The address if it is the same for everybody, else NULL. */
char *address_constant(const GArray *parts, const MailProgram *program);
/* The slot if it is the whole address (links.*, role.url), else NULL. */
const Slot *address_own_link(const GArray *parts, const MailProgram *program);

#endif
