/* SPDX-License-Identifier: Apache-2.0 */
/* names.h - what a name in a merge tag means */
#ifndef TEMPLATES_NAMES_H
#define TEMPLATES_NAMES_H

#include "document.h"

typedef struct {
    bool is_known;
    TermKind kind;
    FieldType type;
    bool nullable, is_private;
    const Field *field; /* TERM_FIELD */
    guint item;
    LayoutSlot layout; /* or 0 */
    char *text;        /* TERM_TEXT, owned */
    bool is_own_link, from_sender;
    bool in_loop; /* of one of several roles */
} NameMeaning;

/* Everything but "role.x outside a role campaign", which is the caller's. */
NameMeaning name_lookup(const Compiler *compiler, const char *name);
/* A role's setting as a candidate's value is written. */
char *role_text(const YamlNode *value);
/* All names an author may print here, NULL-ended; made once. */
const char *const *names_all(Compiler *compiler);

#endif
