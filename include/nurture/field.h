/* SPDX-License-Identifier: Apache-2.0 */
/* field -- the vocabulary: what is known about a candidate.
 *
 * The built-in fields (decisions: email, first_name .. notes) and those of
 * fields.yaml. Choice, number, date and yes/no fields of fields.yaml become
 * columns "x_<name>" of table candidate when a workspace is opened; sets live
 * in candidate_tag. A column expression comes from this registry, never from
 * an author's text. */
#ifndef NURTURE_FIELD_H
#define NURTURE_FIELD_H

#include "nurture/diagnostic.h"
#include "nurture/store.h"
#include "nurture/yaml.h"

typedef enum {
    FIELD_TEXT,
    FIELD_NUMBER,
    FIELD_DATE,
    FIELD_YES_NO,
    FIELD_CHOICE,
    FIELD_SET,
    FIELD_URL, /* links.*, role.url: whole addresses */
} FieldType;

typedef struct {
    char *name; /* "seniority" */
    FieldType type;
    char **values;      /* choices and closed sets; NULL = anything */
    bool ordered;       /* >= works, in the order of `values` */
    bool required;      /* a candidate without it is held back */
    bool never_missing; /* needs no `or`: email */
    bool is_private;    /* may be tested, never printed */
    bool built_in;
    char *column; /* SQL over alias c: "c.first_name", "c.x_seniority";
                     NULL for sets */
} Field;

typedef struct FieldSet FieldSet;

FieldSet *field_set_new(void); /* the built-in fields */
void field_set_free(FieldSet *set);
/* Add what fields.yaml says; problems are reported, good fields kept. */
void field_set_read(FieldSet *set, const Source *source, Diagnostics *problems);
const Field *field_find(const FieldSet *set, const char *name); /* or NULL */
/* Is it declared, but with a fault? That was reported where it stands: who
 * uses the name need not hear of it. */
bool field_is_faulty(const FieldSet *set, const char *name);
guint field_set_size(const FieldSet *set);
const Field *field_set_get(const FieldSet *set, guint index);
/* All names, NULL-ended, for text_nearest(). Borrowed. */
const char *const *field_names(const FieldSet *set);
/* Give table candidate the columns and indexes it lacks. Takes the write
 * lock only when something is missing. */
bool field_set_migrate(const FieldSet *set, Store *store, GError **error);
const char *field_type_name(FieldType type); /* "yes/no" */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(FieldSet, field_set_free)

#endif
