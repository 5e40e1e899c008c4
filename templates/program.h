/* SPDX-License-Identifier: Apache-2.0 */
/* program.h - what a compiled mail is made of, inside templates/
 *
 * Four pieces of Code (subject, preheader, HTML, text) share one table of
 * slots, fields, conditions and links. */
#ifndef TEMPLATES_PROGRAM_H
#define TEMPLATES_PROGRAM_H

#include "nurture/template.h"

#include <stdbool.h>
#include <stdint.h>

/* Where a value lands, and so how it is written there. */
typedef enum {
    CONTEXT_HTML,     /* text or quoted attribute */
    CONTEXT_URL_PART, /* behind the first / or ? of an address */
    CONTEXT_MAILBOX,  /* the address of a mailto: link */
    CONTEXT_URL_HTML, /* a whole address, in a quoted attribute */
    CONTEXT_URL,      /* a whole address, in text */
    CONTEXT_PLAIN,    /* the text part */
    CONTEXT_HEADER,   /* one line of at most 200 characters */
} Context;

typedef enum {
    OP_LITERAL,      /* literals[a..a+b) */
    OP_SLOT,         /* slot `id`, written for `context` */
    OP_LINK,         /* address of link `id`, for `context` */
    OP_SIGNATURE,    /* the sender's, HTML or plain */
    OP_PIXEL,        /* the image that counts openings, if wanted */
    OP_JUMP,         /* to a */
    OP_JUMP_FALSE,   /* to a if condition `id` is false */
    OP_JUMP_FEWER,   /* to a if list `id` has fewer than b values */
    OP_JUMP_REACHED, /* to a if register `id` is b or more */
    OP_JUMP_CLOSED,  /* to a unless now is in period `id` */
    OP_JUMP_ZERO,    /* to a if register `id` is 0 */
    OP_JUMP_SET,     /* to a if register `id` is not 0 */
    OP_SET,          /* register `id` = b */
    OP_NUMBER,       /* print register `id`, then add 1 to it */
    OP_COUNT,        /* add 1 to register `id` */
} OpKind;

typedef struct {
    uint8_t kind, context;
    uint16_t id;
    uint32_t a, b;
} Op;

#define REGISTERS 256

/* A list of operations over one blob of literals. Targets are indexes of
 * operations; the end of the list is a target too. */
typedef struct {
    GArray *ops; /* Op */
    GString *literals;
    guint barrier; /* ops before this one may not be grown */
} Code;

Code *code_new(void);
void code_free(Code *code);
/* Adjacent literals become one, unless a jump ends between them. */
void code_literal(Code *code, const char *text, gssize length);
guint code_op(Code *code, OpKind kind, Context context, guint id, guint a,
              guint b); /* its index */
/* The next operation is where `op` jumps to. */
void code_land(Code *code, guint op);
/* All of `part` behind all of `code`. */
void code_append(Code *code, const Code *part);

typedef enum {
    TERM_TEXT,  /* `text`, the same for everybody */
    TERM_FIELD, /* field `index` of the program */
    TERM_SENDER_NAME,
    TERM_SENDER_EMAIL,
    TERM_SENDER_TITLE,
    TERM_SENDER_PHONE,
    TERM_UNSUBSCRIBE,
    TERM_PREFERENCES,
    TERM_VIEW,
    TERM_INTERESTED,
    TERM_PRIVACY,
    TERM_TOKEN,
    TERM_TODAY,
    TERM_WHY,
    TERM_NOTICE,
} TermKind;

typedef enum {
    FILTER_FIRST_WORD,
    FILTER_CAPITALIZE,
    FILTER_UPPER,
    FILTER_LOWER,
    FILTER_TRUNCATE, /* number */
    FILTER_DATE,     /* text: the pattern */
    FILTER_JOIN,     /* text: what stands between */
    FILTER_COUNT,
} FilterKind;

typedef struct {
    FilterKind kind;
    char *text;
    int number;
} Filter;

typedef struct {
    TermKind kind;
    FieldType type; /* before the filters */
    guint index;
    guint item; /* of a list, from 1, inside a loop; 0 = all of it */
    char *text;
    GArray *filters; /* Filter */
} Term;

/* One merge tag: the first term that is not missing is read. */
typedef struct {
    GPtrArray *terms; /* Term */
    bool skip;        /* .. and if all are missing the person is left out */
    char *name;       /* for messages: "first_name" */
    bool whole_url;   /* a single term of type url */
    bool is_own_link; /* links.*: never counted as a click */
    bool has_email;
    bool from_sender; /* recruiter.*: ours, may stand in mailto: */
} Slot;

void term_free(Term *term);
void slot_free(Slot *slot);

typedef struct {
    char *url;  /* the same for everybody, or NULL .. */
    Code *code; /* .. what makes each person's */
    char *key;  /* two links with the same key are one */
} Link;

/* When a role is open, UTC ms. */
typedef struct {
    int64_t from, to;
} Period;

/* A sender's signature, rendered once. */
typedef struct {
    const Sender *sender;
    GString *html, *text;
} Signature;

struct MailProgram {
    const Workspace *workspace;
    const Sender *sender;
    char *language;
    Code *subject, *preheader, *html, *text;
    GPtrArray *slots;      /* Slot */
    GPtrArray *fields;     /* const Field */
    GPtrArray *conditions; /* Expression */
    GPtrArray *links;      /* Link */
    GArray *periods;       /* Period */
    GPtrArray *images;     /* char *, NULL-ended when compiled */
    GPtrArray *signatures; /* Signature */
    bool lacks_notice;     /* a layout has no {{ notice }} */
    char *why;             /* when the row has none */
    GHashTable *reasons;   /* reasons_read(); NULL = none */
};

MailProgram *mail_program_new(void);
guint program_add_field(MailProgram *program, const Field *field);
guint program_add_condition(MailProgram *program, Expression *condition);

/* The value of a list field, item by item. */
guint list_count(const char *value);
/* Apply `filter` to `value`, whose type is `type` and becomes another. */
void filter_apply(const Filter *filter, FieldType *type, GString *value,
                  GTimeZone *zone, const char *language);
/* A date printed without a pattern. */
#define DATE_PATTERN "D MMMM YYYY"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Code, code_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Term, term_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Slot, slot_free)

#endif
